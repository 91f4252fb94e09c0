// Package inplace finds arguments of a function that can be read where they are: slices in memory
// of the server's, which is there as long as the function runs.
//
// That nothing keeps such a slice, and nothing writes to it, is what the memory safety of all Go
// code in a backend rests on. So the proof is one that can be seen: the slice never becomes a value.
// Each place that names it is its length, a range over it, or the value of an element, in the
// function itself. A function literal could run later, and so could the body of a range over a
// function, which is one. No type is asked for, and where a name could mean something else, the
// answer is no.
package inplace

import (
	"go/ast"
	"go/token"
)

// Only reports whether a function does nothing with its parameter but look at the elements, which
// have to be of predeclared types. The package must not declare a len of its own; none of the
// function's parameters may be a function.
func Only(fn *ast.FuncDecl, param string) bool {
	if fn.Body == nil || declares(fn, "len") {
		return false
	}
	if param == "_" || param == "" {
		return true
	}
	v := &visitor{fn: fn, param: param, ok: true}
	ast.Walk(v, fn.Body)
	return v.ok
}

// visitor walks through a function with the nodes in mind that it is in.
type visitor struct {
	fn    *ast.FuncDecl
	param string
	path  []ast.Node
	ok    bool
}

func (v *visitor) Visit(n ast.Node) ast.Visitor {
	if n == nil {
		v.path = v.path[:len(v.path)-1]
		return nil
	}
	if id, ok := n.(*ast.Ident); ok && id.Name == v.param && !v.isSelected(id) && !v.looks(id) {
		v.ok = false
	}
	v.path = append(v.path, n)
	return v
}

// isSelected reports whether a name is that of a field, a method or something in a package.
func (v *visitor) isSelected(id *ast.Ident) bool {
	s, ok := v.parent(0).(*ast.SelectorExpr)
	return ok && s.Sel == id
}

// parent returns the node n levels above the one that is visited.
func (v *visitor) parent(n int) ast.Node {
	if n >= len(v.path) {
		return nil
	}
	return v.path[len(v.path)-1-n]
}

// looks reports whether a place that names the parameter is one of those that are allowed.
func (v *visitor) looks(id *ast.Ident) bool {
	if !v.inFunction() {
		return false
	}
	switch parent := v.parent(0).(type) {
	case *ast.RangeStmt:
		return parent.X == id
	case *ast.CallExpr:
		return isLen(parent) && parent.Args[0] == id
	case *ast.IndexExpr:
		return parent.X == id && isValue(parent, v.parent(1))
	}
	return false
}

// isValue reports whether an element is only read where it stands. It has no methods, and no parts.
func isValue(element *ast.IndexExpr, parent ast.Node) bool {
	switch parent := parent.(type) {
	case *ast.BinaryExpr, *ast.CallExpr, *ast.CompositeLit, *ast.ValueSpec, *ast.ReturnStmt, *ast.IfStmt, *ast.SwitchStmt, *ast.CaseClause:
		return true
	case *ast.UnaryExpr:
		return parent.Op != token.AND
	case *ast.IndexExpr:
		return parent.Index == element
	case *ast.AssignStmt:
		for _, l := range parent.Lhs {
			if l == element {
				return false
			}
		}
		return true
	case *ast.RangeStmt:
		return parent.X == element
	}
	return false
}

// inFunction reports whether the place that is visited is in no function but the one that is
// looked at.
func (v *visitor) inFunction() bool {
	for i, n := range v.path {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.RangeStmt:
			inBody := i+1 < len(v.path) && v.path[i+1] == n.Body
			if inBody && !v.isNoFunction(n.X) {
				return false
			}
		}
	}
	return true
}

// isNoFunction reports whether what a loop ranges over is no function for certain: a constant, the
// length of something, or a parameter whose name means nothing else in the function.
func (v *visitor) isNoFunction(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return true
	case *ast.CallExpr:
		return isLen(x)
	case *ast.Ident:
		return isParameter(v.fn, x.Name) && !declares(v.fn, x.Name)
	}
	return false
}

func isLen(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "len" && len(call.Args) == 1
}

func isParameter(fn *ast.FuncDecl, name string) bool {
	for _, f := range fn.Type.Params.List {
		for _, id := range f.Names {
			if id.Name == name {
				return true
			}
		}
	}
	return false
}

// declares reports whether the body of a function, or its results, or a type parameter, gives a
// name a meaning.
func declares(fn *ast.FuncDecl, name string) bool {
	found := false
	look := func(list ...ast.Expr) {
		for _, e := range list {
			if id, ok := e.(*ast.Ident); ok && id.Name == name {
				found = true
			}
		}
	}
	names := func(list []*ast.Ident) {
		for _, id := range list {
			look(id)
		}
	}
	inspect := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt: // also a guard of a type switch, and a clause of a select
			if n.Tok == token.DEFINE {
				look(n.Lhs...)
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				look(n.Key, n.Value)
			}
		case *ast.ValueSpec:
			names(n.Names)
		case *ast.TypeSpec:
			look(n.Name)
		case *ast.Field: // of a function literal, too
			names(n.Names)
		}
		return !found
	}
	ast.Inspect(fn.Body, inspect)
	if fn.Type.Results != nil {
		ast.Inspect(fn.Type.Results, inspect)
	}
	if fn.Type.TypeParams != nil {
		ast.Inspect(fn.Type.TypeParams, inspect)
	}
	return found
}
