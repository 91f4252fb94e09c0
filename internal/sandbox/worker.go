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
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// Worker is a sandbox in which the steps of one piece of work are done, one after another: to make a
// sandbox takes longer than many a tool. In it runs this very program, which starts the
// tools, and answers what it is asked itself. It can be made before there is work.
//
// All is under the limits of a Runner, but for the time that goes by while nobody asks anything. What
// one step leaves in the folders that it can write to, the next one finds.
type Worker struct {
	cmd      *Cmd
	stop     context.CancelFunc
	requests *json.Encoder
	answers  *json.Decoder
	pipes    []io.Closer
	said     *bytes.Buffer
	done     chan struct{} // closed when it has ended
}

// order is one step.
type order struct {
	Limits  Limits          // of the runner that it is for, which may be lower than before
	Request json.RawMessage `json:",omitempty"` // for the program itself
	Path    string          `json:",omitempty"` // of a tool
	Args    []string        `json:",omitempty"`
	Dir     string          `json:",omitempty"`
	Env     []string        `json:",omitempty"`
}

// outcome is what has become of an order.
type outcome struct {
	Answer json.RawMessage `json:",omitempty"`
	Said   []byte          `json:",omitempty"`
	Over   limitKind       `json:",omitempty"`
	Exit   *ExitError      `json:",omitempty"`
	Failed string          `json:",omitempty"` // there is no answer, or the tool has not run
}

// ExitError says how a tool has ended that a worker has run.
type ExitError struct {
	Status string
	Code   int
}

func (e *ExitError) Error() string { return e.Status }

// ExitCode is -1 for what a signal has ended.
func (e *ExitError) ExitCode() int { return e.Code }

// Exited is the error of a command that has run and not ended well: an *exec.ExitError, or, of a
// worker, an *ExitError.
type Exited interface {
	error
	ExitCode() int
}

// Worker starts a worker that sees what the runner's commands see. The program gets the arguments,
// and has to call [Serve].
func (r *Runner) Worker(dir string, env []string, args ...string) (*Worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("looking for this program: %w", err)
	}
	toWorker, requests, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer toWorker.Close()
	answers, fromWorker, err := os.Pipe()
	if err != nil {
		requests.Close()
		return nil, err
	}
	defer fromWorker.Close()
	w := &Worker{
		requests: json.NewEncoder(requests), answers: json.NewDecoder(answers), pipes: []io.Closer{requests, answers},
		said: &bytes.Buffer{}, done: make(chan struct{}),
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	runner := *r.With([]string{self}, nil)
	runner.limits.Timeout = -1 // of steps, and not of the worker
	w.cmd = runner.Command(ctx, dir, env, self, args...)
	w.cmd.Stderr, w.cmd.stdin, w.cmd.stdout = w.said, toWorker, fromWorker
	if err := w.cmd.Start(); err != nil {
		close(w.done)
		return nil, errors.Join(err, w.Close())
	}
	go func() {
		w.cmd.Wait() // who waits for an answer finds out why there is none
		close(w.done)
	}()
	return w, nil
}

// Close ends all that runs in the worker. When it returns, nothing does any more.
func (w *Worker) Close() error {
	w.stop()
	<-w.done
	var errs []error
	for _, p := range w.pipes {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Alive reports whether a worker can be asked.
func (w *Worker) Alive() bool {
	select {
	case <-w.done:
		return false
	default:
		return true
	}
}

// In returns a Runner whose commands run in a worker, one at a time, and see what that sees. What they
// print comes on standard output.
func (r *Runner) In(w *Worker) *Runner {
	more := *r
	more.worker = w
	return &more
}

// Ask has the runner's worker answer a request itself. Both are JSON.
func (r *Runner) Ask(ctx context.Context, request, answer any) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	o, err := r.worker.do(ctx, r.worker.cmd.Path, order{Limits: r.limits, Request: text})
	if err != nil {
		return err
	}
	if o.Failed != "" {
		return errors.New(o.Failed)
	}
	return json.Unmarshal(o.Answer, answer)
}

// runIn runs a command in the runner's worker.
func (c *Cmd) runIn(w *Worker) error {
	o, err := w.do(c.ctx, c.Path, order{Limits: c.runner.limits, Path: c.Path, Args: c.Args, Dir: c.Dir, Env: c.Env})
	if err != nil {
		return err
	}
	if c.Stdout != nil {
		if _, err := c.Stdout.Write(o.Said); err != nil {
			return err
		}
	}
	if limit := c.runner.limits.exceeded(filepath.Base(c.Path), o.Over); limit != nil {
		return limit
	}
	switch {
	case o.Failed != "":
		return fmt.Errorf("running %s: %w", c.Path, complaintError(o.Failed))
	case o.Exit != nil:
		return o.Exit
	}
	return nil
}

// do gives an order for what a program does, and waits for what becomes of it.
func (w *Worker) do(ctx context.Context, program string, o order) (*outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limited := ctx
	over := o.Limits.exceeded(filepath.Base(program), overTime)
	if t := o.Limits.Timeout; t > 0 {
		var stop context.CancelFunc
		limited, stop = context.WithTimeoutCause(ctx, t, over)
		defer stop()
	}
	defer context.AfterFunc(limited, w.stop)()
	var done outcome
	err := w.requests.Encode(o)
	if err == nil {
		err = w.answers.Decode(&done)
	}
	if err == nil {
		return &done, nil
	}
	w.stop()
	<-w.done
	kind := w.cmd.said.verdict()
	if kind == overNothing {
		kind = died(w.cmd.running.ProcessState, o.Limits)
	}
	limit := o.Limits.exceeded(filepath.Base(w.cmd.Path), kind)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, over
	case limit != nil:
		return nil, limit
	}
	return nil, fmt.Errorf("%s has ended: %v: %w: %s", w.cmd.Path, w.cmd.running.ProcessState, err, bytes.TrimSpace(w.said.Bytes()))
}

// Serve makes this process a worker: it does what it is told, and asks answer about the rest, until
// there is nobody any more to tell it anything.
func Serve(answer func(request []byte) (any, error)) error {
	// Go programs go on when the kernel tells them that they have had their time.
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	go func() {
		<-over
		fmt.Fprintln(os.Stderr, "CPU time limit exceeded")
		os.Exit(1)
	}()
	orders, outcomes := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := o.Limits.set(); err != nil {
			return err
		}
		var done outcome
		if o.Path != "" {
			done = o.run()
		} else if found, err := answer(o.Request); err != nil {
			done.Failed = err.Error()
		} else if done.Answer, err = json.Marshal(found); err != nil {
			return err
		}
		if err := outcomes.Encode(done); err != nil {
			return err
		}
	}
}

// run runs a tool.
func (o *order) run() outcome {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var printed bytes.Buffer
	said := &watch{cancel: cancel}
	cmd := exec.CommandContext(ctx, o.Path, o.Args...)
	cmd.Dir, cmd.Env = o.Dir, append([]string{}, o.Env...)
	out := said.over(&printed)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	done := outcome{Said: printed.Bytes()}
	if err == nil {
		return done
	}
	if done.Over = said.verdict(); done.Over == overNothing && cmd.ProcessState != nil {
		done.Over = died(cmd.ProcessState, o.Limits)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		done.Exit = &ExitError{exit.Error(), exit.ExitCode()}
	} else {
		done.Failed = missingPrefix + err.Error()
	}
	return done
}
