package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/test/gotest"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/target"
)

// limits are those of stock Go, not pgstd's: of a stack, and of what these tests need at most.
var limits = []string{"-s", "1000000000", "-m", "12000000000"}

// result is what became of a package.
type result struct {
	Key     string // of everything that went in
	Go      string
	Target  target.Target
	Package string
	Word    string // as in the table: pass, none, absent
	Problem string `json:",omitempty"` // of the package as a whole
	Tests   []gotest.Test
}

func (r *result) release() string {
	release, _, _ := strings.Cut(strings.TrimPrefix(r.Go, "go1."), ".")
	return "go1." + release
}

// count returns the numbers of passed, skipped and failed tests: what does not pass is skipped
// if the table knows it.
func (r *result) count(e *entry) (passed, skipped, failed int) {
	listed := map[string]bool{}
	if e != nil {
		for _, s := range e.skipsFor(r) {
			if listed[s.name] = true; s.unstart {
				skipped++
			}
		}
	}
	for _, t := range r.Tests {
		switch {
		case t.Outcome == gotest.Pass:
			passed++
		case listed[t.Name]:
			skipped++
		default:
			failed++
		}
	}
	if r.Problem != "" {
		failed++
	}
	return passed, skipped, failed
}

// runner runs the tests of packages with one Go release for one target.
type runner struct {
	options target.Options
	golang  *gocmd.Go
	host    string
	wrapper []string          // what runs the host, such as an emulator
	base    string            // of every key
	root    string            // GOROOT, as the kernel calls it: so the host tells where a test is
	gone    map[bool][]string // test files that the overlay leaves out, without and with the kernel's network
	results string            // folder

	noNetwork error // why there is no such network

	silence  time.Duration  // a test counts as hung after this long without output
	parallel int            // programs of one job at a time, where a job is many
	only     *regexp.Regexp // the packages that are asked for
	stale    bool           // take results that were made with other input
}

func newRunner(ctx context.Context, goPath string, t target.Target) (*runner, error) {
	r := &runner{options: target.Options{Go: goPath, Target: t, Files: true}}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	if r.options.Target, err = target.Parse(string(t)); err != nil {
		return nil, err
	}
	emulator, err := kit.Emulator(r.options.Target)
	if err != nil {
		return nil, err
	}
	if emulator != "" {
		r.wrapper = []string{emulator}
	}
	if r.golang, err = gocmd.FindIn(ctx, goPath, cache); err != nil {
		return nil, err
	}
	config := kit.OverlayConfig(r.golang, r.options.Target, cache)
	config.Test, config.Lock = true, nil
	var overlays []string
	r.gone = map[bool][]string{}
	for _, config.Network = range []bool{false, true} {
		o, err := overlay.Build(ctx, config)
		if err != nil {
			return nil, err
		}
		if r.gone[config.Network], err = leftOut(o.JSON); err != nil {
			return nil, err
		}
		overlays = append(overlays, o.Hash)
	}
	if r.root, err = filepath.EvalSymlinks(r.golang.Root); err != nil {
		return nil, err
	}
	if r.host, err = target.StandaloneHost(ctx, r.options); err != nil {
		return nil, err
	}
	r.noNetwork = target.CheckNetwork(ctx, append(slices.Clone(r.wrapper), r.host)...)
	r.base = fmt.Sprintf("3 %s %s %s %s", r.golang.Version, r.options.Target, overlays, r.host)
	r.results = filepath.Join("build", "stdtest", r.golang.Version+"-"+r.options.Target.GOARCH())
	return r, os.MkdirAll(r.results, 0o755)
}

// job is a package to test.
type job struct {
	pkg     string
	dir     string   // of the package
	from    string   // where the go command runs
	root    string   // a further folder that the tests may read
	tests   bool     // there are any
	version string   // of what is not part of the Go release
	files   []string // programs of a folder; it is no package then
}

// run tests a package, or finds the result of having done so.
func (r *runner) run(ctx context.Context, j job, e *entry) (*result, error) {
	if e == nil {
		e = &entry{pkg: j.pkg, word: "pass"}
	}
	res := &result{Go: r.golang.Version, Target: r.options.Target, Package: j.pkg, Word: "pass"}
	var leave []string
	for _, s := range e.skipsFor(res) {
		if s.unstart {
			leave = append(leave, s.name)
		}
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %q %q %q %q %t %t", r.base, j.pkg, j.version, e.reads, e.starts, e.fetches, leave, e.network, e.word == "absent"))
	res.Key = hex.EncodeToString(h[:])
	file := filepath.Join(r.results, strings.ReplaceAll(j.pkg, "/", "__")+".json")
	if old := readResult(file); old != nil && (old.Key == res.Key || r.stale) {
		return old, nil
	}
	if err := r.fresh(ctx, j, e, leave, res); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(res, "", "\t")
	if err != nil {
		return nil, err
	}
	return res, atomicfile.Write(file, data, 0o644)
}

func readResult(file string) *result {
	data, err := os.ReadFile(file)
	r := &result{}
	if err != nil || json.Unmarshal(data, r) != nil {
		return nil
	}
	return r
}

func (r *runner) fresh(ctx context.Context, j job, e *entry, leave []string, res *result) error {
	switch {
	case !j.tests:
		res.Word = "none"
		return nil
	case e.word == "absent":
		res.Word = e.word
		return nil
	}
	tmp, err := os.MkdirTemp("", "stdtest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if j.files != nil {
		return r.programs(ctx, j, leave, tmp, res)
	}
	object, scratch := filepath.Join(tmp, "test.so"), filepath.Join(tmp, "scratch")
	if err := os.Mkdir(scratch, 0o777); err != nil {
		return err
	}
	options := r.options
	options.Network = e.network
	err = target.BuildTest(ctx, target.Request{Options: options, Dir: j.from, Package: j.pkg}, object)
	if build := (*target.BuildError)(nil); errors.As(err, &build) {
		res.Word, res.Problem = "absent", "does not build: "+build.Output
		return nil
	}
	if err != nil {
		return err
	}
	// A test may look at its own program, too, and at time zones.
	args := append(slices.Clone(limits), "-d", j.dir, "-t", scratch, "-d", tmp, "-d", filepath.Join(r.golang.Root, "lib", "time"))
	for _, file := range target.TestReads() {
		args = append(args, "-d", file)
	}
	if e.network {
		args = append(args, target.NetworkFlags()...)
	}
	if j.root != "" {
		args = append(args, "-d", j.root)
	}
	for _, folder := range e.reads {
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(j.dir, folder)
		}
		args = append(args, "-d", folder)
	}
	env := []string{
		"TMPDIR=" + scratch, "HOME=" + scratch, "PATH=" + filepath.Join(r.root, "bin") + ":" + os.Getenv("PATH"), "GOROOT=" + r.root, "USER=nobody",
	}
	for _, name := range e.starts {
		flags, vars, err := r.starts(name, tmp)
		if err != nil {
			return fmt.Errorf("the tests of %s start %s: %w", j.pkg, name, err)
		}
		args, env = append(args, flags...), append(env, vars...)
	}
	if len(e.fetches) > 0 {
		flags, vars, err := r.fetches(ctx, e.fetches)
		if err != nil {
			return fmt.Errorf("the tests of %s fetch modules: %w", j.pkg, err)
		}
		args, env = append(args, flags...), append(env, vars...)
	}
	program := gotest.Program{
		Host: r.host, Args: args, Object: object, Leave: leave,
		Flags: []string{"-test.short", "-test.paniconexit0", "-test.timeout=0"},
		Long:  []string{"-test.paniconexit0", "-test.timeout=0"},
		Env:   env, Silence: r.silence, Network: e.network || len(e.fetches) > 0,
	}
	if len(r.wrapper) > 0 {
		program.Args = slices.Concat(r.wrapper[1:], []string{r.host, "-i", r.wrapper[0]}, args)
		program.Host = r.wrapper[0]
	}
	if res.Tests, err = program.Run(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		res.Problem = err.Error()
	}
	left, err := missing(r.gone[e.network], j.dir)
	res.Tests = append(res.Tests, left...)
	return err
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir           string
	TestGoFiles, XTestGoFiles []string
	Standard                  bool
}

// list asks the go command for packages, as a build for the target sees them.
func (r *runner) list(ctx context.Context, dir string, patterns ...string) ([]listed, error) {
	args := append([]string{"list", "-e", "-find", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles,Standard",
		"-tags=" + strings.Join(append(overlay.Tags, overlay.TestTag), ",")}, patterns...)
	cmd := r.golang.Command(ctx, dir, []string{"GOOS=linux", "GOARCH=" + r.options.Target.GOARCH(), "CGO_ENABLED=1"}, args...)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list in %s: %w: %s", dir, err, exit.Stderr)
	}
	if err != nil {
		return nil, err
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}
