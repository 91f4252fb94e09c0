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

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/test/releases"
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

// errNoTime ends what has no time left.
var errNoTime = errors.New("no time left")

// isolationVariable says where servers of tests run Go code, for internal/cluster.
const isolationVariable = "PGSTD_ISOLATION"

// timeout is that of one cell.
const timeout = "60m"

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
	var numbers, names, golang, isolation string
	var within time.Duration
	turn := -1
	flag.StringVar(&numbers, "pg", "", "PostgreSQL `majors`, separated by commas; none: all that are tested")
	flag.StringVar(&names, "suite", "", "`suites`, separated by commas; none: all")
	flag.StringVar(&golang, "go", "", "`releases` of Go, separated by commas, which the majors take in turn; none: one of each minor that is supported")
	flag.StringVar(&isolation, "isolation", "", "`where` the suites' servers run Go code: backend, cell; none: each as it says")
	flag.IntVar(&turn, "turn", -1, "in place of -pg: the major whose turn it is as the `n`th time, of those that are not this machine's")
	flag.DurationVar(&within, "within", 0, "the `time` there is: what is not done by then is said to be so, and not counted; 0: no limit")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if isolation != "" {
		os.Setenv(isolationVariable, isolation)
	}
	if within > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, within, errNoTime)
		defer cancel()
		ctx = limited
	}
	rows, err := tested(split(numbers))
	if err == nil && turn >= 0 {
		rows, err = inTurn(ctx, turn)
	}
	failed := false
	if err == nil {
		var alternating []string
		if alternating, err = chosen(ctx, split(golang)); err == nil {
			failed, err = run(ctx, rows, split(names), alternating, max(turn, 0))
		}
	}
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

func run(ctx context.Context, rows []majors.Major, names, golang []string, turn int) (failed bool, err error) {
	columns, err := selected(names)
	if err != nil {
		return false, err
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return false, err
	}
	logs := filepath.Join("build", "matrix")
	table := &strings.Builder{}
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	// What is set for one run is in its table, and in the names of what it keeps.
	where := os.Getenv(isolationVariable)
	fmt.Fprint(w, "PostgreSQL\tGo")
	if where != "" {
		fmt.Fprint(w, "\tisolation")
		logs = filepath.Join(logs, where)
	}
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return false, err
	}
	for _, s := range columns {
		fmt.Fprint(w, "\t", s.name)
	}
	fmt.Fprintln(w)
	var total cell
	for i, major := range rows {
		release := golang[(turn+i)%len(golang)]
		fmt.Fprintf(w, "%d\t%s", major.Number, strings.TrimPrefix(release, "go"))
		if where != "" {
			fmt.Fprint(w, "\t", where)
		}
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
			if errors.Is(err, errNoTime) {
				fmt.Fprint(w, "\t", err)
				continue
			}
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

// chosen are the releases that the majors take in turn.
func chosen(ctx context.Context, named []string) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	here, err := gocmd.Find(ctx, "")
	if err != nil {
		return nil, err
	}
	return releases.PerMinor(here.Version), nil
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

// inTurn picks one of the majors that are tested, but for this machine's own: the same one for
// the same n.
func inTurn(ctx context.Context, n int) ([]majors.Major, error) {
	own := 0
	if pg, err := pgconfig.Find(ctx, ""); err == nil {
		own = pg.Major
	}
	others := slices.DeleteFunc(majors.Tested(), func(m majors.Major) bool { return m.Number == own })
	m := others[n%len(others)]
	fmt.Printf("PostgreSQL %d has its turn (-turn %d); \"make matrix MATRIX='-pg %[1]d'\" chooses it\n", m.Number, n)
	return []majors.Major{m}, nil
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
	if ctx.Err() != nil {
		return c, context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./internal/dev/testcount", s.folder, "--", "-count=1", "-timeout="+timeout)
	cmd.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"), "GOTOOLCHAIN="+release)
	// What is ended is everything that it has started; a server of a test ends with the test.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
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
	if c.failed > 0 {
		os.Stdout.Write(out.Bytes()) // what has failed, as testcount shows it
	}
	return c, nil
}
