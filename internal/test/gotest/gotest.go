// Package gotest runs the tests of one package, compiled for the target, and
// says of each what has become of it.
//
// A test that takes its world with it, or never ends, is one verdict like any
// other: the rest is run without it. The package judges nothing; see
// internal/dev/stdtest.
package gotest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Outcome of a test.
type Outcome string

const (
	Pass Outcome = "pass"
	Skip Outcome = "skip" // it skips itself
	Fail Outcome = "fail"
	Died Outcome = "died" // the world ends
	Hung Outcome = "hung" // it is silent for too long
)

// Test is what has become of a top-level test, example or fuzz test (with its
// seeds).
type Test struct {
	Name    string
	Outcome Outcome
	Message string `json:",omitempty"` // of what is not a pass
}

// Program is a compiled test and how it is run.
type Program struct {
	Host   string   // pgstd-run
	Args   []string // of the host, such as -d DIR
	Object string
	Flags  []string // of the test, such as -test.short
	Env    []string
	Leave  []string // tests that are not started at all
	// Long are flags for a second run of the tests that skip themselves, in case that
	// is because of Flags; not of those that miss the network, unless Network says that they have one.
	Long    []string
	Network bool
	// Silence is how long a test may say nothing before it counts as hung.
	Silence time.Duration
}

// Run runs all tests of a program. The error is about the program as a whole,
// which may have died before or after its tests.
func (p *Program) Run(ctx context.Context) ([]Test, error) {
	tests, err := p.all(ctx)
	if err != nil || p.Long == nil {
		return tests, err
	}
	var short []string
	for _, t := range tests {
		if t.Outcome == Skip && (p.Network || !strings.Contains(t.Message, "network")) {
			short = append(short, t.Name)
		}
	}
	if len(short) == 0 {
		return tests, nil
	}
	again := *p
	again.Flags, again.Long = append(slices.Clone(p.Long), only(short)), nil
	long, err := again.all(ctx)
	for _, l := range long {
		i := slices.IndexFunc(tests, func(t Test) bool { return t.Name == l.Name })
		if i >= 0 {
			tests[i] = l
		}
	}
	return tests, err
}

// all runs a program as often as it takes to have a verdict on every test.
func (p *Program) all(ctx context.Context) ([]Test, error) {
	c := &collector{verdicts: map[string]Test{}}
	for {
		known := append(slices.Clone(p.Leave), c.order...)
		end, err := p.once(ctx, c, skipping(known)...)
		if err != nil {
			return nil, err
		}
		if end.finished {
			return c.tests(), nil
		}
		blamed := c.current
		if blamed == "" {
			return c.tests(), fmt.Errorf("outside of any test: exit code %d: %s", end.exit, end.words())
		}
		verdict := Test{Name: blamed, Outcome: Died, Message: end.words()}
		if end.hung {
			verdict.Outcome = Hung
		} else if len(c.running) > 1 {
			// One of several is to blame. Alone, it tells.
			alone := &collector{verdicts: map[string]Test{}}
			end, err := p.once(ctx, alone, only([]string{blamed}))
			if err != nil {
				return nil, err
			}
			if v, ok := alone.verdicts[blamed]; ok && end.finished {
				verdict = v
			}
		}
		c.verdict(verdict)
		c.current, c.running = "", nil
	}
}

func skipping(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return []string{"-test.skip=" + anyOf(names)}
}

func only(names []string) string { return "-test.run=" + anyOf(names) }

func anyOf(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return "^(" + strings.Join(quoted, "|") + ")$"
}

// ending is how a process ended.
type ending struct {
	finished bool // it has run all its tests
	hung     bool
	exit     int
	stderr   *tail
}

func (e *ending) words() string {
	switch {
	case e.hung:
		return "silent for too long"
	case e.stderr.Len() == 0:
		return fmt.Sprintf("exit code %d and no output", e.exit)
	}
	said := e.stderr.String()
	if i := strings.LastIndex(said, "ERROR:  "); i >= 0 {
		said = said[i:]
	}
	return Clip(said)
}

// once runs one process.
func (p *Program) once(ctx context.Context, c *collector, flags ...string) (*ending, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args := slices.Concat(p.Args, []string{p.Object, "main", "-test.v=test2json"}, p.Flags, flags)
	cmd := exec.CommandContext(ctx, p.Host, args...)
	cmd.Env = p.Env
	end := &ending{stderr: &tail{}}
	cmd.Stderr = end.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("running the standalone host: %w", err)
	}
	watch := time.AfterFunc(p.Silence, func() { end.hung = true; cancel() })
	c.read(out, func() { watch.Reset(p.Silence) })
	watch.Stop()
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && !end.hung {
		return nil, fmt.Errorf("running the standalone host: %w", err)
	}
	end.exit = cmd.ProcessState.ExitCode()
	end.finished = c.finished && !end.hung
	return end, nil
}

// collector reads what a test binary prints with -test.v=test2json: each line
// of the frame begins with ^V, wherever it stands.
type collector struct {
	verdicts map[string]Test
	order    []string
	running  map[string]bool
	current  string // top-level test that speaks
	said     map[string]*tail
	finished bool
}

const mark = "\x16"

var framed = regexp.MustCompile(`^(?:=== (RUN|PAUSE|CONT|NAME) +|--- (PASS|FAIL|SKIP): )([^\s/]+)(/?)`)

func (c *collector) read(r io.Reader, alive func()) {
	c.finished, c.current, c.running, c.said = false, "", map[string]bool{}, map[string]*tail{}
	lines := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			alive()
			c.line(line)
		}
		if err != nil {
			return
		}
	}
}

func (c *collector) line(line string) {
	text, frame, ok := strings.Cut(line, mark)
	if text != "" {
		c.output(text)
	}
	if !ok {
		return
	}
	m := framed.FindStringSubmatch(frame)
	if m == nil {
		if s := strings.TrimSpace(frame); s == "PASS" || s == "FAIL" {
			c.finished = true
		}
		return
	}
	name, sub := m[3], m[4] != ""
	switch {
	case m[1] == "PAUSE":
		if !sub {
			delete(c.running, name)
		}
	case m[1] != "":
		c.current, c.running[name] = name, true
	case !sub:
		v := Test{Name: name, Outcome: map[string]Outcome{"PASS": Pass, "FAIL": Fail, "SKIP": Skip}[m[2]]}
		if said := c.said[name]; said != nil && v.Outcome != Pass {
			v.Message = Clip(said.String())
		}
		c.verdict(v)
		delete(c.running, name)
		delete(c.said, name)
	}
}

func (c *collector) output(text string) {
	if c.current == "" {
		return
	}
	if c.said[c.current] == nil {
		c.said[c.current] = &tail{}
	}
	c.said[c.current].Write([]byte(text))
}

func (c *collector) verdict(v Test) {
	if _, ok := c.verdicts[v.Name]; !ok {
		c.order = append(c.order, v.Name)
	}
	c.verdicts[v.Name] = v
}

func (c *collector) tests() []Test {
	tests := make([]Test, len(c.order))
	for i, name := range c.order {
		tests[i] = c.verdicts[name]
	}
	return tests
}

// tail keeps the beginning and the end of what is written.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const most = 64 << 10
	if t.Len() > most {
		rest := slices.Clone(t.Bytes()[t.Len()-most/4:])
		t.Truncate(most / 4)
		t.Buffer.WriteString("\n[...]\n")
		t.Buffer.Write(rest)
	}
	return t.Buffer.Write(p)
}

// Clip shortens a message to what a reader wants to see.
func Clip(s string) string {
	const most = 3000
	s = strings.TrimSpace(s)
	if len(s) > most {
		s = s[:most/2] + "\n[...]\n" + s[len(s)-most/2:]
	}
	return strings.ToValidUTF8(s, "?")
}
