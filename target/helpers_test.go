package target_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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

// standaloneHost returns the path of pgstd-run.
func standaloneHost(t *testing.T) string {
	t.Helper()
	host, err := target.StandaloneHost(t.Context(), target.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// outcome is what a process left behind.
type outcome struct {
	exit           int // -1: killed by a signal
	stdout, stderr string
	hung           bool
}

// hangAfter is how long a process may take. It decides nothing but hangs.
const hangAfter = 3 * time.Minute

// run runs a program with additions to this process's environment.
func run(t *testing.T, env []string, program string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangAfter)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
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
