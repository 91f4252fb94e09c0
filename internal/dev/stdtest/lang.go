package main

import (
	"context"
	"errors"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pgstd/pgstd/internal/test/gotest"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/target"
)

// langJobs are the folders of Go's tests of the language that hold programs of one file which
// are to be run as they are.
func langJobs(ctx context.Context, r *runner) ([]job, error) {
	root := filepath.Join(r.golang.Root, "test")
	tool, release, err := r.golang.Tags(ctx, r.options.Target.GOARCH())
	if err != nil {
		return nil, err
	}
	context := build.Context{
		GOROOT: r.golang.Root, GOOS: "linux", GOARCH: r.options.Target.GOARCH(), Compiler: "gc",
		BuildTags: overlay.Tags, ToolTags: tool, ReleaseTags: release,
	}
	files, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil {
		return nil, err
	}
	deeper, err := filepath.Glob(filepath.Join(root, "*", "*.go"))
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, file := range append(files, deeper...) {
		dir := filepath.Dir(file)
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		first, _, _ := strings.Cut(string(data), "\n")
		if ok, _ := context.MatchFile(dir, filepath.Base(file)); !ok || strings.TrimSpace(first) != "// run" {
			continue
		}
		if n := len(jobs); n == 0 || jobs[n-1].dir != dir {
			rel, err := filepath.Rel(r.golang.Root, dir)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, job{pkg: filepath.ToSlash(rel), dir: dir, from: dir, tests: true})
		}
		last := &jobs[len(jobs)-1]
		last.files = append(last.files, filepath.Base(file))
	}
	return jobs, nil
}

// programs builds and runs every program of a folder.
func (r *runner) programs(ctx context.Context, j job, leave []string, tmp string, res *result) error {
	files := slices.DeleteFunc(slices.Clone(j.files), func(f string) bool { return slices.Contains(leave, f) })
	res.Tests = make([]gotest.Test, len(files))
	fails := make([]error, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range r.parallel {
		wg.Go(func() {
			for i := range next {
				res.Tests[i], fails[i] = r.program(ctx, j, files[i], filepath.Join(tmp, files[i]))
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(fails...)
}

// program builds and runs one program. It passes if it exits with 0 and has printed what is in
// the file of its name that ends in ".out", if there is one.
func (r *runner) program(ctx context.Context, j job, file, tmp string) (gotest.Test, error) {
	verdict := gotest.Test{Name: file, Outcome: gotest.Fail}
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return verdict, err
	}
	defer os.RemoveAll(tmp)
	object := filepath.Join(tmp, "main.so")
	err := target.BuildMain(ctx, target.Request{Options: r.options, Dir: j.from, Package: file}, object)
	if build := (*target.BuildError)(nil); errors.As(err, &build) {
		verdict.Message = "does not build: " + build.Output
		return verdict, nil
	}
	if err != nil {
		return verdict, err
	}
	limited, cancel := context.WithTimeout(ctx, r.silence)
	defer cancel()
	run := exec.CommandContext(limited, r.host, append(slices.Clone(limits), "-d", j.dir, "-t", tmp, object, "main")...)
	if len(r.wrapper) > 0 {
		run = exec.CommandContext(limited, r.wrapper[0], append(slices.Clone(r.wrapper[1:]), run.Args...)...)
	}
	run.Env = []string{"TMPDIR=" + tmp, "HOME=" + tmp, "PATH=" + os.Getenv("PATH")}
	said, err := run.CombinedOutput()
	if ctx.Err() != nil {
		return verdict, ctx.Err()
	}
	want, missing := os.ReadFile(filepath.Join(j.dir, strings.TrimSuffix(file, ".go")+".out"))
	got := strings.TrimSpace(string(said))
	switch {
	case limited.Err() != nil:
		verdict.Outcome, verdict.Message = gotest.Hung, "does not end"
	case err != nil:
		verdict.Outcome, verdict.Message = gotest.Died, err.Error()+": "+gotest.Clip(got)
	case missing == nil && got != strings.TrimSpace(string(want)):
		verdict.Message = "prints something else: " + gotest.Clip(got)
	default:
		verdict.Outcome = gotest.Pass
	}
	return verdict, nil
}
