package attacks

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

// minimum is how many attempts the corpus has at least.
const minimum = 100

// TestAttacks tries what must be stopped before there is an object.
func TestAttacks(t *testing.T) {
	all := attempts(t)
	if len(all) < minimum {
		t.Errorf("%d attempts, want %d", len(all), minimum)
	}
	for _, a := range all {
		if a.stop == "runtime" {
			continue // all at once: TestRuntime
		}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			dir := a.write(t)
			switch a.stop {
			case "source", "error", "harmless":
				a.check(t, dir)
				if a.argument == "build" {
					a.build(t, dir)
				}
			case "build":
				a.build(t, dir)
			default:
				t.Fatalf("stop: %s is unknown", a.stop)
			}
			a.noHarm(t)
		})
	}
}

func (a *attempt) options(dir string) target.Options {
	o := target.Options{Deps: policy.Deps(a.key("deps")), Offline: true}
	if file := a.key("policy"); file != "" {
		o.Policy = filepath.Join(dir, file)
	}
	return o
}

// check runs the source gate.
func (a *attempt) check(t *testing.T, dir string) {
	t.Helper()
	result, err := target.Check(t.Context(), target.Request{Options: a.options(dir), Dir: dir}, "./...")
	if a.stop == "error" {
		if err == nil {
			t.Fatal("no error")
		}
		a.wanted(t, err.Error())
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := result.WriteText(&text, true); err != nil {
		t.Fatal(err)
	}
	if a.stop == "harmless" {
		if !result.OK() {
			t.Errorf("refused:\n%s", &text)
		}
		return
	}
	if source.Find(a.argument) == nil {
		t.Fatalf("there is no rule %q", a.argument)
	}
	if !slices.ContainsFunc(result.Findings, func(f source.Finding) bool { return f.Rule == a.argument }) {
		t.Errorf("rule %s has found nothing:\n%s", a.argument, &text)
	}
	a.wanted(t, text.String())
}

// build builds an object, which must fail unless the attempt is harmless.
func (a *attempt) build(t *testing.T, dir string) {
	t.Helper()
	object := filepath.Join(t.TempDir(), "object.so")
	err := target.BuildObject(t.Context(), target.Request{Options: a.options(dir), Dir: dir}, object)
	if a.stop == "harmless" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil {
		t.Fatal("it can be built")
	}
	a.wanted(t, err.Error())
	if _, err := os.Stat(object); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file has been left behind: %v", err)
	}
}
