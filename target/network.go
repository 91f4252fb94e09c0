package target

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
)

// NetworkFlags are flags of the standalone host that give a test build with Network its network, and let it
// see what the kernel says of that, in a folder of the process.
func NetworkFlags() []string { return []string{"-n", "-d", "/proc/net", "-d", "/proc/sys/net"} }

// exitNetwork is the exit code of the standalone host where it can make no network.
const exitNetwork = 4

// CheckNetwork says why the standalone host, started by a command line, can make no network on this
// machine, if so. The host makes it before it looks at what to run, which is nothing here.
func CheckNetwork(ctx context.Context, host ...string) error {
	args := slices.Concat(host, []string{"-d", "/", "-n", "/dev/null", "list"})
	_, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	exit := (*exec.ExitError)(nil)
	switch {
	case !errors.As(err, &exit):
		return err
	case exit.ExitCode() == exitNetwork:
		return errors.New(strings.TrimPrefix(strings.TrimSpace(string(exit.Stderr)), "pgstd-run: "))
	}
	return nil
}
