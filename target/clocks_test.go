package target_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pgstd/pgstd/target"
)

// settingClock is a library whose time of day is set forth by an hour, and back, all the time.
const settingClock = `
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	struct timespec now;
	int			result = syscall(SYS_clock_gettime, clock, ts);

	if (clock == CLOCK_REALTIME && result == 0)
	{
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
		if (now.tv_nsec / 50000000 % 2 == 1)
			ts->tv_sec += 3600;
	}
	return result;
}
`

// TestClockSet: a world has the time of day that somebody has just set.
func TestClockSet(t *testing.T) {
	const on = target.Target("linux-postgres-amd64")
	host := hostOf(t, on)
	if len(host) > 1 {
		t.Skip("the host is static where an emulator runs it: nothing comes before its C library")
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	if err := os.WriteFile(source, []byte(settingClock), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	object := filepath.Join(dir, "runtime.so")
	if err := target.BuildTest(t.Context(), target.Request{Options: target.Options{Target: on}, Dir: runtimeSuite}, object); err != nil {
		t.Fatal(err)
	}
	reportTests(t, run(t, []string{"LD_PRELOAD=" + library}, host, object, "main", "-test.v", "-test.run=^TestTimeOfDay$", "-clock-set"))
}
