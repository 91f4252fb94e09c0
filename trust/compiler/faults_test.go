package compiler_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/trust/compiler"
)

var update = flag.Bool("update", false, "rewrite the ledger in docs/trust.md")

// shows is the exit code of a program that has met the fault; a fault of memory may end it
// in any other way.
const shows = 9

// TestPrograms has the installed Go compile the program of each fault, for each
// architecture that can be run here, without a measure and with all of them.
func TestPrograms(t *testing.T) {
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range compiler.Faults {
		if f.Program == "" {
			continue
		}
		for arch, runner := range map[string][]string{"amd64": nil, "arm64": nil} {
			t.Run(f.Program+"/"+arch, func(t *testing.T) {
				if arch != runtime.GOARCH {
					qemu, err := exec.LookPath("qemu-aarch64-static")
					if err != nil || arch != "arm64" {
						t.Skip("nothing here runs a program for " + arch)
					}
					runner = []string{qemu}
				}
				if f.Harmless == "" && f.Rule == "" && met(t, g, f.Program, arch, runner, compiler.DebugFlag()) {
					t.Error("the measures do not keep the fault away")
				}
				if has := f.In(g.Version) && (f.Arch == "" || f.Arch == arch); !has {
					t.Skip(g.Version + " does not have the fault")
				}
				if !met(t, g, f.Program, arch, runner, "") {
					t.Errorf("%s does not show the fault that the ledger says it has", g.Version)
				}
			})
		}
	}
}

func met(t *testing.T, g *gocmd.Go, program, arch string, runner []string, flags string) bool {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	dir := filepath.Join("testdata", program)
	build := exec.CommandContext(t.Context(), filepath.Join(g.Root, "bin", "go"), "build", "-gcflags="+flags, "-o", out, "main.go")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOFLAGS=", "GOROOT="+g.Root, "GOARCH="+arch, "CGO_ENABLED=0", "GO111MODULE=off")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	cmd := exec.CommandContext(t.Context(), append(runner, out)[0], append(runner, out)[1:]...)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil && exit.ExitCode() != shows && !strings.Contains(string(said), "fault") {
		t.Fatalf("%v\n%s", err, said)
	}
	return err != nil
}

func TestCheck(t *testing.T) {
	for release, wrong := range map[string]string{
		"go1.26.1": "CVE-2026-27143, CVE-2026-27144, golang/go#79182); use go1.26.4 or later",
		"go1.26.3": "GOTOOLCHAIN=go1.26.4",
		"go1.26.4": "", "go1.26.8": "", "go1.26.11": "", "go1.27.0": "", "go1.27.4": "",
	} {
		err := compiler.Check(release)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%s: %v", release, err)
		}
	}
	if least := compiler.Minimum("go1.26"); least != gocmd.MinVersion {
		t.Errorf("the minimum is %s by the ledger, %s by the gate", least, gocmd.MinVersion)
	}
}

// Every setting is one that some fault needs, and none stands in the ledger twice.
func TestDebugFlag(t *testing.T) {
	const want = "-d=variablemakehash=qn,mergelocals=0,ssa/late_nilcheck/off,ssa/dead_auto_elim/off"
	if got := compiler.DebugFlag(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDocs compares the ledger in docs/trust.md with the table.
func TestDocs(t *testing.T) {
	const name, from, to = "../../docs/trust.md", "go test ./trust/compiler -run TestDocs -update -->\n", "<!-- end of ledger -->"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the ledger", name)
	}
	want := head + from + "\n" + compiler.Table() + "\n" + to + tail
	if want == string(data) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the table says; run: go test ./trust/compiler -run TestDocs -update", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
