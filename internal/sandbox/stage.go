package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The names under which a program that links this package is the stage. The probe
// is a stage that ends when all is prepared.
const (
	stageName = "pgstd-sandbox"
	probeName = "pgstd-sandbox-probe"
)

// plan is what the stage is told: its first argument, as JSON. The program and its
// arguments follow.
type plan struct {
	How    mechanism
	Dir    string
	Limits Limits
	View   *view `json:",omitempty"`
	// Beside says that the stage stays, to end its process group with its parent.
	Beside bool `json:",omitempty"`
}

// reportFD is where the stage says what went wrong. That it closes with nothing
// written says that the tool runs.
const reportFD = 3

// A program is the stage when its name says so, whatever program it is: pgbuild, a
// test, a server. It runs as the package is initialised, when nothing else has.
func init() {
	if len(os.Args) < 3 || os.Args[0] != stageName && os.Args[0] != probeName {
		return
	}
	runtime.LockOSThread() // what follows is about the thread that becomes the tool
	err := stage(os.Args[0] == probeName, os.Args[1], os.Args[2:])
	if err != nil {
		os.NewFile(reportFD, "report").WriteString(err.Error())
		os.Exit(125)
	}
	os.Exit(0)
}

// stage does not return when the tool has taken its place.
func stage(probe bool, text string, command []string) error {
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	if p.Beside && !probe {
		return stayBeside(p, command)
	}
	// The tool inherits the three standard files and nothing that a caller left open.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		syscall.CloseOnExec(reportFD) // a kernel before 5.11
	}
	syscall.Umask(0o022)
	if p.View != nil {
		if err := p.View.enter(); err != nil {
			return err
		}
		if err := dropPrivileges(p.How); err != nil {
			return err
		}
	}
	if err := os.Chdir(p.Dir); err != nil {
		return fmt.Errorf("%s%w", missingPrefix, err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up privileges: %w", err)
	}
	env := os.Environ()
	if err := p.Limits.set(); err != nil {
		return err
	}
	if probe {
		return nil
	}
	return fmt.Errorf("%s%w", missingPrefix, &os.PathError{Op: "exec", Path: command[0], Err: syscall.Exec(command[0], command, env)})
}

// set sets the limits of this process, which its children inherit.
func (l Limits) set() error {
	set := func(what string, resource int, soft, hard uint64) error {
		var now unix.Rlimit
		if err := unix.Getrlimit(resource, &now); err != nil {
			return fmt.Errorf("reading the limit of %s: %w", what, err)
		}
		want := unix.Rlimit{Cur: min(soft, now.Max), Max: min(hard, now.Max)}
		if err := unix.Setrlimit(resource, &want); err != nil {
			return fmt.Errorf("limiting %s: %w", what, err)
		}
		return nil
	}
	if err := set("core files", unix.RLIMIT_CORE, 0, 0); err != nil {
		return err
	}
	if l.Yield {
		if err := yield(); err != nil {
			return fmt.Errorf("giving way: %w", err)
		}
	}
	if l.CPU > 0 {
		// The signal of the soft limit can be told apart; the hard one kills what ignores it.
		seconds := uint64((l.CPU + time.Second - 1) / time.Second)
		if err := set("processor time", unix.RLIMIT_CPU, seconds, seconds+5); err != nil {
			return err
		}
	}
	if l.Output > 0 {
		if err := set("file sizes", unix.RLIMIT_FSIZE, uint64(l.Output), uint64(l.Output)); err != nil {
			return err
		}
	}
	if l.Memory > 0 {
		return set("address space", unix.RLIMIT_AS, uint64(l.Memory), uint64(l.Memory))
	}
	return nil
}

// yield has this thread, which becomes the tool, give way, if it does not yet.
func yield() error {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if nice := 20 - raw; err != nil || nice >= yielding {
		return err
	}
	return unix.Setpriority(unix.PRIO_PROCESS, 0, yielding)
}

// stayBeside runs the tool by way of another stage and ends it, with all that it
// has started, when the parent is gone. Processes that have no process namespace to
// end with are ended with the process group.
func stayBeside(p plan, command []string) error {
	p.Beside = false
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{stageName, string(text)}, command...)
	cmd.Dir = "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	report := os.NewFile(reportFD, "report")
	cmd.ExtraFiles = []*os.File{report}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	report.Close()
	go func() {
		<-ended
		syscall.Kill(0, syscall.SIGKILL)
	}()
	err = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		os.Exit(0)
	case ok && status.Signaled():
		// As a shell reports it.
		fmt.Fprintf(os.Stderr, "%s: signal: %v\n", command[0], status.Signal())
		os.Exit(128 + int(status.Signal()))
	}
	os.Exit(cmd.ProcessState.ExitCode())
	return nil
}
