// Package clusters has what tests with a server of their own share: its start and end,
// what of its log is a crash, and sessions whose output is compared with golden files.
package clusters

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// crash matches what a server writes when a process of it has crashed.
var crash = regexp.MustCompile(`(?m)^.*(was terminated by signal|PANIC: |terminating any other active|TRAP: ).*$`)

// Crash returns the first line of a log that is about a crash; empty if none is.
func Crash(log string) string { return crash.FindString(log) }

// Installation is the PostgreSQL in PATH.
func Installation(t *testing.T) *pgconfig.Config {
	t.Helper()
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return pg
}

// Start starts a cluster that ends with the test, which fails if a process of it
// crashes: one that does takes all sessions with it. An empty PG is the one in PATH.
func Start(t *testing.T, o cluster.Options) *cluster.Cluster {
	t.Helper()
	if o.PG == nil {
		o.PG = Installation(t)
	}
	if o.CacheDir == "" {
		cache, err := kit.DefaultCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		o.CacheDir = filepath.Join(cache, "cluster")
	}
	c, err := cluster.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if found := Crash(c.Log()); found != "" {
			t.Errorf("a backend crashed: %s", found)
		}
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// sessionTime is how long a session may take. It decides nothing but hangs.
const sessionTime = 10 * time.Minute

// Session plays a file of SQL with psql in a database, and compares what is printed,
// input included, with the file of the same name that ends in .out, which update writes
// anew. That has the wording of the oldest major that is tested; see wording.go. Of differences, the
// first is what psql has to print, once, and the second what the golden file has there.
func Session(t *testing.T, c *cluster.Cluster, database, file string, update bool, differences ...[2]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), sessionTime)
	defer cancel()
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before := len(c.Log())
	cmd := c.Psql(ctx, "-Xqa", "-d", database)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(script), &out, &out
	err = cmd.Run()
	if found := Crash(c.Log()[before:]); found != "" {
		t.Fatalf("a backend crashed: %s\n%s", found, out.Bytes())
	}
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out.Bytes())
	}
	golden := strings.TrimSuffix(file, ".sql") + ".out"
	printed := Plain(out.Bytes(), c.Major())
	for _, d := range differences {
		if n := bytes.Count(printed, []byte(d[0])); n != 1 {
			t.Errorf("%s: psql prints this %d times, and not once:\n%s", file, n, d[0])
		}
		printed = bytes.Replace(printed, []byte(d[0]), []byte(d[1]), 1)
	}
	if update {
		if err := os.WriteFile(golden, printed, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(printed, want) {
		t.Errorf("%s differs from what psql prints:\n%s", golden, difference(t, golden, printed))
	}
}

// difference shows where an output parts from its golden file.
func difference(t *testing.T, golden string, got []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "got")
	if err := os.WriteFile(file, got, 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), "diff", "-u", golden, file).Output()
	return string(out)
}
