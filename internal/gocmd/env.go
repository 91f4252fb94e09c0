package gocmd

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// fixed is what decides the outcome of a build and therefore never comes from the user.
var fixed = []string{
	"GOTOOLCHAIN=local", // the release that passed the gate, whatever a go.mod asks for
	"GOENV=off",
	"GOFLAGS=",
	"GOWORK=off",
	"GOEXPERIMENT=",
	"GO111MODULE=on",
	"LC_ALL=C", // tools' messages are parsed and compared
}

// moduleSettings say where modules come from. The user's values are kept, wherever they were
// set (environment or `go env -w`), because they decide what is reachable, not what is built:
// go.sum does that.
var moduleSettings = []string{
	"GOPATH", "GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH",
}

// passed names the variables that are handed through from the environment: what programs need
// to run at all, and the way to the network.
var passed = []string{
	"HOME", "PATH", "TMPDIR", "GOTMPDIR", "USER", "LOGNAME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL",
	"LD_LIBRARY_PATH",
}

// Command returns a call of the go command in dir. Its environment is an allow-list; env, in
// KEY=value form, is added last and wins.
func (g *Go) Command(ctx context.Context, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, g.Path, args...)
	cmd.Dir = dir
	cmd.Env = g.environ(os.LookupEnv)
	if dir != "" {
		cmd.Env = append(cmd.Env, "PWD="+dir)
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

func (g *Go) environ(lookup func(string) (string, bool)) []string {
	env := append([]string{}, fixed...)
	env = append(env, "GOROOT="+g.Root, "GOMODCACHE="+g.ModCache, "GOCACHE="+g.Cache)
	if g.CC != "" {
		env = append(env, "CC="+g.CC)
	}
	env = append(env, g.settings...)
	for _, key := range passed {
		if v, ok := lookup(key); ok {
			env = append(env, key+"="+v)
		}
	}
	return env
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
