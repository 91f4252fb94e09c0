package source_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

// run judges a folder with Go's own library: rules do not depend on the target's.
func run(t *testing.T, dir string, p *policy.Policy, deps policy.Deps) *source.Result {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	result, err := source.Run(t.Context(), config(t, dir), p, deps)
	if err != nil {
		t.Fatal(err)
	}
	result.Relative(dir)
	return result
}

func config(t *testing.T, dir string) source.Config {
	t.Helper()
	return source.Config{
		Dir: dir, ModuleDir: dir, GOARCH: "amd64",
		Go: func(ctx context.Context, dir string, stdout, stderr io.Writer, args ...string) error {
			cmd := exec.CommandContext(ctx, "go", args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PWD="+dir, "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
			cmd.Stdout, cmd.Stderr = stdout, stderr
			return cmd.Run()
		},
		BuildFlags:  []string{"-tags=" + strings.Join(overlay.Tags, ",")},
		StrictFiles: true,
	}
}

// TestFixtures judges the folders of testdata, one for each rule. A comment
//
//	// want "regexp" "regexp"
//
// is what must be found in its line; want.txt has lines "file: regexp" for what has
// no line, and "file:line: regexp" for lines that have no place for comments. Nothing else may be
// found.
func TestFixtures(t *testing.T) {
	folders, err := filepath.Glob("testdata/*/go.mod")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	tried := map[string]bool{}
	for _, mod := range folders {
		dir := filepath.Dir(mod)
		rule := filepath.Base(dir)
		tried[rule] = true
		t.Run(rule, func(t *testing.T) {
			if source.Find(rule) == nil {
				t.Fatalf("no rule %s", rule)
			}
			wants := readWants(t, dir)
			found := false
			for _, f := range run(t, dir, nil, "").Findings {
				found = found || f.Rule == rule
				if !wants.take(f) {
					t.Errorf("not wanted: %s", f)
				}
			}
			for _, w := range wants {
				if !w.met {
					t.Errorf("%s:%d: nothing found for %q", w.file, w.line, w.pattern)
				}
			}
			if !found {
				t.Errorf("rule %s has found nothing", rule)
			}
		})
	}
	for _, r := range source.Rules {
		if !tried[r.Name] && !elsewhere[r.Name] {
			t.Errorf("rule %s has no folder in testdata", r.Name)
		}
	}
}

// elsewhere are rules whose fixtures cannot lie in a repository; other tests make
// them.
var elsewhere = map[string]bool{"embed": true, "irregular-file": true, "size": true, "vendor": true, "dependency": true, "absent-package": true, "foreign-variable": true, "hidden-instruction": true}

type want struct {
	file    string
	line    int
	pattern *regexp.Regexp
	met     bool
}

type wants []*want

var (
	wantComment = regexp.MustCompile(`// want ((?:"[^"]*" ?)+)`)
	quoted      = regexp.MustCompile(`"[^"]*"`)
)

func readWants(t *testing.T, dir string) (all wants) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		short := filepath.Base(name)
		for i, line := range strings.Split(string(data), "\n") {
			if place, pattern, ok := strings.Cut(line, ": "); ok && short == "want.txt" {
				w := &want{pattern: regexp.MustCompile(pattern)}
				file, number, _ := strings.Cut(place, ":")
				w.file = file
				w.line, _ = strconv.Atoi(number)
				all = append(all, w)
			}
			if m := wantComment.FindStringSubmatch(line); m != nil && short != "want.txt" {
				for _, q := range quoted.FindAllString(m[1], -1) {
					all = append(all, &want{file: short, line: i + 1, pattern: regexp.MustCompile(q[1 : len(q)-1])})
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (w wants) take(f source.Finding) bool {
	for _, w := range w {
		name := filepath.Base(f.Pos.File)
		if !w.met && w.line == f.Pos.Line && (name == w.file || w.line == 0 && fmt.Sprintf("%+q", name) == `"`+w.file+`"`) && w.pattern.MatchString(f.Message) {
			w.met = true
			return true
		}
	}
	return false
}
