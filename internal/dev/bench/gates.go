package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pgstd/pgstd/target"
)

// gates times the build of an object from source that nobody has seen before, with
// both gates and, as the peer, without the source gate.
func gates(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	return paired(swap, "checked", "unchecked", func(what string) (float64, error) {
		if err := l.touchSmall(); err != nil {
			return 0, err
		}
		request := target.Request{Options: target.Options{Unchecked: what == "unchecked"}, Dir: filepath.Join(l.dir, "small")}
		took, err := elapsed(func() error {
			return target.BuildObject(ctx, request, filepath.Join(l.dir, "gates.so"))
		})
		return milliseconds(took), err
	})
}

// checks times the source gate alone, as a user runs it, on source that nobody has
// seen before; the peer is go vet.
func checks(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	return paired(swap, "check", "vet", func(what string) (float64, error) {
		if err := l.touchSmall(); err != nil {
			return 0, err
		}
		cmd := exec.CommandContext(ctx, l.pgbuild, "check")
		if what == "vet" {
			cmd = exec.CommandContext(ctx, "go", "vet")
		}
		cmd.Dir = filepath.Join(l.dir, "small")
		took, err := elapsed(func() error {
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%v: %w\n%s", cmd.Args, err, bytes.TrimSpace(out))
			}
			return nil
		})
		return milliseconds(took), err
	})
}

// touchSmall makes the smallest extension one that no cache has.
func (l *lab) touchSmall() error {
	path := filepath.Join(l.dir, "small", "small.go")
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// The time makes a line that no earlier build has in its cache.
	source = append(source, "\n// "+strconv.FormatInt(time.Now().UnixNano(), 10)+"\n\nfunc init() { _ = "+strconv.FormatInt(time.Now().UnixNano(), 10)+" }\n"...)
	return os.WriteFile(path, source, 0o644)
}
