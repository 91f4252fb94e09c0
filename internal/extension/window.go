package extension

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

const (
	windowName  = "//pg:window"
	aboveWindow = "right above an exported function whose first argument is a *pg.Window[S]"
	// maxEager is how many arguments can be wanted of each row: the entry has a bit for each.
	maxEager = 16
)

var windowWords = slices.DeleteFunc(slices.Clone(functionWords), func(w wordKind) bool { return w.key == "strict" || w.key == "rows" || w.key == "support" })

// windowArgument returns whether the first argument is a *pg.Window[S].
func windowArgument(fn *ast.FuncDecl, info *types.Info) bool {
	if fn.Type.Params.NumFields() == 0 {
		return false
	}
	p, ok := info.TypeOf(fn.Type.Params.List[0].Type).(*types.Pointer)
	if !ok {
		return false
	}
	name, _ := named(p.Elem())
	return name == pgPath+".Window"
}

// anyRow returns the T of a pg.Arg[T]; nil if a type is none.
func anyRow(field *ast.Field, info *types.Info) (ast.Expr, bool) {
	if name, _ := named(info.TypeOf(field.Type)); name != pgPath+".Arg" {
		return nil, false
	}
	index, ok := ast.Unparen(field.Type).(*ast.IndexExpr)
	if !ok {
		return nil, false
	}
	return index.Index, true
}

// window checks a window function as a whole.
func (c *collector) window(f *Function, fn *ast.FuncDecl, d *directive) {
	at := fn.Name.Pos()
	for _, g := range slices.Concat(d.operators, d.casts) {
		at = g.pos
	}
	switch {
	case len(d.operators)+len(d.casts) > 0:
		c.addf(at, "%s is a window function, which is no operator and no cast", f.GoName)
	case f.Kind != Window:
		c.addf(at, "the first argument of a window function is a *pg.Window[S], where S is what it keeps of a partition; take struct{} for nothing")
	case f.HasViews:
		c.addf(at, "%s has a pg.View, which a window function cannot have; take a slice", f.GoName)
	}
	for i, a := range f.Args {
		if a.Variadic {
			c.addf(at, "%s is variadic, which a window function cannot be", f.GoName)
		}
		if !a.AnyRow && i >= maxEager {
			c.addf(at, "argument %d of %s is wanted of each row; only the first %d can be: make it a pg.Arg", i+1, f.GoName, maxEager)
		}
	}
}

// misusedWindow reports what belongs to window functions in one that is none.
func (c *collector) misusedWindow(f *Function, pos token.Pos) {
	c.addf(pos, "%s is called as a window function; write %s instead of %s", f.GoName, windowName, directiveName)
}

// wanted has a bit for each argument that is wanted of each row.
func (f *Function) wanted() uint32 {
	var bits uint32
	for i, a := range f.Args {
		if !a.AnyRow {
			bits |= 1 << i
		}
	}
	return bits
}

// writeWindowVariables writes what a window function is called with at every row. What it
// keeps need not have a name outside of its package.
func (f *Function) writeWindowVariables(b *bytes.Buffer) {
	types := []string{"*pg.Window[S]"}
	for _, a := range f.Args {
		t := a.Type.Go
		if a.AnyRow {
			t = "pg.Arg[" + t + "]"
		}
		types = append(types, t)
	}
	var results []string
	for _, r := range f.Results {
		t := r.Type.Go
		if f.pointed {
			t = strings.TrimPrefix(t, "*")
		}
		results = append(results, t)
	}
	if f.Found {
		results = append(results, "bool")
	}
	if f.Fails {
		results = append(results, "error")
	}
	fmt.Fprintf(b, "\nfunc newWindow%[1]s[S any](func(%[2]s) (%[3]s)) *pg.Window[S] { return new(pg.Window[S]) }\n\nvar window%[1]s = newWindow%[1]s(%[4]s)\n\nvar place%[1]s = pgabi.WindowPlace(window%[1]s)\n",
		f.GoName, strings.Join(types, ", "), strings.Join(results, ", "), f.instance())
	for i, a := range f.Args {
		if !a.AnyRow {
			continue
		}
		get := "return s." + a.Type.Simple + "(), nil"
		switch {
		case a.Type.Simple == "":
			get = "return " + a.Type.Getting("(*codec.Slot)(s)")
		case a.Type.Nullable:
			get = "\n\tif s.Flags&pgabi.Null != 0 {\n\t\treturn nil, nil\n\t}\n\tv := s." + a.Type.Simple + "()\n\treturn &v, nil\n"
		}
		if !strings.HasPrefix(get, "\n") {
			get = " " + get + " "
		}
		fmt.Fprintf(b, "\nvar arg%[1]s%[2]d pg.Arg[%[3]s]\n\nfunc init() {\n\tpgabi.BindArg(&arg%[1]s%[2]d, place%[1]s, %[2]d, %[4]t, %[6]t, get%[1]s%[2]d)\n}\n\nfunc get%[1]s%[2]d(s *pgabi.Slot) (%[3]s, error) {%[5]s}\n",
			f.GoName, i, a.Type.Go, a.Type.Nullable, get, a.Type.Simple != "")
	}
}

// writeWindow writes the begin of a wrapper of a window function. As of PostgreSQL's own, a
// NULL that the function cannot take makes the result NULL.
func (f *Function) writeWindow(b *bytes.Buffer) {
	var flags []string
	for i, a := range f.Args {
		if !a.AnyRow && !a.Type.Nullable {
			flags = append(flags, fmt.Sprintf("a[%d].Flags", i))
		}
	}
	if flags != nil {
		fmt.Fprintf(b, "\tif (%s)&pgabi.Null != 0 {\n\t\tresult.SetNull()\n\t\treturn\n\t}\n", strings.Join(flags, "|"))
	}
	fmt.Fprintf(b, "\tc := pgabi.BeginWindow(place%s, (*[4]pgabi.Slot)(a[%d:]))\n\tdefer c.End()\n", f.GoName, len(f.Args))
}
