// Package layers holds the imports of the Go packages against an order of them. The
// host's C files have one of their own: the test of package link.
package layers

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pgstd/pgstd"

// layers are all packages but tools of development, lowest first. A package imports what
// stands in lines above its own, and what lies in its own folder. A name that ends in /...
// stands for a tree, whose packages import each other.
var layers = []string{
	"pg/...",
	"trust/source/changes",
	". internal/atomicfile internal/coverage internal/exportdata internal/inplace internal/loops internal/majors internal/objfile internal/page internal/regular internal/sandbox internal/scratch internal/sqltext internal/surface/... trust/compiler",
	"internal/gocmd internal/newmodule internal/pgconfig internal/pgtypes internal/testreport trust/policy trust/provenance trust/signature",
	"internal/cluster internal/packaging overlay trust/object/...",
	"internal/session internal/upgrade trust/source",
	"internal/extension internal/inspect",
	"internal/kit internal/vet plgo/body",
	"internal/packs",
	"internal/gate internal/link",
	"plgo/base",
	"plgo/compile target",
	"internal/dbtest internal/toolchain plgo/compileapi",
	"plgo/compileserver",
	"plgo/plgotest",
	"plgo/shipping",
	"cmd/...",
}

// withPgx are for authors who have that module.
var withPgx = []string{"pg/pgabi/pgtypecodec", "pg/pgxpg", "pg/pgxtest"}

// apart import what they like, and only they import each other.
var apart = []string{"internal/dev/...", "internal/test/..."}

func TestPackagesImportDownwards(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		name := short(p.ImportPath)
		if in(apart, name) != "" {
			continue
		}
		at := layer(name)
		if at < 0 {
			t.Errorf("%s has no layer; give it one in internal/test/layers", name)
		}
		for _, i := range p.Imports {
			if i != module && !strings.HasPrefix(i, module+"/") {
				if at == 0 && !slices.Contains(withPgx, name) && strings.Contains(strings.Split(i, "/")[0], ".") {
					t.Errorf("%s imports %s; what an object takes in needs no module", name, i)
				}
				continue
			}
			imported := short(i)
			if !mayImport(name, imported, at) {
				t.Errorf("%s imports %s, which does not lie below it", name, imported)
			}
		}
	}
}

func mayImport(name, imported string, at int) bool {
	if in(apart, imported) != "" {
		return false
	}
	if layer(imported) < at {
		return true
	}
	tree := in(strings.Fields(layers[max(at, 0)]), name)
	return strings.HasSuffix(tree, "/...") && tree == in(strings.Fields(layers[max(at, 0)]), imported)
}

// short is a package's path in the module.
func short(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// layer is a package's place in the order; -1 if it has none.
func layer(name string) int {
	return slices.IndexFunc(layers, func(line string) bool { return in(strings.Fields(line), name) != "" })
}

// in returns the pattern that a name is one of.
func in(patterns []string, name string) string {
	for _, p := range patterns {
		if tree, ok := strings.CutSuffix(p, "/..."); p == name || ok && (name == tree || strings.HasPrefix(name, tree+"/")) {
			return p
		}
	}
	return ""
}

// TestOrderForbids tries edges that must not be.
func TestOrderForbids(t *testing.T) {
	for _, edge := range [][2]string{
		{"pg", "internal/regular"},         // an object takes pg in
		{"trust/source", "internal/kit"},   // a gate is nobody's part
		{"internal/kit", "target"},         // upwards
		{"target", "plgo/compile"},         // the two products stand side by side
		{"internal/gate", "internal/link"}, // so do these
		{"target", "internal/test/clusters"},
		{"cmd/pgbuild", "internal/dev/bench"},
	} {
		if mayImport(edge[0], edge[1], layer(edge[0])) {
			t.Errorf("%s may import %s", edge[0], edge[1])
		}
	}
}
