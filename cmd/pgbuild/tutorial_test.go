package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTutorial does what docs/tutorial.md says: blocks with the name of a file are written to it, of
// blocks of the console each line with a "$" is run, and what follows has to be what is printed. A "…"
// in it stands for anything.
func TestTutorial(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a dozen times")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "pgbuild")); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "PGSTD_PROGRESS=off",
		"PGSTD_SESSIONS="+filepath.Join(dir, "sessions"), "PSQLRC="+os.DevNull)
	at := dir
	blocks := regexp.MustCompile("(?ms)^```(\\w+)( \\S+)?\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	commands := 0
	for _, block := range blocks {
		if file := strings.TrimSpace(block[2]); file != "" {
			path := filepath.Join(at, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(block[3]), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if block[1] != "console" {
			continue
		}
		for _, one := range strings.Split("\n"+block[3], "\n$ ")[1:] {
			command, want, _ := strings.Cut(one, "\n")
			commands++
			if to, ok := strings.CutPrefix(command, "cd "); ok {
				at = filepath.Join(at, to)
				continue
			}
			start := time.Now()
			cmd := exec.Command("sh", "-c", command)
			cmd.Dir, cmd.Env = at, env
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", command, err, out)
			}
			t.Logf("%s: %v", command, time.Since(start))
			if !matches(string(out), want) {
				t.Errorf("%s prints\n%s\nwant\n%s", command, out, want)
			}
		}
	}
	if commands < 12 {
		t.Errorf("only %d commands were found", commands)
	}
}

// matches compares an output with one in which "…" stands for anything.
func matches(got, want string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", ".*")
	return regexp.MustCompile("(?s)^" + pattern + "$").MatchString(strings.TrimSpace(got))
}

// The examples that solve problems pass their tests in PostgreSQL; those of Go alone "make test" runs
// with stock Go.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds several extensions")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "..", "examples", "useful")
	tests, err := filepath.Glob(filepath.Join(dir, "*", "*_test.go"))
	if err != nil || len(tests) < 10 {
		t.Fatal(tests, err)
	}
	for _, file := range tests {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), self, "test", "--run", "^PgTest", "./"+name)
			cmd.Args[0], cmd.Dir = "pgbuild", dir
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), " 0 failed, 0 skipped") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// The example with modules of others passes its tests with the policy that ships with pgbuild.
func TestExampleCurated(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a large extension")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "..", "examples", "cel")
	download := exec.CommandContext(t.Context(), "go", "mod", "download", "github.com/google/cel-go", "google.golang.org/protobuf",
		"github.com/antlr4-go/antlr/v4", "cel.dev/expr", "google.golang.org/genproto/googleapis/api", "google.golang.org/genproto/googleapis/rpc",
		"github.com/stoewer/go-strcase", "golang.org/x/exp", "golang.org/x/text")
	download.Dir = dir
	if out, err := download.CombinedOutput(); err != nil {
		t.Skipf("its modules are not in the module cache and cannot be downloaded: %s", out)
	}
	for _, try := range []struct {
		args []string
		well bool
		says string
	}{
		{[]string{"test", "-v", "--policy=curated"}, true, "1 passed, 0 failed, 0 skipped"},
		{[]string{"check", "--policy=curated"}, true, ""},
		{[]string{"check"}, false, "module github.com/google/cel-go v0.26.1"},
	} {
		cmd := exec.CommandContext(t.Context(), self, try.args...)
		cmd.Args[0], cmd.Dir = "pgbuild", dir
		if out, err := cmd.CombinedOutput(); (err == nil) != try.well || !strings.Contains(string(out), try.says) {
			t.Errorf("%q: %v\n%s", try.args, err, out)
		}
	}
}
