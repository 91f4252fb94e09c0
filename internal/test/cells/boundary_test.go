package cells

import (
	"bytes"
	"fmt"
	"go/version"
	"io/fs"
	"path"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/test/releases"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/compiler"
)

// holes are functions of testdata/boundary that get over the boundary, each by a fault that only
// what the kit has mended keeps shut, what that is, and which releases of Go have it, if not all.
var holes = []struct {
	function, mends string
	in              func(release string) bool
}{
	{"runtime_func", "pgstd/runtime/symtab.go", nil},
	{"reflect_inside", "pgstd/reflect", nil},
	{"timer_copy", "pgstd/time", nil},
	{"cond_restored", "pgstd/sync/cond.go", nil},
	{"type_of_users", "pgstd/reflect", func(release string) bool { return version.Compare(release, "go1.27") < 0 }},
	{"switch_in_library", "pgstd/runtime/slice.go: pgstdMayYield", nil},
	{"append_stack", "the compiler's setting variablemakehash", compilerHas("golang/go#81612")},
	{"panic_no_frame", "pgstd/runtime/overlay.rules: _panic.nextFrame", func(release string) bool { return version.Compare(release, "go1.27") >= 0 }},
}

// TestBoundary opens the holes that Go's library and compiler have had, and has a function go
// through each to a variable of the server: in the backend it reads that, in a cell it ends.
//
// Other ways over the boundary were holes of the host and the language's handler: functions in C
// that believed their caller (trigger-function, in testdata/attacks/sql), descriptions, plans and
// types that were another's or had changed (alter-type-in-set, record-description, plan-of-others,
// cursor-swap, polymorphic-set, plan-freed, domain-reentry, wide-row, transition-table), states that
// were used again (set-reenters, held-lock), and costs that nobody counted (array-variables,
// amplify, record-fan, large-texts-of-others). That code runs in the backend wherever Go code does,
// with the server's rights, so no cell holds what an open one lets through: they are not
// opened here. These sessions run as they are, mended, with Go code in the backend and in cells
// (PGSTD_ISOLATION=cell go test ./internal/test/attacks -run Sessions).
func TestBoundary(t *testing.T) {
	here, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range releases.PerMinor(here.Version) {
		t.Run(release, func(t *testing.T) {
			if _, err := gocmd.Find(t.Context(), release); err != nil {
				t.Skipf("it cannot be had: %v", err)
			}
			boundaryOf(t, release)
		})
	}
}

func boundaryOf(t *testing.T, release string) {
	s := withHole(t, "boundary", target.Options{
		Go: release, Library: func(trees []overlay.Tree) []overlay.Tree { return opened(t, trees) }, CompilerDebug: "variablemakehash=qy",
	})
	for _, hole := range holes {
		if hole.in != nil && !hole.in(release) {
			t.Logf("it has no hole for %s", hole.function)
			continue
		}
		for _, where := range []string{"backend", "cell"} {
			conn, at := s.session(t, where)
			got, err := value(t, conn, fmt.Sprintf("select %s(%d)::text", hole.function, at))
			if where == "backend" && got != "5120" {
				t.Errorf("%s without %s, in the backend: %q, %v; want the server's variable", hole.function, hole.mends, got, err)
			}
			if where == "cell" && !contained(err) {
				t.Errorf("%s without %s, in a cell: %q, %v; want an error", hole.function, hole.mends, got, err)
			}
			if got, err := value(t, conn, "show work_mem"); got != "5MB" {
				t.Errorf("%s, %s: the server's variable is %s, %v afterwards", hole.function, where, got, err)
			}
			s.alive(t)
		}
	}
}

func compilerHas(id string) func(release string) bool {
	i := slices.IndexFunc(compiler.Faults, func(f compiler.Fault) bool { return f.ID == id })
	return compiler.Faults[i].In
}

// openings are the files of the kit without which the holes are open: what is left of a file is
// what it is without these lines, or with the second text in place of the first.
var openings = map[string]struct {
	without []string // nil: nothing is left
	replace [2]string
}{
	"pgstd/runtime/symtab.go":     {},
	"pgstd/runtime/timer.go":      {},
	"pgstd/time/timer.go":         {},
	"pgstd/time/overlay.rules":    {},
	"pgstd/sync/cond.go":          {},
	"pgstd/reflect/guard.go":      {},
	"pgstd/reflect/inside.go":     {},
	"pgstd/reflect/module.go":     {},
	"pgstd/reflect/overlay.rules": {},
	"pgstd/runtime/overlay.rules": {without: []string{"Func.raw", "_func.isInlined", "remove funcinl", "subst Frames.Next", "subst newTimer", "subst _panic.nextFrame `p.link"}},
	"pgstd/runtime/slice.go":      {replace: [2]string{"func pgstdMayYield(gp *g) bool {", "func pgstdMayYield(gp *g) bool {\n\tif gp != nil {\n\t\treturn true\n\t}"}},
}

// opened are the kit's trees with the holes in them. What it does not find where it was is to be
// looked for.
func opened(t *testing.T, trees []overlay.Tree) []overlay.Tree {
	t.Helper()
	found := 0
	var made []overlay.Tree
	for _, tree := range trees {
		files := fstest.MapFS{}
		err := fs.WalkDir(tree.FS, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(tree.FS, name)
			if o, ok := openings[path.Join(tree.Name, name)]; ok {
				found++
				switch {
				case o.without != nil:
					for _, part := range o.without {
						at := bytes.Index(text, []byte(part))
						if at < 0 {
							t.Fatalf("%s has no line with %q", name, part)
						}
						start := bytes.LastIndexByte(text[:at], '\n') + 1
						text = slices.Delete(text, start, at+bytes.IndexByte(text[at:], '\n')+1)
					}
				case o.replace[0] != "":
					if bytes.Count(text, []byte(o.replace[0])) != 1 {
						t.Fatalf("%s does not have %q", name, o.replace[0])
					}
					text = bytes.Replace(text, []byte(o.replace[0]), []byte(o.replace[1]), 1)
				default:
					return nil
				}
			}
			files[name] = &fstest.MapFile{Data: text}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, overlay.Tree{Name: tree.Name, FS: files})
	}
	if found != len(openings) {
		t.Fatalf("the kit has %d of %d files that keep holes shut", found, len(openings))
	}
	return made
}
