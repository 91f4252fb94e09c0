// Command warm compiles Go's library for each target with each release that tests take, the
// releases and targets one after the other. Packages whose tests run at the same time would
// else each compile it for themselves. It also gets all releases that are reviewed. What cannot be had here is left to the tests to say.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/test/releases"
	"github.com/pgstd/pgstd/target"
)

func main() {
	if err := warm(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "warm:", err)
	}
}

func warm(ctx context.Context) error {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return err
	}
	here, err := gocmd.FindIn(ctx, "", cache)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pgstd-warm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// Of the others, their sources are looked at. Offline, a process that has never seen the checksum
	// database takes them only if the cache has what proves their sums to it: so they are asked for by
	// such a one.
	for _, release := range gocmd.Reviewed {
		if _, err := gocmd.FindIn(ctx, release, cache, "GOPATH="+filepath.Join(dir, release), "GOMODCACHE="+here.ModCache); err != nil {
			return err
		}
	}
	for _, release := range releases.PerMinor(here.Version) {
		for _, on := range target.Supported {
			start := time.Now()
			// It imports all of the library.
			r := target.Request{Options: target.Options{Go: release, Target: on}, Dir: filepath.Join("testdata", "std")}
			if err := target.BuildTest(ctx, r, filepath.Join(dir, "std.so")); err != nil {
				return fmt.Errorf("%s, %s: %w", release, on, err)
			}
			fmt.Printf("library of %s for %s: %.0fs\n", release, on, time.Since(start).Seconds())
		}
	}
	return nil
}
