package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/pg/pgtest"
)

// CoverageFunction is the SQL function of a build with Tests and Cover that returns what has been
// counted in its session since it was called last: lines of a profile of Go's (package
// internal/coverage).
const CoverageFunction = "pgbuild_coverage"

// counted is a package whose statements are counted.
type counted struct {
	Dir, ImportPath, Name string
	GoFiles               []string
	Module                *struct{ Main bool }
}

// findCounted finds the packages of the author's module that a package consists of.
func (t *Tests) findCounted(ctx context.Context, k *kit.Kit, dir, pattern string, moduleFlags []string) error {
	args := slices.Concat([]string{"-deps", "-json=Dir,ImportPath,Name,GoFiles,Module"}, k.Flags(k.Overlay.JSON), moduleFlags, []string{pattern})
	all, err := gocmd.List[counted](ctx, k.Run, dir, args...)
	if err != nil {
		return err
	}
	t.Sources = map[string]string{}
	for _, p := range all {
		// Package pg is counted by nobody: it has a part in the counting.
		if p.Module == nil || !p.Module.Main || kit.Carries(p.ImportPath) || len(p.GoFiles) == 0 {
			continue
		}
		t.counted = append(t.counted, p)
		for _, name := range p.GoFiles {
			t.Sources[p.ImportPath+"/"+name] = filepath.Join(p.Dir, name)
		}
	}
	if len(t.counted) == 0 {
		return fmt.Errorf("%s is of no module of yours, and its statements cannot be counted; leave --cover out", t.ImportPath)
	}
	return nil
}

// count puts counters into the packages: files for the overlay in the place of the author's, whose
// lines stay what they are, and one that tells package pgtest of the counters.
func (t *Tests) count(ctx context.Context, k *kit.Kit) error {
	for i, p := range t.counted {
		var register strings.Builder
		fmt.Fprintf(&register, "// %s\n\npackage %s\n\nimport pgbuildtest %q\n\nfunc init() {\n", extension.Generated, p.Name, kit.ModulePath+"/pg/pgtest")
		for j, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			variable := fmt.Sprintf("pgbuildCounts%d", j)
			text, err := countFile(ctx, k, p.Dir, path, variable)
			if err != nil {
				return err
			}
			to := filepath.Join(k.Work, fmt.Sprintf("count%d_%d.go", i, j))
			if err := os.WriteFile(to, text, 0o644); err != nil {
				return err
			}
			t.files[path] = to
			fmt.Fprintf(&register, "\tpgbuildtest.RegisterCounts(%s, %s.Count[:], %[2]s.Pos[:], %[2]s.NumStmt[:])\n", strconv.Quote(p.ImportPath+"/"+name), variable)
		}
		to := filepath.Join(k.Work, fmt.Sprintf("count%d.go", i))
		if err := os.WriteFile(to, []byte(register.String()+"}\n"), 0o644); err != nil {
			return err
		}
		t.files[filepath.Join(p.Dir, "counts"+pgtest.Suffix+".go")] = to
	}
	return nil
}

// countFile has Go's own tool put counters into a file.
func countFile(ctx context.Context, k *kit.Kit, dir, path, variable string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	if err := k.Run(ctx, dir, &stdout, &stderr, "tool", "cover", "-mode=set", "-var="+variable, path); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if said := strings.TrimSpace(stderr.String()); said != "" {
			err = errors.New(said)
		}
		return nil, fmt.Errorf("putting counters into %s: %w", path, err)
	}
	// It begins with a //line of the file's own name, without which lines are the same.
	text := stdout.Bytes()
	if bytes.HasPrefix(text, []byte("//line ")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text, nil
}

// countPlain makes Go's tests print what has been counted at their end. Those with a TestMain of
// their own do not.
func (t *Tests) countPlain(ctx context.Context, k *kit.Kit) error {
	t.files = map[string]string{}
	if err := t.count(ctx, k); err != nil {
		return err
	}
	if !t.HasMain {
		text := fmt.Sprintf(`// %s

package %s

import (
	pgbuildtesting "testing"

	pgbuildtest "%s/pg/pgtest"
)

func TestMain(m *pgbuildtesting.M) {
	m.Run()
	pgbuildtest.PrintCoverage()
}
`, extension.Generated, t.name, kit.ModulePath)
		to := filepath.Join(k.Work, "count_main.go")
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			return err
		}
		t.files[filepath.Join(t.Dir, "counts_pgbuild_test.go")] = to
	}
	var err error
	k.Overlay, err = k.Overlay.WithFiles(t.files)
	return err
}
