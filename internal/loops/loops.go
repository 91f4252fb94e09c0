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

// Flags are the compiler's for a package of one file, whose import path has no dot after its last slash. The
// profile that they name is written to a file.
func Flags(profile, path string, source []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(profile, write(path, file), 0o644); err != nil {
		return nil, err
	}
	return []string{"-pgoprofile", profile, "-d=pgoinlinecdfthreshold=100,pgoinlinebudget=80,pgodevirtualize=0"}, nil
}

// write makes a profile as "go tool preprofile" does (cmd/internal/pgo/serialize.go): somebody who is not in the
// package has called each of its functions once.
func write(path string, file *ast.File) []byte {
	var b bytes.Buffer
	b.WriteString("GO PREPROFILE V1\n")
	called := func(name string) { fmt.Fprintf(&b, "nobody\n%s.%s\n0 1\n", path, name) }
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			name := symbol(fn)
			called(name)
			literals(fn.Body, name+".func", called)
		}
	}
	return b.Bytes()
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
