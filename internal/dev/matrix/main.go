// Command matrix runs the suites that need a server on each PostgreSQL major that is
// tested, and prints a table of majors and suites. What the tests of a cell print is kept
// in a file. The last line is "N passed, N failed".
//
// Every suite takes the server whose pg_config is first in PATH, and the release of Go that
// GOTOOLCHAIN names: a cell is a run of the suite with these two.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/internal/test/servers"
)

// suite is a folder of tests.
type suite struct{ name, folder string }

var suites = []suite{
	{"host", "internal/test/faults"},
	{"extension", "cmd/pgbuild"},
	{"language", "plgo/plgotest"},
	{"attacks", "internal/test/attacks"},
	{"soak", "internal/test/soak"},
}

// timeout is that of one cell.
const timeout = "30m"

// cell is what came of one run.
type cell struct {
	passed, failed int
	time           time.Duration
}

func (c cell) String() string {
	if c.failed > 0 {
		return fmt.Sprintf("%d FAILED of %d, %.0fs", c.failed, c.passed+c.failed, c.time.Seconds())
	}
	return fmt.Sprintf("%d ok, %.0fs", c.passed, c.time.Seconds())
}

func main() {
	var numbers, names, releases string
	flag.StringVar(&numbers, "pg", "", "PostgreSQL `majors`, separated by commas; none: all that are tested")
	flag.StringVar(&names, "suite", "", "`suites`, separated by commas; none: all")
	flag.StringVar(&releases, "go", "", "`releases` of Go, separated by commas, which the majors take in turn; none: the one here")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed, err := run(ctx, split(numbers), split(names), split(releases))
	if err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func run(ctx context.Context, numbers, names, releases []string) (failed bool, err error) {
	columns, err := selected(names)
	if err != nil {
		return false, err
	}
	rows, err := tested(numbers)
	if err != nil {
		return false, err
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return false, err
	}
	logs := filepath.Join("build", "matrix")
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return false, err
	}
	table := &strings.Builder{}
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "PostgreSQL\tGo")
	for _, s := range columns {
		fmt.Fprint(w, "\t", s.name)
	}
	fmt.Fprintln(w)
	var total cell
	for i, major := range rows {
		release := ""
		if len(releases) > 0 {
			release = releases[i%len(releases)]
		}
		fmt.Fprintf(w, "%d\t%s", major.Number, strings.TrimPrefix(release, "go"))
		dir, err := servers.Folder(ctx, cache, major)
		switch {
		case errors.Is(err, servers.ErrUnavailable):
			fmt.Fprintln(w, "\tskipped:", err)
			continue
		case err != nil:
			return false, err
		}
		for _, s := range columns {
			c, err := runCell(ctx, s, dir, release, filepath.Join(logs, fmt.Sprintf("%d-%s.log", major.Number, s.name)))
			if err != nil {
				return false, err
			}
			fmt.Printf("%d %s: %s\n", major.Number, s.name, c)
			fmt.Fprint(w, "\t", c)
			total.passed += c.passed
			total.failed += c.failed
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	fmt.Printf("\n%s\n%d passed, %d failed\n", table, total.passed, total.failed)
	return total.failed > 0, nil
}

func selected(names []string) ([]suite, error) {
	if len(names) == 0 {
		return suites, nil
	}
	var columns []suite
	for _, name := range names {
		i := slices.IndexFunc(suites, func(s suite) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no suite %q", name)
		}
		columns = append(columns, suites[i])
	}
	return columns, nil
}

func tested(numbers []string) (rows []majors.Major, err error) {
	if len(numbers) == 0 {
		return majors.Tested(), nil
	}
	for _, number := range numbers {
		n, err := strconv.Atoi(number)
		m, ok := majors.Find(n)
		if err != nil || !ok || !m.Tested() {
			return nil, fmt.Errorf("PostgreSQL %s is not among the majors that are tested", number)
		}
		rows = append(rows, m)
	}
	return rows, nil
}

// counted matches the last line of testcount.
var counted = regexp.MustCompile(`(?m)^([0-9]+) passed, ([0-9]+) failed$`)

// runCell runs a suite with the server whose programs are in dir.
func runCell(ctx context.Context, s suite, dir, release, log string) (c cell, err error) {
	file, err := os.Create(log)
	if err != nil {
		return c, err
	}
	defer file.Close()
	start := time.Now()
	cmd := exec.CommandContext(ctx, "go", "run", "./internal/dev/testcount", s.folder, "--", "-count=1", "-timeout="+timeout)
	cmd.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if release != "" {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+release)
	}
	var out bytes.Buffer
	cmd.Stdout = io.MultiWriter(file, &out)
	cmd.Stderr = cmd.Stdout
	err = cmd.Run()
	if ctx.Err() != nil {
		return c, context.Cause(ctx)
	}
	c.time = time.Since(start)
	all := counted.FindAllSubmatch(out.Bytes(), -1)
	if len(all) == 0 {
		return c, fmt.Errorf("%s has no count of tests in it (%v)", log, err)
	}
	last := all[len(all)-1]
	c.passed, _ = strconv.Atoi(string(last[1]))
	c.failed, _ = strconv.Atoi(string(last[2]))
	return c, nil
}
