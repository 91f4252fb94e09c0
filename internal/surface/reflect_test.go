package surface_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/overlay"
)

// TestReflect: each function and method of package reflect has been judged, and does what the
// judgement says: see testdata/reflect.txt.
func TestReflect(t *testing.T) {
	table := judgements(t)
	rules := substituted(t)
	seen := map[string]bool{}
	forReleases(t, func(t *testing.T, g *gocmd.Go) {
		bodies, exported := reflectFunctions(t, g.Root)
		for _, name := range exported {
			seen[name] = true
			judgement, ok := table[name]
			if !ok {
				t.Errorf("%s is new in package reflect: judge it in testdata/reflect.txt", name)
				continue
			}
			body := func(name string) string { return bodies[strings.Replace(name, "Type.", "rtype.", 1)] }
			verb, callee, _ := strings.Cut(judgement, " ")
			switch {
			case verb == "makes":
				if !strings.Contains(rules[name], "makeable(") {
					t.Errorf("%s makes values; no rule keeps it from the inside", name)
				}
			case verb == "converts":
				if !strings.Contains(rules[name], "ownType(") {
					t.Errorf("%s converts; no rule has it ask the descriptor", name)
				}
			case verb == "derives":
				if rules[strings.Replace(name, "Type.", "rtype.", 1)] == "" {
					t.Errorf("%s makes a value of another; no rule makes it read-only", name)
				}
			case verb == "writes" || judgement == "hands out":
				text := body(name) + rules[name]
				for _, helper := range []string{"valueInterface", "select0"} {
					if strings.Contains(text, helper+"(") {
						text += body(helper)
					}
				}
				if !regexp.MustCompile(`mustBe(Assignable|Exported)\(\)|flagRO`).MatchString(text) {
					t.Errorf("%s does not look whether the value is read-only", name)
				}
			case verb == "calls":
				if last := callee[strings.LastIndexByte(callee, '.')+1:]; !strings.Contains(body(name), last+"(") {
					t.Errorf("%s does not call %s", name, callee)
				}
			case judgement == "type":
				if text := body(name) + rules[name]; !regexp.MustCompile(`\.common\(\)|\.\(\*rtype\)|fieldType\(`).MatchString(text) {
					t.Errorf("%s does not ask for the descriptor", name)
				}
			case judgement == "looks":
			default:
				t.Errorf("%s: %q is no judgement", name, judgement)
			}
		}
	})
	for name := range table {
		if !seen[name] {
			t.Errorf("package reflect has no %s", name)
		}
	}
}

// judgements reads testdata/reflect.txt.
func judgements(t *testing.T) map[string]string {
	data, err := os.ReadFile(filepath.Join("testdata", "reflect.txt"))
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if name, judgement, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(name, "#") {
			table[name] = strings.TrimSpace(judgement)
		}
	}
	return table
}

// substituted returns what the rules for package reflect put into each declaration.
func substituted(t *testing.T) map[string]string {
	data, err := os.ReadFile(filepath.Join("..", "..", "pgstd", "reflect", "overlay.rules"))
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^subst (\\S+) `[^`]*` `([^`]*)`").FindAllStringSubmatch(string(data), -1) {
		rules[m[1]] += m[2] + "\n"
	}
	return rules
}

// reflectFunctions returns the text of each function of package reflect, and the names of
// those that are exported, methods of the interface Type among them.
func reflectFunctions(t *testing.T, goroot string) (bodies map[string]string, exported []string) {
	bodies = map[string]string{}
	eachFile(t, goroot, "reflect", func(f *ast.File, src []byte) {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name, public := d.Name.Name, d.Name.IsExported()
				if d.Recv != nil {
					receiver := strings.TrimLeft(string(src[d.Recv.List[0].Type.Pos()-1:d.Recv.List[0].Type.End()-1]), "*")
					name, public = receiver+"."+name, public && ast.IsExported(receiver)
				}
				bodies[name] = string(src[d.Pos()-1 : d.End()-1])
				if public {
					exported = append(exported, name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					s, ok := spec.(*ast.TypeSpec)
					if !ok || s.Name.Name != "Type" {
						continue
					}
					for _, m := range s.Type.(*ast.InterfaceType).Methods.List {
						if m.Names[0].IsExported() {
							exported = append(exported, "Type."+m.Names[0].Name)
						}
					}
				}
			}
		}
	})
	return bodies, exported
}

// eachFile parses the files of a package of the library that the target selects, and reports
// whether there is assembly among them.
func eachFile(t *testing.T, goroot, importPath string, f func(*ast.File, []byte)) bool {
	t.Helper()
	ctx := build.Default
	ctx.GOROOT, ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled, ctx.BuildTags = goroot, "linux", "amd64", false, overlay.Tags
	dir := filepath.Join(goroot, "src", filepath.FromSlash(importPath))
	p, err := ctx.ImportDir(dir, 0)
	if err != nil {
		return false // a folder without a package for the target
	}
	for _, name := range p.GoFiles {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if file == nil {
			t.Fatal(err)
		}
		f(file, src) // maybe in a newer language, of which the parser makes what it can
	}
	return len(p.SFiles) > 0
}

// TestInside holds the lists in pgstd/reflect/inside.go against the library: packages that are
// not written in safe Go alone, and what paths of the library begin with.
func TestInside(t *testing.T) {
	lists := insideLists(t)
	forReleases(t, func(t *testing.T, g *gocmd.Go) {
		out, err := g.Command(t.Context(), t.TempDir(), nil, "list", "std").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range lists["isFilled"] {
			if isUnsafe(t, g.Root, p) {
				t.Errorf("%s, of which isFilled says it, is not written in safe Go alone", p)
			}
		}
		for _, p := range strings.Fields(string(out)) {
			first, _, _ := strings.Cut(p, "/")
			if first != "vendor" && !slices.Contains(lists["isLibrary"], first) {
				t.Errorf("isLibrary does not know %s", first)
			}
			if first == "vendor" || slices.Contains(strings.Split(p, "/"), "internal") || !isUnsafe(t, g.Root, p) {
				continue
			}
			if !slices.Contains(lists["isUnsafe"], p) {
				t.Errorf("isUnsafe does not know that %s is not written in safe Go alone", p)
			}
		}
	})
}

// isUnsafe reports whether a package uses unsafe, assembly, or functions without a body.
func isUnsafe(t *testing.T, goroot, importPath string) (is bool) {
	assembly := eachFile(t, goroot, importPath, func(f *ast.File, _ []byte) {
		for _, spec := range f.Imports {
			is = is || spec.Path.Value == `"unsafe"` && (spec.Name == nil || spec.Name.Name != "_")
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			is = is || ok && fn.Body == nil
		}
	})
	return is || assembly
}

// insideLists returns the strings in the functions of pgstd/reflect/inside.go.
func insideLists(t *testing.T) map[string][]string {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "pgstd", "reflect", "inside.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					lists[fn.Name.Name] = append(lists[fn.Name.Name], s)
				}
			}
			return true
		})
	}
	return lists
}
