package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	modpath "golang.org/x/mod/module"
)

// starts lets tests start a program: flags of the host, and what there is to be in the environment.
func (r *runner) starts(name, tmp string) (flags, env []string, err error) {
	switch name {
	case "go":
		return r.goCommand()
	case "build":
		return r.builder(tmp)
	case "copies": // of itself, which it makes
		return []string{"-o", filepath.Join(tmp, "scratch")}, nil, nil
	}
	path, err := exec.LookPath(name)
	return []string{"-x", path}, nil, err
}

// goCommand lets tests start the go command: flags of the host, and its environment. It builds
// for stock Go, and what it has built is not to be started: that would test stock Go.
func (r *runner) goCommand() (flags, env []string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, nil, err
	}
	cache = filepath.Join(cache, "go-build")
	return []string{"-x", filepath.Join(r.root, "bin", "go"), "-x", filepath.Join(r.root, "bin", "gofmt"), "-d", r.root, "-d", cache},
		[]string{"GOCACHE=" + cache, "GOENV=off", "GOPROXY=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0"}, nil
}

// fetches lets the go command that tests start download modules, of the versions that the tests know, and
// lets them read these: flags of the host, and the environment. In the cache, modules of one owner
// share a folder.
func (r *runner) fetches(ctx context.Context, modules []string) (flags, env []string, err error) {
	out, err := r.online(ctx, os.TempDir(), "env", "-json", "GOMODCACHE", "GOPROXY", "GOSUMDB").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("asking the go command for its module cache: %w", err)
	}
	var vars map[string]string
	if err := json.Unmarshal(out, &vars); err != nil {
		return nil, nil, err
	}
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	for _, m := range modules {
		path, err := modpath.EscapePath(m)
		if err != nil {
			return nil, nil, err
		}
		folder := filepath.Join(vars["GOMODCACHE"], filepath.Dir(path))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, nil, err
		}
		flags = append(flags, "-d", folder)
	}
	return flags, env, nil
}
