// Package pgtest is for tests and benchmarks that run inside PostgreSQL: functions
//
//	func PgTestXxx(t *pgtest.T)
//	func PgBenchmarkXxx(b *pgtest.B)
//
// in files that end in _test.go, where they use SQL by package pg. "pgbuild test" and "pgbuild
// bench" run them, in a scratch PostgreSQL that has the extension; to "go test" they are functions
// that nobody calls. T and B have the methods of those of package testing, as far as they make
// sense on one thread.
//
// Each test, and each part of one that T.Run starts, runs in a subtransaction of its own, which is
// undone at its end. What a statement that fails may leave behind is undone with it: a test of an
// error goes on by SQL only if that statement ran in a pg.Subtransaction.
package pgtest

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
	"time"

	"github.com/pgstd/pgstd/pg"
)

// T is what a test is given. It is for the goroutine of the test alone.
type T struct{ common }

// common is what tests and benchmarks have in common.
type common struct {
	name    string
	out     *strings.Builder // of the whole test
	indent  string
	failed  bool
	skipped bool
	cleanup []func()
	helpers map[string]bool // functions whose callers are shown in their stead
}

// stop ends a test's function; the runner knows it.
type stop struct{}

// Name is the test's, with that of the test that started it before a slash.
func (c *common) Name() string { return c.name }

// Log notes something, as fmt.Println writes it.
func (c *common) Log(args ...any) { c.say(fmt.Sprintln(args...)) }

// Logf notes something, as fmt.Printf writes it.
func (c *common) Logf(format string, args ...any) { c.say(fmt.Sprintf(format, args...)) }

// Error is Log and Fail.
func (c *common) Error(args ...any) { c.say(fmt.Sprintln(args...)); c.Fail() }

// Errorf is Logf and Fail.
func (c *common) Errorf(format string, args ...any) { c.say(fmt.Sprintf(format, args...)); c.Fail() }

// Fatal is Log and FailNow.
func (c *common) Fatal(args ...any) { c.say(fmt.Sprintln(args...)); c.FailNow() }

// Fatalf is Logf and FailNow.
func (c *common) Fatalf(format string, args ...any) {
	c.say(fmt.Sprintf(format, args...))
	c.FailNow()
}

// Skip is Log and SkipNow.
func (c *common) Skip(args ...any) { c.say(fmt.Sprintln(args...)); c.SkipNow() }

// Skipf is Logf and SkipNow.
func (c *common) Skipf(format string, args ...any) { c.say(fmt.Sprintf(format, args...)); c.SkipNow() }

// Fail marks the test as failed; it goes on.
func (c *common) Fail() { c.failed = true }

// Failed tells whether the test has failed.
func (c *common) Failed() bool { return c.failed }

// FailNow marks the test as failed and ends it, with a panic that the runner takes.
func (c *common) FailNow() { c.Fail(); panic(stop{}) }

// SkipNow marks the test as skipped and ends it.
func (c *common) SkipNow() { c.skipped = true; panic(stop{}) }

// Skipped tells whether the test was skipped.
func (c *common) Skipped() bool { return c.skipped }

// Cleanup has a function called when the test ends, before what it has done is undone; the last
// one first.
func (c *common) Cleanup(f func()) { c.cleanup = append(c.cleanup, f) }

// Helper marks the function that calls it as one whose callers are meant by a message.
func (c *common) Helper() {
	if pc, _, _, ok := runtime.Caller(1); ok {
		if c.helpers == nil {
			c.helpers = map[string]bool{}
		}
		c.helpers[runtime.FuncForPC(pc).Name()] = true
	}
}

// Suffix is what pgbuild adds to the name of a file of tests that becomes part of an extension.
const Suffix = ".pgbuild"

// say writes a message with the line of the test that it comes from.
func (c *common) say(message string) {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	where := "?"
	for {
		frame, more := frames.Next()
		where = fmt.Sprintf("%s:%d", strings.Replace(path.Base(frame.File), Suffix+".go", ".go", 1), frame.Line)
		if !more || !c.helpers[frame.Function] {
			break
		}
	}
	message = strings.ReplaceAll(strings.TrimSuffix(message, "\n"), "\n", "\n"+c.indent+"        ")
	fmt.Fprintf(c.out, "%s    %s: %s\n", c.indent, where, message)
}

// errUndo has a subtransaction undone.
var errUndo = errors.New("undone at the end of a test")

// inside runs a test's function in a subtransaction.
func (c *common) inside(f func()) {
	err := pg.Subtransaction(func() error {
		c.guard(f)
		for len(c.cleanup) > 0 {
			last := c.cleanup[len(c.cleanup)-1]
			c.cleanup = c.cleanup[:len(c.cleanup)-1]
			c.guard(last)
		}
		return errUndo
	})
	if err != errUndo {
		c.failed = true
		fmt.Fprintf(c.out, "%s    undoing what %s has done: %v\n", c.indent, c.name, err)
	}
}

// guard calls a function of a test. A panic fails the test and no other.
func (c *common) guard(f func()) {
	defer func() {
		switch v := recover().(type) {
		case nil, stop:
		default:
			c.failed = true
			stack := make([]byte, 16<<10)
			stack = stack[:runtime.Stack(stack, false)]
			fmt.Fprintf(c.out, "%s    panic: %v\n%s\n", c.indent, v, strings.ReplaceAll(string(stack), Suffix+".go:", ".go:"))
		}
	}()
	f()
}

// Run runs a part of a test under a name of its own, and tells whether it has not failed.
func (t *T) Run(name string, f func(t *T)) bool {
	part := &T{common{name: t.name + "/" + strings.ReplaceAll(name, " ", "_"), out: &strings.Builder{}, indent: t.indent + "    ", helpers: t.helpers}}
	outcome := part.run(f)
	fmt.Fprintf(t.out, "%s", outcome)
	t.failed = t.failed || part.failed
	return !part.failed
}

// run runs a test and returns its report: a line with its outcome, then what it has noted.
func (t *T) run(f func(t *T)) string {
	start := time.Now()
	t.inside(func() { f(t) })
	return fmt.Sprintf("%s--- %s: %s (%.2fs)\n%s", t.indent, t.outcome(), t.name, time.Since(start).Seconds(), t.out)
}

func (c *common) outcome() string {
	switch {
	case c.failed:
		return "FAIL"
	case c.skipped:
		return "SKIP"
	}
	return "PASS"
}

var (
	tests      = map[string]func(*T){}
	benchmarks = map[string]func(*B){}
)

// Register names a test. It is for code that pgbuild generates, as are those that follow.
func Register(name string, test func(*T)) { tests[name] = test }

// RegisterBenchmark names a benchmark.
func RegisterBenchmark(name string, benchmark func(*B)) { benchmarks[name] = benchmark }

// RunTest runs a test that has been registered, and returns its report.
func RunTest(name string) (string, error) {
	test := tests[name]
	if test == nil {
		return "", fmt.Errorf("there is no test %s", name)
	}
	t := &T{common{name: name, out: &strings.Builder{}}}
	return t.run(test), nil
}
