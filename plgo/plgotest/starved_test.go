package plgotest

import (
	"context"
	"os/exec"
	"strings"
	"testing"
)

// limitNames are what /proc/PID/limits calls the limits of prlimit's options.
var limitNames = map[string]string{
	"as": "Max address space", "data": "Max data size", "fsize": "Max file size", "nofile": "Max open files", "nproc": "Max processes",
}

// starvedServer starts a server for a test that takes something from a session by limit. A
// session that may not write files ends the server when it has to write the write-ahead log or a
// page for others, as PostgreSQL has it; so nobody else is there who has something to write.
func starvedServer(t *testing.T) *Server {
	t.Helper()
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("no prlimit: ", err)
	}
	s := own(t, Options{Settings: []string{"autovacuum=off"}})
	if err := makeTemplate(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// limit lets a session's process have no more than a value of what prlimit calls name, and
// returns a function that takes the limit back.
func limit(t *testing.T, s *Server, c *conn, name, value string) (restore func()) {
	t.Helper()
	_, rest, found := strings.Cut(readFile(t, "/proc/"+c.pid()+"/limits"), limitNames[name])
	if !found {
		t.Fatalf("no limit of a process has the name %q", name)
	}
	before := strings.Fields(rest)[0]
	set := func(value string) {
		t.Helper()
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "prlimit", "--pid", c.pid(), "--"+name+"="+value+":")
		// By the server's own user: to let another have less is not everybody's, in a container.
		cmd.SysProcAttr = serverAccount(t, s)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("limits of a session's process cannot be set: %v: %s", err, out)
		}
	}
	set(value)
	return func() {
		t.Helper()
		set(before)
	}
}
