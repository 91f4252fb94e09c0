package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Cmd is a command that has not run yet. Its methods are those of exec.Cmd, and so
// are their errors, but for a *LimitError.
type Cmd struct {
	Path   string
	Args   []string // without the program's name
	Dir    string
	Env    []string
	Stdout io.Writer
	Stderr io.Writer

	ctx     context.Context
	runner  *Runner
	name    string   // what the stage is called; empty: stageName
	stdin   *os.File // nil: it is empty
	stdout  *os.File // in the place of Stdout
	running *exec.Cmd
	cancel  context.CancelFunc
	said    *watch
}

// Run runs the command to its end.
func (c *Cmd) Run() error {
	if w := c.runner.worker; w != nil {
		return c.runIn(w)
	}
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the command and returns what it prints on standard output.
func (c *Cmd) Output() ([]byte, error) {
	var out bytes.Buffer
	c.Stdout = &out
	err := c.Run()
	return out.Bytes(), err
}

// CombinedOutput runs the command and returns all that it prints.
func (c *Cmd) CombinedOutput() ([]byte, error) {
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.Bytes(), err
}

// Start starts the command: it returns when the tool itself runs, with limits set.
func (c *Cmd) Start() error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	_, candidates := c.runner.kernel.state(c.runner.mode)
	var refusals []error
	for _, how := range candidates {
		err := c.start(how)
		if err == nil {
			c.runner.kernel.settle(how, refusals)
			return nil
		}
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if missing := (*missingError)(nil); errors.As(err, &missing) || how == plain {
			return fmt.Errorf("running %s: %w", c.Path, err)
		}
		refusals = append(refusals, fmt.Errorf("%s: %w", how, err))
	}
	return fmt.Errorf("no sandbox for %s: %w; see pgbuild doctor, or do without one with --sandbox=auto", filepath.Base(c.Path), errors.Join(refusals...))
}

// start starts the stage and waits for its word.
func (c *Cmd) start(how mechanism) error {
	if refuse := c.runner.kernel.refuse; refuse != nil && how != plain {
		return refuse
	}
	p, err := c.runner.plan(c, how)
	if err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	report, reporting, err := os.Pipe()
	if err != nil {
		return err
	}
	defer report.Close()
	defer reporting.Close()
	ctx, cancel := context.WithCancel(c.ctx)
	name := c.name
	if name == "" {
		name = stageName
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = append([]string{name, string(text), c.Path}, c.Args...)
	cmd.Dir = "/"
	cmd.Env = c.Env
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would be this process's own
	}
	cmd.ExtraFiles = []*os.File{reporting}
	cmd.SysProcAttr = how.attributes()
	// The stage leads a session, and thereby a process group, of its own.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	// For processes that have left the group and hold the pipes open.
	cmd.WaitDelay = 5 * time.Second
	said := &watch{cancel: cancel}
	cmd.Stdout, cmd.Stderr = said.over(c.Stdout), said.over(c.Stderr)
	if c.stdin != nil {
		cmd.Stdin, cmd.Stdout = c.stdin, c.stdout
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return err
	}
	reporting.Close()
	complaint, err := io.ReadAll(report)
	if err != nil || len(complaint) > 0 {
		cancel()
		cmd.Wait()
		return errors.Join(err, complaintError(string(complaint)))
	}
	c.running, c.cancel, c.said = cmd, cancel, said
	if c.runner.limits.Timeout > 0 {
		timer := time.AfterFunc(c.runner.limits.Timeout, func() {
			said.note(overTime)
			cancel()
		})
		c.cancel = func() { timer.Stop(); cancel() }
	}
	return nil
}

// Wait waits for the command's end.
func (c *Cmd) Wait() error {
	err := c.running.Wait()
	c.cancel()
	if err == nil {
		return nil
	}
	if c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	kind := c.said.verdict()
	if kind == overNothing {
		kind = died(c.running.ProcessState, c.runner.limits)
	}
	if limit := c.runner.limits.exceeded(filepath.Base(c.Path), kind); limit != nil {
		return limit
	}
	return err
}

// died finds the limit in how the tool's first process has ended. In a process
// namespace the soft limits' signals do not end that one, but the hard limit does.
func died(state *os.ProcessState, limits Limits) limitKind {
	status, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case !ok || !status.Signaled():
	case status.Signal() == syscall.SIGXFSZ:
		return overOutput
	case status.Signal() == syscall.SIGXCPU, status.Signal() == syscall.SIGKILL && limits.CPU > 0 && state.UserTime()+state.SystemTime() >= limits.CPU:
		return overCPU
	case status.Signal() == syscall.SIGSEGV && 0 < limits.Memory && limits.Memory < leastMemory:
		// There was no room for the program itself: the kernel ends it as it starts.
		return overMemory
	}
	return overNothing
}

// missingError says that the tool itself cannot be started: no other mechanism
// would help.
type missingError struct{ text string }

func (e *missingError) Error() string { return e.text }

const missingPrefix = "cannot be run: "

func complaintError(text string) error {
	if strings.HasPrefix(text, missingPrefix) {
		return &missingError{text}
	}
	return errors.New(text)
}

// watch hears what a command prints, on its way to whoever asked for it.
type watch struct {
	mu     sync.Mutex
	cancel context.CancelFunc
	total  int
	kind   limitKind
	tail   []byte
}

// over returns a writer that passes on to w. To read what nobody asked for costs
// little, and limits are noticed in it too.
func (w *watch) over(to io.Writer) io.Writer {
	if to == nil {
		to = io.Discard
	}
	return &listener{w, to}
}

// listener is a pointer, which can be compared: where it is both outputs of a command, that has one
// pipe for them, and what it says keeps its order.
type listener struct {
	watch *watch
	to    io.Writer
}

func (l *listener) Write(p []byte) (int, error) {
	w := l.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hear(p)
	if w.kind == overSaid {
		return len(p), nil // what follows until the tool is gone
	}
	return l.to.Write(p)
}

func (w *watch) hear(p []byte) {
	w.total += len(p)
	if w.kind != overNothing {
		return
	}
	if w.total > saidMax {
		w.kind = overSaid
		w.cancel()
		return
	}
	w.tail = append(w.tail, p...)
	w.kind = kindOf(string(w.tail))
	// Enough to find a mark that two writes have split.
	if n := len(w.tail) - 64; n > 0 {
		w.tail = append(w.tail[:0], w.tail[n:]...)
	}
}

func (w *watch) note(kind limitKind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kind = kind
}

func (w *watch) verdict() limitKind {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kind
}
