package abi

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pgstd/pgstd/internal/objfile"
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func abiHeader(t *testing.T) header {
	t.Helper()
	h, err := readHeader(read(t, "host/abi.h"))
	if err != nil {
		t.Fatalf("host/abi.h: %v", err)
	}
	return h
}

const includeABI = "#include \"abi.h\"\n"

// everyArch runs a test for each architecture.
func everyArch(t *testing.T, test func(t *testing.T, arch string)) {
	for _, arch := range slices.Sorted(maps.Keys(compilers)) {
		t.Run(arch, func(t *testing.T) { test(t, arch) })
	}
}

// TestComplete finds what abi.h declares and nobody compares, and rows for what it does
// not declare.
func TestComplete(t *testing.T) {
	h := abiHeader(t)
	declared, rows := slices.Sorted(maps.Keys(h.structures)), slices.Sorted(maps.Keys(structures))
	if !slices.Equal(declared, rows) {
		t.Errorf("structures of abi.h: %v\nrows: %v", declared, rows)
	}
	for _, name := range h.constants {
		_, mirrored := constants[name]
		_, own := hostOnly[name]
		if mirrored == own {
			t.Errorf("%s of abi.h has to have a row in either constants or hostOnly", name)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(constants)), slices.Collect(maps.Keys(hostOnly))) {
		if !slices.Contains(h.constants, name) {
			t.Errorf("abi.h has no %s", name)
		}
	}
}

// TestGoComplete finds constants of the runtime and of package host that are made after
// abi.h and that no row names.
func TestGoComplete(t *testing.T) {
	var named []string
	for _, names := range constants {
		named = append(named, names...)
	}
	g := load(t, "amd64")
	for pkg, file := range map[string]string{"runtime": "control.go", "host": "types.go"} {
		for _, f := range g.files[pkg] {
			for _, d := range f.Decls {
				decl, ok := d.(*ast.GenDecl)
				if !ok || decl.Tok != token.CONST {
					continue
				}
				for _, spec := range decl.Specs {
					for _, id := range spec.(*ast.ValueSpec).Names {
						name := pkg + "." + id.Name
						wanted := strings.HasPrefix(id.Name, "request") || g.fileOf(pkg, f, file)
						if wanted && !strings.HasSuffix(id.Name, "Size") && !slices.Contains(named, name) {
							t.Errorf("%s is the mirror of nothing in abi.h: give it a row", name)
						}
					}
				}
			}
		}
	}
}

// fileOf reports whether a file of a package declares what the named one does.
func (g *golang) fileOf(pkg string, f *ast.File, name string) bool {
	first := map[string]string{"control.go": "pgstdMagic", "types.go": "Void"}[name]
	for _, d := range f.Decls {
		if decl, ok := d.(*ast.GenDecl); ok && decl.Tok == token.CONST {
			for _, spec := range decl.Specs {
				if spec.(*ast.ValueSpec).Names[0].Name == first {
					return true
				}
			}
		}
	}
	return false
}

func TestConstants(t *testing.T) {
	everyArch(t, func(t *testing.T, arch string) {
		c := compile(t, arch, includeABI, slices.Sorted(maps.Keys(constants)))
		g := load(t, arch)
		for name, mirrors := range constants {
			for _, m := range mirrors {
				if got := g.value(t, m); got != c[name] {
					t.Errorf("%s is %#x, %s is %#x", name, c[name], m, got)
				}
			}
		}
	})
}

func TestStructures(t *testing.T) {
	h := abiHeader(t)
	everyArch(t, func(t *testing.T, arch string) {
		g := load(t, arch)
		for name, mirrors := range structures {
			for _, m := range mirrors {
				for _, problem := range compareStructure(t, arch, g, includeABI, name, h.structures[name], m) {
					t.Error(problem)
				}
			}
		}
	})
}

func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// compareStructure returns where a mirror is not what it mirrors.
func compareStructure(t *testing.T, arch string, g *golang, declarations, name string, fields []field, m mirror) []string {
	t.Helper()
	s, ok := g.object(t, m.name).Type().Underlying().(*types.Struct)
	if !ok {
		t.Fatalf("%s is not a structure", m.name)
	}
	var all []*types.Var
	for i := range s.NumFields() {
		all = append(all, s.Field(i))
	}
	// What each field of Go is in C, and what of C has one.
	var problems []string
	inC := make([]string, len(all))
	covered := map[string]bool{}
	for i, f := range all {
		inC[i] = m.fields[f.Name()]
		for _, c := range fields {
			if inC[i] == "" && plain(c.name) == plain(f.Name()) {
				inC[i] = c.name
			}
		}
		base, _, _ := strings.Cut(inC[i], "[")
		if !slices.Contains(fields, field{base}) {
			problems = append(problems, fmt.Sprintf("%s has no field for %s of %s", name, f.Name(), m.name))
			return problems
		}
		covered[base] = true
	}
	expressions := []string{"sizeof(" + name + ")"}
	for _, c := range fields {
		if !covered[c.name] {
			problems = append(problems, fmt.Sprintf("%s has no field for %s of %s", m.name, c.name, name))
		}
	}
	for _, c := range inC {
		expressions = append(expressions, offsetOf(name, c), sizeOf(name, c))
	}
	c := compile(t, arch, declarations, expressions)
	offsets := g.sizes.Offsetsof(all)
	for i, f := range all {
		if want, got := c[offsetOf(name, inC[i])], uint64(offsets[i]); got != want {
			problems = append(problems, fmt.Sprintf("%s.%s is at %d, %s.%s at %d", name, inC[i], want, m.name, f.Name(), got))
		}
		if want, got := c[sizeOf(name, inC[i])], uint64(g.sizes.Sizeof(f.Type())); got != want {
			problems = append(problems, fmt.Sprintf("%s.%s has %d bytes, %s.%s has %d", name, inC[i], want, m.name, f.Name(), got))
		}
	}
	if want, got := c[expressions[0]], uint64(g.sizes.Sizeof(s)); got != want {
		problems = append(problems, fmt.Sprintf("%s has %d bytes, %s has %d", name, want, m.name, got))
	}
	return problems
}

// TestText: a PgstdText is a string of Go, of which slices begin the same way.
func TestText(t *testing.T) {
	everyArch(t, func(t *testing.T, arch string) {
		c := compile(t, arch, includeABI, []string{"sizeof(PgstdText)", offsetOf("PgstdText", "data"), offsetOf("PgstdText", "size"),
			"sizeof(PgstdRange)", offsetOf("PgstdRange", "end")})
		g := load(t, arch)
		if got := uint64(g.sizes.Sizeof(types.Typ[types.String])); got != c["sizeof(PgstdText)"] ||
			c[offsetOf("PgstdText", "data")] != 0 || c[offsetOf("PgstdText", "size")] != got/2 {
			t.Errorf("PgstdText %v, a string has %d bytes", c, got)
		}
		if c["sizeof(PgstdRange)"] != 16 || c[offsetOf("PgstdRange", "end")] != 8 {
			t.Errorf("PgstdRange %v is not two words", c)
		}
	})
}

func TestStreams(t *testing.T) {
	everyArch(t, func(t *testing.T, arch string) {
		c := compile(t, arch, includeABI, []string{"PGSTD_STDOUT", "PGSTD_STDERR"})
		if c["PGSTD_STDOUT"] != uint64(syscall.Stdout) || c["PGSTD_STDERR"] != uint64(syscall.Stderr) {
			t.Errorf("streams %v, but package syscall passes on %d and %d", c, syscall.Stdout, syscall.Stderr)
		}
	})
}

func TestArena(t *testing.T) {
	everyArch(t, func(t *testing.T, arch string) {
		c := compile(t, arch, includeABI, []string{"PGSTD_ARENA_SIZE"})
		if got := uint64(1) << load(t, arch).value(t, "runtime.logHeapArenaBytes"); got != c["PGSTD_ARENA_SIZE"] {
			t.Errorf("PGSTD_ARENA_SIZE is %#x, an arena of the runtime %#x", c["PGSTD_ARENA_SIZE"], got)
		}
	})
}

func TestStackPreempt(t *testing.T) {
	everyArch(t, func(t *testing.T, arch string) {
		c := compile(t, arch, includeABI, []string{"PGSTD_STACK_PREEMPT"})
		if got := evaluate(t, filepath.Join(build.Default.GOROOT, "src/runtime/stack.go"), "stackPreempt"); got != c["PGSTD_STACK_PREEMPT"] {
			t.Errorf("PGSTD_STACK_PREEMPT is %#x, stackPreempt %#x", c["PGSTD_STACK_PREEMPT"], got)
		}
	})
}

// TestGate holds the object gate's own view of a descriptor against the header.
func TestGate(t *testing.T) {
	everyArch(t, func(t *testing.T, arch string) {
		c := compile(t, arch, includeABI, slices.Sorted(maps.Values(descriptor)))
		g := load(t, arch)
		for name, expression := range descriptor {
			if got := g.value(t, "object."+name); got != c[expression] {
				t.Errorf("%s of trust/object is %d, %s is %d", name, got, expression, c[expression])
			}
		}
		// Complete: there is no such constant without a row.
		reads := regexp.MustCompile(`^(at[A-Z]|num[A-Z]|descriptor[A-Z])`)
		text := read(t, "trust/object/descriptor.go")
		for _, name := range g.packages["object"].Scope().Names() {
			o, isConst := g.object(t, "object."+name).(*types.Const)
			_, known := descriptor[name]
			if isConst && !known && reads.MatchString(name) && regexp.MustCompile(`(?m)^\t`+o.Name()+`\s`).MatchString(text) {
				t.Errorf("%s of trust/object/descriptor.go has no row", name)
			}
		}
	})
}

// TestTrampolines: the array that comes with trampolines has the size of the host's PgstdSite.
func TestTrampolines(t *testing.T) {
	host := regexp.MustCompile(`(?s)typedef struct PgstdSite\n\{.*?\n\} PgstdSite;`).FindString(read(t, "host/postgres/backend.h"))
	if host == "" {
		t.Fatal("the host has no PgstdSite")
	}
	everyArch(t, func(t *testing.T, arch string) {
		const size = "sizeof(PgstdSite)"
		c := compile(t, arch, "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\ntypedef int32_t int32;\ntypedef uint32_t Oid;\ntypedef struct PgstdFunction PgstdFunction;\n"+host+"\n", []string{size})
		if fmt.Sprint(c[size]) != fmt.Sprint(objfile.SiteSize) {
			t.Errorf("PgstdSite has %v bytes, and trampolines come with %d", c[size], objfile.SiteSize)
		}
	})
}

// TestAssembly: assembly knows structures by the names that Go's compiler hands on
// (go_asm.h), never by numbers of its own.
func TestAssembly(t *testing.T) {
	files, err := filepath.Glob("../../../pgstd/runtime/*.s")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	byName := regexp.MustCompile(`\b(pgstd(?:ControlBlock|Object|Config|Hooks|Slot|Function|ErrorData))_(\w+)`)
	byNumber := regexp.MustCompile(`pgstdControl\+\(?-?[0-9]|pgstd_object\+\(?-?[0-9]`)
	g := load(t, "amd64")
	uses := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := byNumber.Find(text); found != nil {
			t.Errorf("%s: %s: a number where a field's name belongs", file, found)
		}
		for _, m := range byName.FindAllStringSubmatch(string(text), -1) {
			uses++
			s := g.object(t, "runtime."+m[1]).Type().Underlying().(*types.Struct)
			found := false
			for i := range s.NumFields() {
				found = found || s.Field(i).Name() == m[2]
			}
			if !found {
				t.Errorf("%s: %s has no field %s", file, m[1], m[2])
			}
		}
	}
	if uses == 0 {
		t.Error("no assembly uses a structure: how it names them has changed")
	}
}

// TestFinds changes the header, one thing at a time, and sees that it is found.
func TestFinds(t *testing.T) {
	text := read(t, "host/abi.h")
	for _, change := range []struct{ name, structure, from, to string }{
		{"two fields of one size change places", "PgstdSlot", "uint32_t	flags;			/* PGSTD_SLOT_* */\n	uint32_t	size;", "uint32_t	size;\n	uint32_t	flags;"},
		{"a field grows", "PgstdColumn", "uint32_t	oid;			/* of the SQL type; from a world", "uint64_t	oid;			/* of the SQL type; from a world"},
		{"a field is added at the end", "PgstdRow", "it has none */\n} PgstdRow", "it has none */\n	uint32_t	more;\n} PgstdRow"},
		{"a hook is added in between", "PgstdHooks", "int64_t		(*monotonic)", "void		(*extra) (void);\n	int64_t		(*monotonic)"},
		{"an array has another bound", "PgstdArray", "PGSTD_MAX_DIMS		6", "PGSTD_MAX_DIMS		7"},
		{"a range is added", "PgstdObject", "PGSTD_ZERO_RANGES	2", "PGSTD_ZERO_RANGES	3"},
	} {
		t.Run(change.name, func(t *testing.T) {
			changed := strings.Replace(text, change.from, change.to, 1)
			if changed == text {
				t.Fatal("abi.h does not have what is to be changed")
			}
			h, err := readHeader(changed)
			if err != nil {
				t.Fatal(err)
			}
			if got := compareStructure(t, "amd64", load(t, "amd64"), changed, change.structure, h.structures[change.structure], structures[change.structure][0]); len(got) == 0 {
				t.Error("nobody has seen it")
			}
		})
	}
	if _, err := readHeader(text + "\nstruct Other {\n\tint a;\n};\n"); err == nil {
		t.Error("a structure in another form was passed over")
	}
}
