// Command exported prints what the packages of the standard library export, one
// declaration a line after the path of its package. It is for the tests of package
// surface, which build it with the release of Go that they look at.
//
// It reads declarations only, with the overlay if one is given, and checks their types.
package main

import (
	"flag"
	"fmt"
	"go/types"
	"io"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/surface/library"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("exported: ")
	var source library.Source
	source.Flags()
	flag.Parse()
	if err := run(source, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(source library.Source, w io.Writer) error {
	packages, err := source.Read()
	if err != nil {
		return err
	}
	for _, p := range packages {
		if !library.Public(p.Path()) {
			continue
		}
		lines := declarations(p.Package)
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, line := range lines {
			if _, err := fmt.Fprintf(w, "%s\t%s\n", p.Path(), line); err != nil {
				return err
			}
		}
	}
	return nil
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
