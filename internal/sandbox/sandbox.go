// Package sandbox starts the tools of a build (the go command, the C compiler and
// what they start) so that they are under limits, end with whoever started them
// and, where the kernel allows it, see nothing but what they need.
//
// Each command passes through a stage: this very program again, in new user,
// mount, network, process and other namespaces. The stage puts together a file
// system of read-only and writable folders, sets the limits, gives up its
// privileges and becomes the tool. Without namespaces the stage sets the limits
// and stays beside the tool, to end all of it when this process dies. A [Worker] is a
// sandbox for several tools.
//
// It does not choose what a tool may see or which environment it gets, and it is no
// fence around code of an author's: no step of a build runs any. It keeps a
// tool that is led astray by its input from reaching further than its work.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// Mode says what is asked of the kernel.
type Mode string

const (
	Auto    Mode = "auto"    // namespaces where there are some, else without
	Require Mode = "require" // namespaces or an error
	Off     Mode = "off"     // limits only
)

// ParseMode checks the name of a mode; the empty name is Auto.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(name); m {
	case "":
		return Auto, nil
	case Auto, Require, Off:
		return m, nil
	}
	return "", fmt.Errorf("no sandbox mode %q; there is auto, require, off", name)
}

// Runner makes commands. It does not change; With makes another one. Several
// goroutines can use it.
type Runner struct {
	mode     Mode
	limits   Limits
	readOnly []string
	writable []string
	kernel   *kernel
	worker   *Worker // in which commands run; nil: each has a sandbox of its own
}

// kernel is what was found out about the kernel by trying.
type kernel struct {
	mu       sync.Mutex
	settled  bool
	how      mechanism
	refusals []error
	refuse   error // for tests: what a kernel without namespaces says
}

// New returns a Runner whose commands see the system's own folders.
func New(mode Mode, limits Limits) (*Runner, error) {
	mode, err := ParseMode(string(mode))
	if err != nil {
		return nil, err
	}
	return &Runner{mode: mode, limits: limits.withDefaults(), readOnly: systemFolders(), kernel: &kernel{}}, nil
}

// With returns a Runner whose commands see further files and folders. What is
// not there is left out.
func (r *Runner) With(readOnly, writable []string) *Runner {
	more := *r
	more.readOnly = append(slices.Clip(r.readOnly), readOnly...)
	more.writable = append(slices.Clip(r.writable), writable...)
	return &more
}

// Within returns a Runner whose commands are under further limits: of two, the lower
// one holds. Zero, and what is negative, adds none.
func (r *Runner) Within(l Limits) *Runner {
	more := *r
	more.limits = Limits{
		CPU:     lower(r.limits.CPU, l.CPU),
		Memory:  lower(r.limits.Memory, l.Memory),
		Output:  lower(r.limits.Output, l.Output),
		Timeout: lower(r.limits.Timeout, l.Timeout),
		Yield:   r.limits.Yield || l.Yield,
	}
	return &more
}

// Limits are those that hold for each command.
func (r *Runner) Limits() Limits { return r.limits }

// Command makes a command that runs the program at path, which is absolute, in
// dir. It gets the environment env and nothing else, and standard input is empty.
func (r *Runner) Command(ctx context.Context, dir string, env []string, path string, args ...string) *Cmd {
	return &Cmd{Path: path, Args: args, Dir: dir, Env: env, ctx: ctx, runner: r}
}

// Sandboxed tells whether commands run in namespaces of their own. It tries, if no
// command has run yet. The error says why not.
func (r *Runner) Sandboxed(ctx context.Context) (bool, error) {
	if r.mode == Off {
		return false, errors.New("it is switched off")
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	how, _ := r.kernel.state(r.mode)
	if how == nil {
		// To start and end the stage is all that this asks for.
		probe := r.With([]string{self}, nil).Command(ctx, "/", nil, self)
		probe.name = probeName
		if err := probe.Run(); err != nil {
			return false, err
		}
		how, _ = r.kernel.state(r.mode)
	}
	return *how != plain, errors.Join(r.kernel.refusals...)
}

// Remedy says what an administrator can do for namespaces, as far as the kernel's
// settings tell.
func Remedy() string {
	for _, s := range []struct{ file, value, remedy string }{
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "an AppArmor profile for pgbuild with \"userns,\" allows them (or sysctl kernel.apparmor_restrict_unprivileged_userns=0)"},
		{"/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1 allows them"},
		{"/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000 allows them"},
	} {
		if data, err := os.ReadFile(s.file); err == nil && strings.TrimSpace(string(data)) == s.value {
			return s.remedy
		}
	}
	return "a kernel from 5.12 on with user namespaces is needed; a container has to be allowed to make some (docker run --security-opt seccomp=unconfined)"
}

// state returns the mechanism that works, nil if that is not known yet, and those
// that remain to be tried.
func (k *kernel) state(mode Mode) (*mechanism, []mechanism) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.settled {
		return &k.how, []mechanism{k.how}
	}
	if mode == Off {
		return nil, []mechanism{plain}
	}
	candidates := []mechanism{userNamespace}
	if os.Geteuid() == 0 {
		candidates = []mechanism{namespace, userNamespace}
	}
	if mode == Auto {
		candidates = append(candidates, plain)
	}
	return nil, candidates
}

// settle notes what works, and what did not on the way there.
func (k *kernel) settle(how mechanism, refusals []error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.settled {
		k.settled, k.how, k.refusals = true, how, refusals
	}
}
