// Package loops has Go's compiler begin loops where a line of the cache does.
//
// A loop of a few instructions that lies across two lines can take half as long again, and where it lies is
// chance: the compiler aligns functions, and the loops of those that a profile calls hot. So it gets a profile
// that calls all functions of a package hot. What else it does for such functions, to inline more of them and to
// guess what an interface holds, is turned off: a profile that nobody has measured knows nothing of that.
//
// It does nothing on arm64, where the compiler aligns no loops.
package loops

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
)

// Package is a package of one file, whose import path has no dot after its last slash.
type Package struct {
	Path string
	File []byte
}

// Profile returns a profile in the form of "go tool preprofile" (cmd/internal/pgo/serialize.go): somebody who is in
// none of the packages has called each of their functions once. It reads what they consist of, however deep
// that is nested: where somebody else has written it, in a process that may fail.
func Profile(packages ...Package) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("GO PREPROFILE V1\n")
	for _, p := range packages {
		file, err := parser.ParseFile(token.NewFileSet(), "", p.File, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		called := func(name string) { fmt.Fprintf(&b, "nobody\n%s.%s\n0 1\n", p.Path, name) }
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				name := symbol(fn)
				called(name)
				literals(fn.Body, name+".func", called)
			}
		}
	}
	return b.Bytes(), nil
}

// Flags are the compiler's for a package that a profile has been made of, which is written to a file. Without one there are none.
func Flags(file string, profile []byte) ([]string, error) {
	if profile == nil {
		return nil, nil
	}
	if err := os.WriteFile(file, profile, 0o644); err != nil {
		return nil, err
	}
	return []string{"-pgoprofile", file, "-d=pgoinlinecdfthreshold=100,pgoinlinebudget=80,pgodevirtualize=0"}, nil
}

// symbol is a function's name as its symbol has it. Those of generic functions, which go by their instances, are
// of no use, and do no harm.
func symbol(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	switch t := fn.Recv.List[0].Type.(type) {
	case *ast.Ident:
		return t.Name + "." + fn.Name.Name
	case *ast.StarExpr:
		if t, ok := t.X.(*ast.Ident); ok {
			return "(*" + t.Name + ")." + fn.Name.Name
		}
	}
	return fn.Name.Name
}

// literals names the function literals in a body, which the compiler counts for each function that they are in: F.func1,
// and in that F.func1.1.
func literals(body ast.Node, prefix string, called func(name string)) {
	n := 0
	ast.Inspect(body, func(node ast.Node) bool {
		fn, ok := node.(*ast.FuncLit)
		if !ok {
			return true
		}
		n++
		name := fmt.Sprintf("%s%d", prefix, n)
		called(name)
		literals(fn.Body, name+".", called)
		return false
	})
}
