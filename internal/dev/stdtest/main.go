// Command stdtest runs tests that others have written on the target, and holds what becomes of
// them against a golden table: Go's own tests of its standard library, by package, and of its
// language, by folder, and those of popular modules.
//
// A table says of each package whether its tests are run, and of each test that does not pass why
// it cannot, in words of a small vocabulary. A test that passes although the table says that it does
// not is as wrong as one that fails.
//
// Results are kept in build/stdtest by what they were made of, so that only what has changed is run
// again. The numbers go to build/stdtest.json.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pgstd/pgstd/target"
)

const usage = `usage: stdtest [FLAG...] std|lang|modules

Runs Go's own tests of its library or of its language, or those of the modules in
testdata/modules.txt, on the target.

  go run ./internal/dev/stdtest std
  go run ./internal/dev/stdtest -go go1.27.4 -run '^encoding/' std
  go run ./internal/dev/stdtest -update std
`

// config is what the flags say.
type config struct {
	goPaths []string
	target  target.Target
	run     *regexp.Regexp
	jobs    int
	update  bool
	stale   bool
	verbose bool
	stock   bool
	silence time.Duration
}

func main() {
	if isBuilder() {
		if err := buildForTarget(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(mainErr(os.Args[1:]))
}

func mainErr(args []string) int {
	flags := flag.NewFlagSet("stdtest", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	goPaths := flags.String("go", "go1.26.8,go1.27.4", "Go `releases`, parted by commas")
	targetName := flags.String("target", "", "`target` (default: this machine's)")
	run := flags.String("run", "", "only packages that match the `regexp`")
	c := config{}
	flags.IntVar(&c.jobs, "j", 1, "so many packages at a time")
	flags.BoolVar(&c.update, "update", false, "write what is found into the table; new lines have the reason \"?\"")
	flags.BoolVar(&c.stale, "stale", false, "take results that were made with another library or host")
	flags.BoolVar(&c.verbose, "v", false, "name each package when it is done")
	flags.DurationVar(&c.silence, "silence", 5*time.Minute, "a test that says nothing for so long does not end")
	flags.BoolVar(&c.stock, "stock", false, "run in stock Go what is said not to pass there either")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 || suites[flags.Arg(0)] == nil {
		flags.Usage()
		return 2
	}
	c.goPaths, c.target = strings.Split(*goPaths, ","), target.Target(*targetName)
	var err error
	if c.run, err = regexp.Compile(*run); err != nil {
		fmt.Fprintln(os.Stderr, "stdtest:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	good, err := c.suite(ctx, flags.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "stdtest:", err)
		return 1
	}
	if !good {
		return 1
	}
	return 0
}

// suite is a set of packages with a table.
type suite struct {
	table string
	jobs  func(ctx context.Context, r *runner) ([]job, error)
}

var suites = map[string]*suite{
	"std":     {table: "internal/dev/stdtest/std.txt", jobs: stdJobs},
	"lang":    {table: "internal/dev/stdtest/lang.txt", jobs: langJobs},
	"modules": {table: "internal/dev/stdtest/modules.txt", jobs: moduleJobs},
}

// suite runs a suite with all releases and prints what differs from its table.
func (c *config) suite(ctx context.Context, name string) (bool, error) {
	if c.update && c.target != "" && c.target.Cross() {
		return false, fmt.Errorf("tables are written on a machine of the target; add lines for %s by hand, with [%s]", c.target, c.target.GOARCH())
	}
	s := suites[name]
	t, err := readTable(s.table, c.update)
	if err != nil {
		return false, err
	}
	var all []*result
	for _, goPath := range c.goPaths {
		r, err := newRunner(ctx, goPath, c.target)
		if err != nil {
			return false, err
		}
		r.stale, r.parallel, r.only, r.silence = c.stale, max(c.jobs, 1), c.run, c.silence
		if c.stock {
			if err := c.checkStock(ctx, s, r, t); err != nil {
				return false, err
			}
			continue
		}
		results, err := c.release(ctx, s, r, t)
		if err != nil {
			return false, err
		}
		all = append(all, results...)
	}
	if c.update {
		t.update(all)
		if err := os.WriteFile(s.table, []byte(t.String()), 0o644); err != nil {
			return false, err
		}
	}
	good := true
	for _, r := range all {
		for _, d := range compare(t.find(r.Package), r) {
			fmt.Printf("FAIL\t%s %s %s\n", r.Go, r.Package, strings.ReplaceAll(d, "\n", "\n\t"))
			good = false
		}
	}
	return good, writeReport(name, t, all, c.run.String() == "")
}

// release tests all packages with one release.
func (c *config) release(ctx context.Context, s *suite, r *runner, t *table) ([]*result, error) {
	jobs, err := s.jobs(ctx, r)
	if err != nil {
		return nil, err
	}
	jobs = slices.DeleteFunc(jobs, func(j job) bool { return !c.run.MatchString(j.pkg) || r.leaves(j.pkg, t) })
	results := make([]*result, len(jobs))
	fails := make([]error, len(jobs))
	var wg sync.WaitGroup
	next := make(chan int)
	for range max(c.jobs, 1) {
		wg.Go(func() {
			for i := range next {
				results[i], fails[i] = r.run(ctx, jobs[i], t.find(jobs[i].pkg))
				if c.verbose && fails[i] == nil {
					passed, skipped, failed := results[i].count(t.find(jobs[i].pkg))
					fmt.Printf("%s\t%s: %d passed, %d skipped, %d failed\n", r.golang.Version, jobs[i].pkg, passed, skipped, failed)
				}
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, err := range fails {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", jobs[i].pkg, err)
		}
	}
	return results, nil
}
