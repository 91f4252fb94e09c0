package target_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/target"
)

// writePackage makes a folder with a module of one package.
func writePackage(t *testing.T, name, source string) string {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"go.mod":     "module example.org/" + name + "\n\ngo 1.26\n",
		name + ".go": source,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buildObject builds a package as an object and returns its path.
func buildObject(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "object.so")
	if err := target.BuildObject(t.Context(), target.Request{Dir: dir}, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// program is how a program starts: its path, after that of an emulator if it is
// for another architecture.
type program []string

// standaloneHost returns pgstd-run for this machine.
func standaloneHost(t *testing.T) program { return hostOf(t, target.Host()) }

// hostOf returns pgstd-run for a target. It skips the test if this machine lacks
// what that takes.
func hostOf(t *testing.T, on target.Target) program {
	t.Helper()
	emulator, err := kit.Emulator(on)
	if err != nil {
		t.Skip(err)
	}
	host, err := target.StandaloneHost(t.Context(), target.Options{Target: on})
	if errors.Is(err, kit.ErrNoCC) && on.Cross() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if emulator == "" {
		return program{host}
	}
	return program{emulator, host}
}

// requireCompiler skips a test if this machine cannot build for a target that is
// not its own.
func requireCompiler(t *testing.T, on target.Target) {
	t.Helper()
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kit.FindCC(g, on); err != nil && on.Cross() {
		t.Skip(err)
	}
}

// outcome is what a process left behind.
type outcome struct {
	exit           int // -1: killed by a signal
	stdout, stderr string
	hung           bool
}

// hangAfter is how long a process may take: an emulator on a busy machine takes its time. It
// decides nothing but hangs.
const hangAfter = 15 * time.Minute

// run runs a program with additions to this process's environment.
func run(t *testing.T, env []string, p program, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangAfter)
	defer cancel()
	cmd := exec.CommandContext(ctx, p[0], slices.Concat(p[1:], args)...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{
		exit:   cmd.ProcessState.ExitCode(),
		stdout: stdout.String(),
		stderr: stderr.String(),
		hung:   ctx.Err() != nil,
	}
}
