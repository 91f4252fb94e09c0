// Package gocmd finds the go command that a build runs, checks that its release is one that
// pgstd knows, and starts it in a fixed environment.
//
// It asks the command that the user invokes, with the user's settings, where the toolchain
// lives (a go.mod line or GOTOOLCHAIN may have switched it), and from then on runs that
// toolchain's own binary and nothing else. It does not build, and it does not download.
package gocmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Go is a go command that passed the version gate.
type Go struct {
	Path     string // absolute path of the binary that runs
	Root     string // GOROOT exactly as that binary prints it; never inside ModCache
	Version  string // "go1.26.8"
	Arch     string // GOHOSTARCH
	OS       string // GOHOSTOS
	CC       string // C compiler that cgo would use
	ModCache string // GOMODCACHE
	Cache    string // GOCACHE

	// Experiment lists the experiments that are baked into the binary: those that hold
	// although Command clears GOEXPERIMENT.
	Experiment string

	settings []string // the user's module settings, as KEY=value
}

// asked lists what one `go env -json` call reports. None of these makes the go command
// probe the C compiler, which is what makes a full `go env` slow.
var asked = slices.Concat([]string{
	"GOROOT", "GOVERSION", "GOHOSTARCH", "GOHOSTOS", "GOEXPERIMENT", "CC", "GOMODCACHE", "GOCACHE", "GOTMPDIR",
}, moduleSettings)

// Find resolves the go command goPath, or the "go" of PATH if goPath is empty, and applies
// the version gate. If goPath is a release, such as "go1.26.8", and no such command exists, the
// "go" of PATH switches to that toolchain, as GOTOOLCHAIN makes it do, and downloads it if need
// be. A symlink that Find may need is made in the user's cache directory.
func Find(ctx context.Context, goPath string) (*Go, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("looking for a cache directory: %w; set HOME or XDG_CACHE_HOME", err)
	}
	return FindIn(ctx, goPath, filepath.Join(dir, "pgstd"))
}

// FindIn is Find with the cache directory given, and variables that replace those of the
// environment, as GOPROXY=off to forbid the download of a toolchain.
func FindIn(ctx context.Context, goPath, cacheDir string, env ...string) (*Go, error) {
	return find(ctx, goPath, cacheDir, append(os.Environ(), env...), gate)
}

// FindAny is FindIn for a look at a release: one that the version gate does not let pass is
// found, too, and a candidate. Nothing is to be built with it.
func FindAny(ctx context.Context, goPath, cacheDir string) (*Go, error) {
	return find(ctx, goPath, cacheDir, os.Environ(), func(reported, path string) error {
		if v := release(reported); !version.IsValid(v) {
			return fmt.Errorf("%s reports version %q, which is no Go release", path, reported)
		}
		return nil
	})
}

func find(ctx context.Context, goPath, cacheDir string, environ []string, gate func(reported, path string) error) (*Go, error) {
	name := goPath
	if name == "" {
		name = "go"
	}
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case goPath == "" && errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("no go command in PATH; install %s from https://go.dev/dl/", supported)
	case version.IsValid(goPath):
		return findRelease(ctx, goPath, cacheDir, environ, gate)
	default:
		return nil, fmt.Errorf("go command %s cannot be run: %w; name the go binary of %s, or a release such as go1.26.8", name, errors.Unwrap(err), supported)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("go command %s: %w", name, err)
	}
	env, err := query(ctx, path, environ)
	if err != nil {
		return nil, err
	}
	if err := gate(env["GOVERSION"], path); err != nil {
		return nil, err
	}
	g := &Go{
		Root:       env["GOROOT"],
		Version:    release(env["GOVERSION"]),
		Arch:       env["GOHOSTARCH"],
		OS:         env["GOHOSTOS"],
		CC:         env["CC"],
		ModCache:   env["GOMODCACHE"],
		Cache:      env["GOCACHE"],
		Experiment: baked(env["GOVERSION"]),
	}
	for _, key := range moduleSettings {
		if v := env[key]; v != "" {
			g.settings = append(g.settings, key+"="+v)
		}
	}
	if g.Root == "" {
		return nil, fmt.Errorf("%s does not know its GOROOT; reinstall Go, or set GOROOT", path)
	}
	if _, err := os.Stat(filepath.Join(g.Root, "src", "runtime")); err != nil {
		return nil, fmt.Errorf("GOROOT %s has no source of the standard library (%w); install Go from https://go.dev/dl/", g.Root, err)
	}
	if g.Root, err = outsideModCache(g.Root, g.ModCache, cacheDir); err != nil {
		return nil, err
	}
	// The binary that belongs to GOROOT, not the one that was asked: the latter may have
	// handed over to another toolchain, which Command forbids.
	g.Path = filepath.Join(g.Root, "bin", "go")
	if _, err := os.Stat(g.Path); err != nil {
		g.Path = path
	}
	return g, nil
}

// findRelease lets the go command of PATH switch to another release.
func findRelease(ctx context.Context, release, cacheDir string, environ []string, gate func(reported, path string) error) (*Go, error) {
	if err := gate(release, "the release asked for"); err != nil {
		return nil, err
	}
	g, err := find(ctx, "", cacheDir, append(slices.Clip(environ), "GOTOOLCHAIN="+release), gate)
	if err == nil && g.Version != release {
		return nil, fmt.Errorf("asked for %s, got %s from %s; name a full release, such as %s", release, g.Version, g.Path, MinVersion)
	}
	return g, err
}

// query asks the go command for its settings, as the user has them.
func query(ctx context.Context, path string, environ []string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, path, append([]string{"env", "-json"}, asked...)...)
	// An empty variable would leave it to the user's go env file.
	cmd.Env = append(selected(environ, inquiry), "GOFLAGS=-trimpath", "GOEXPERIMENT=none", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GODEBUG=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		why := err.Error()
		for line := range strings.Lines(stderr.String()) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "go: downloading ") {
				why = line
				break
			}
		}
		return nil, fmt.Errorf("%s env failed: %s; check that it is a working Go installation", path, why)
	}
	env := map[string]string{}
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("%s env -json printed no JSON (%w); check that it is a working Go installation", path, err)
	}
	return env, nil
}
