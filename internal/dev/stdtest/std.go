package main

import (
	"context"
	"path/filepath"
)

// stdJobs are all packages of the standard library.
func stdJobs(ctx context.Context, r *runner) ([]job, error) {
	src := filepath.Join(r.golang.Root, "src")
	packages, err := r.list(ctx, src, "std")
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, p := range packages {
		jobs = append(jobs, job{pkg: p.ImportPath, dir: p.Dir, from: src, tests: len(p.TestGoFiles)+len(p.XTestGoFiles) > 0})
	}
	return jobs, nil
}
