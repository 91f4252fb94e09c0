package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// firstBuilds times the first build on a machine whose cache is empty but for packs; the
// peer has none, and compiles the standard library and the host.
func firstBuilds(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	packs := filepath.Join(l.dir, "packs")
	if _, err := os.Stat(packs); err != nil {
		if err := l.inCache(ctx, "", "toolchain", "pack", "-o", packs); err != nil {
			return 0, 0, err
		}
	}
	return paired(swap, "packs", "none", func(what string) (float64, error) {
		cache, err := os.MkdirTemp(l.dir, "cache-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(cache)
		if what == "packs" {
			if err := l.inCache(ctx, cache, "toolchain", "install", "--unsigned", packs); err != nil {
				return 0, err
			}
		}
		took, err := elapsed(func() error {
			return l.inCache(ctx, cache, "build", "-o", filepath.Join(cache, "out"), filepath.Join(l.dir, "small"))
		})
		return took.Seconds(), err
	})
}

// inCache runs pgbuild with a cache of its own; empty: the user's.
func (l *lab) inCache(ctx context.Context, cache string, args ...string) error {
	cmd := exec.CommandContext(ctx, l.pgbuild, args...)
	cmd.Dir = filepath.Join(l.dir, "small")
	cmd.Env = os.Environ()
	if cache != "" {
		cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+cache)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, bytes.TrimSpace(out))
	}
	return nil
}
