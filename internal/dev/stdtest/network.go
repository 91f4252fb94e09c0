package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// networkFlags give tests a network, and let them see what the kernel says of it. It says that in a
// folder of the process.
func networkFlags() []string { return []string{"-n", "-d", "/proc/net", "-d", "/proc/sys/net"} }

// exitNetwork is the exit code of the standalone host where it cannot make a network.
const exitNetwork = 4

// tryNetwork says why tests can have no network on this machine, if so. The host makes it before it looks
// at what to run, which is nothing here.
func (r *runner) tryNetwork(ctx context.Context) (string, error) {
	args := append(append([]string{}, r.wrapper...), r.host, "-d", "/", "-n", "/dev/null", "list")
	_, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	exit := (*exec.ExitError)(nil)
	switch {
	case !errors.As(err, &exit):
		return "", err
	case exit.ExitCode() == exitNetwork:
		return strings.TrimSpace(string(exit.Stderr)), nil
	}
	return "", nil
}

// leaves tells, and says, that a package cannot be tested on this machine.
func (r *runner) leaves(pkg string, t *table) bool {
	e := t.find(pkg)
	if e == nil || !e.network || r.noNetwork == "" {
		return false
	}
	fmt.Printf("%s\t%s: not tested: %s\n", r.golang.Version, pkg, r.noNetwork)
	return true
}
