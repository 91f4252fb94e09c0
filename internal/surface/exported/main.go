// Command exported prints what the packages of the standard library export, one
// declaration a line after the path of its package. It is for the tests of package
// surface, which build it with the release of Go that they look at.
//
// It reads declarations only, with the overlay if one is given, and checks their types.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// goarch is the same on every machine, so that the results are.
const goarch = "amd64"

func main() {
	log.SetFlags(0)
	log.SetPrefix("exported: ")
	goPath := flag.String("go", "go", "go command")
	tags := flag.String("tags", "", "build tags of the target; the first is left out without an overlay")
	overlay := flag.String("overlay", "", "JSON file of the overlay")
	flag.Parse()
	if err := run(*goPath, *tags, *overlay, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(goPath, tags, overlay string, w io.Writer) error {
	cgo := "CGO_ENABLED=1"
	if overlay == "" {
		// The stock library would have to be translated by cgo.
		cgo = "CGO_ENABLED=0"
		_, tags, _ = strings.Cut(tags, ",")
	}
	args := []string{"list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap", "-tags=" + tags}
	l := library{fset: token.NewFileSet(), done: map[string]*types.Package{"unsafe": types.Unsafe}}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
		data, err := os.ReadFile(overlay)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &l.overlay); err != nil {
			return fmt.Errorf("%s: %w", overlay, err)
		}
	}
	cmd := exec.Command(goPath, append(args, "std")...)
	cmd.Env = append(os.Environ(), cgo, "GOOS=linux", "GOARCH="+goarch)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("listing packages: %w", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		pkg, err := l.check(p)
		if err != nil {
			return err
		}
		if strings.HasPrefix(p.ImportPath, "vendor/") || slices.Contains(strings.Split(p.ImportPath, "/"), "internal") {
			continue
		}
		lines := declarations(pkg)
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, line := range lines {
			if _, err := fmt.Fprintf(w, "%s\t%s\n", p.ImportPath, line); err != nil {
				return err
			}
		}
	}
}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
}

// library checks packages in the order of their dependencies.
type library struct {
	fset      *token.FileSet
	overlay   struct{ Replace map[string]string }
	done      map[string]*types.Package
	importMap map[string]string
}

func (l *library) Import(path string) (*types.Package, error) {
	path = cmp.Or(l.importMap[path], path)
	if p := l.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s comes after what imports it", path)
}

func (l *library) check(p listed) (*types.Package, error) {
	var files []*ast.File
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		f, err := parser.ParseFile(l.fset, cmp.Or(l.overlay.Replace[path], path), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	l.importMap = p.ImportMap
	config := types.Config{
		IgnoreFuncBodies: true, Importer: l, Sizes: types.SizesFor("gc", goarch),
	}
	pkg, err := config.Check(p.ImportPath, l.fset, files, nil)
	l.done[p.ImportPath] = pkg
	return pkg, err
}

// declarations are the lines of a package.
func declarations(pkg *types.Package) []string {
	qualifier := types.RelativeTo(pkg)
	var lines []string
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.Const:
			lines = append(lines, types.ObjectString(obj, qualifier)+" = "+obj.Val().ExactString())
		case *types.TypeName:
			lines = append(lines, typeLines(obj, qualifier)...)
		default:
			lines = append(lines, types.ObjectString(obj, qualifier))
		}
	}
	slices.Sort(lines)
	return lines
}

// typeLines are those of a type: what it is, its exported fields and methods. What is
// not exported may be another thing on the target.
func typeLines(obj *types.TypeName, qualifier types.Qualifier) []string {
	name := obj.Name()
	if obj.IsAlias() {
		return []string{types.ObjectString(obj, qualifier)}
	}
	named := obj.Type().(*types.Named)
	var lines []string
	switch u := named.Underlying().(type) {
	case *types.Struct:
		lines = append(lines, "type "+name+" struct")
		for f := range u.Fields() {
			if f.Exported() {
				lines = append(lines, "type "+name+" struct, "+types.ObjectString(f, qualifier))
			}
		}
	case *types.Interface:
		lines = append(lines, "type "+name+" interface")
		for m := range u.Methods() {
			if m.Exported() {
				lines = append(lines, "type "+name+" interface, "+m.Name()+signature(m.Type(), qualifier))
			}
		}
	default:
		lines = append(lines, "type "+name+" "+types.TypeString(u, qualifier))
	}
	methods := types.NewMethodSet(types.NewPointer(named))
	if types.IsInterface(named) {
		return lines
	}
	for s := range methods.Methods() {
		if m := s.Obj(); m.Exported() {
			lines = append(lines, "method ("+name+") "+m.Name()+signature(s.Type(), qualifier))
		}
	}
	return lines
}

// signature is that of a method, without the word func.
func signature(t types.Type, qualifier types.Qualifier) string {
	return strings.TrimPrefix(types.TypeString(t, qualifier), "func")
}
