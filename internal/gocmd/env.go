package gocmd

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// fixed is what decides the outcome of a build and therefore never comes from the user.
var fixed = []string{
	"GOTOOLCHAIN=local", // the release that passed the gate, whatever a go.mod asks for
	"GOENV=off",
	// Without it go runs git in the author's folder, whose configuration can name programs.
	"GOFLAGS=-buildvcs=false",
	"GOWORK=off",
	"GOEXPERIMENT=",
	"GO111MODULE=on",
	"LC_ALL=C", // tools' messages are parsed and compared
	"TZ=UTC",
}

// offline keeps a go command from the network, whatever an author's go.mod makes it look for.
var offline = []string{"GOPROXY=off", "GOVCS=*:off", "GOAUTH=off"}

// moduleSettings say where modules come from. The user's values are kept for Download, wherever
// they were set (environment or `go env -w`), because they decide what is reachable, not what is
// built: go.sum does that.
var moduleSettings = []string{
	"GOPATH", "GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH",
}

// network names the variables that Download gets besides: the way to the network, and what git
// needs to find its keys.
var network = []string{
	"HOME", "PATH", "TMPDIR", "USER", "LOGNAME", "XDG_CONFIG_HOME",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC", "SSH_AUTH_SOCK",
}

// inquiry names what the go command is asked with where its toolchain is: besides the way to the
// network, as it may have to fetch that toolchain, what selects one.
var inquiry = slices.Concat(network, moduleSettings, []string{
	"GOROOT", "GOTOOLCHAIN", "GOENV", "GOMODCACHE", "GOCACHE", "CC", "XDG_CACHE_HOME",
})

// Environ is the environment of a go command that builds. It is the same for all users but for
// the places of Go and its caches, holds no HOME (whose files could say more), and keeps go from
// the network.
func (g *Go) Environ() []string {
	env := slices.Concat(fixed, offline)
	env = append(env, "PATH="+SearchPath(g.CC), "GOROOT="+g.Root, "GOMODCACHE="+g.ModCache, "GOCACHE="+g.Cache)
	if g.CC != "" {
		env = append(env, "CC="+g.CC)
	}
	return env
}

// DownloadEnviron is the environment of a go command that fetches modules: the user's settings
// of where from, and the network.
func (g *Go) DownloadEnviron() []string {
	env := append([]string{}, fixed...)
	env = append(env, "GOROOT="+g.Root, "GOMODCACHE="+g.ModCache, "GOCACHE="+g.Cache)
	env = append(env, g.settings...)
	return append(env, selected(os.Environ(), network)...)
}

// SearchPath is where a tool finds those that it calls: the folder that the C compiler really
// lies in, and the system's. The user's PATH leads to the tools that are named to a build, and
// no further.
func SearchPath(cc string) string {
	dirs := []string{"/usr/bin", "/bin"}
	if path, err := exec.LookPath(cc); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && filepath.IsAbs(path) && !slices.Contains(dirs, filepath.Dir(path)) {
			dirs = append([]string{filepath.Dir(path)}, dirs...)
		}
	}
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// selected returns those of the variables that are named.
func selected(environ, names []string) []string {
	var env []string
	for _, v := range environ {
		if key, _, ok := strings.Cut(v, "="); ok && slices.Contains(names, key) {
			env = append(env, v)
		}
	}
	return env
}

// Command returns a call of the go command in dir, with Environ. What stands in env, in
// KEY=value form, is added last and wins.
func (g *Go) Command(ctx context.Context, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, g.Path, args...)
	cmd.Dir = dir
	cmd.Env = g.Environ()
	if dir != "" {
		cmd.Env = append(cmd.Env, "PWD="+dir)
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// Tags reports the build tags that hold for every build with this toolchain for linux/goarch:
// experiments and architecture levels, and the go1.N series.
func (g *Go) Tags(ctx context.Context, goarch string) (tool, release []string, err error) {
	cmd := g.Command(ctx, "", []string{"GOOS=linux", "GOARCH=" + goarch, "CGO_ENABLED=1"},
		"list", "-f", `{{join context.ToolTags " "}}{{"\n"}}{{join context.ReleaseTags " "}}`, "unsafe")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, fmt.Errorf("asking %s for its build tags for linux/%s: %w: %s", g.Path, goarch, err, strings.TrimSpace(stderr.String()))
	}
	first, second, _ := strings.Cut(string(out), "\n")
	return strings.Fields(first), strings.Fields(second), nil
}
