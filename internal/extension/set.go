package extension

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// setResult looks at a result that may be an iterator, which makes a function one
// that returns a set. False: it is none.
func (c *collector) setResult(f *Function, expr ast.Expr, d *directive, info *types.Info) bool {
	name, args := named(info.TypeOf(expr))
	switch name {
	case "iter.Seq":
	case "iter.Seq2":
		f.RowsFail = isError(args.At(1))
	default:
		return false
	}
	if f.Kind == Window {
		c.addf(expr.Pos(), "%s is a window function, which returns no set", f.GoName)
		return true
	}
	if f.Kind == Procedure {
		c.addf(expr.Pos(), "%s is a procedure, which returns no set; write %s", f.GoName, directiveName)
		return true
	}
	f.Kind = Set
	if name == "iter.Seq2" && !f.RowsFail {
		f.RowForm = Pair
		c.tableColumn(f, expr, args.At(0), d.result("key"), "key")
		c.tableColumn(f, expr, args.At(1), d.result("value"), "value")
		c.checkTable(f, expr)
		return true
	}
	if row, ok := types.Unalias(args.At(0)).(*types.Named); ok && c.undirected(row) && d.result("").sql == "" {
		fields, err := c.types.Columns(row)
		if err != nil {
			c.unsupported(expr.Pos(), fmt.Sprintf("row of %s: ", types.ExprString(expr)), err)
			return true
		}
		f.RowForm, f.RowType = Struct, "author."+row.Obj().Name()
		for _, field := range fields {
			if err := checkIdentifier(field.SQL); err != nil {
				c.addf(expr.Pos(), "field %s of %s: %v", field.Go, row.Obj().Name(), err)
			}
			f.Results = append(f.Results, Result{Name: field.SQL, Type: field.Type, Field: field.Go})
		}
		c.checkTable(f, expr)
		return true
	}
	typ, err := c.rowType(args.At(0), d.result("").sql)
	if err != nil && d.result("").sql == "" && c.nameless(args.At(0)) {
		c.addf(expr.Pos(), "row of %s: its struct needs an exported name, such as type Row struct { … }", types.ExprString(expr))
	} else if err = pgtypes.NamedWith(err, resultName+" type=jsonb"); err != nil {
		c.unsupported(expr.Pos(), fmt.Sprintf("row of %s: type %s is not supported; ", types.ExprString(expr), c.shortType(args.At(0))), err)
	}
	f.Results = []Result{{Type: typ}}
	return true
}

// rowType is the type of a row, or of a column of one.
func (c *collector) rowType(t types.Type, sql string) (pgtypes.Type, error) {
	typ, err := c.types.Resolve(t, sql)
	if err == nil && typ.IsAny() {
		err = errAnyResult
	}
	return typ, err
}

// undirected reports whether a type is an exported struct of the package that no directive makes
// an SQL type.
func (c *collector) undirected(n *types.Named) bool {
	_, isStruct := n.Underlying().(*types.Struct)
	_, directed := c.types.Named[n.Obj()]
	return isStruct && !directed && n.Obj().Pkg() == c.pkg && n.Obj().Exported() && n.Obj().Parent() == c.pkg.Scope() && n.TypeArgs().Len() == 0
}

// nameless reports whether a type is a struct that could be undirected if it had an exported name.
func (c *collector) nameless(t types.Type) bool {
	if n, ok := types.Unalias(t).(*types.Named); ok {
		_, isStruct := n.Underlying().(*types.Struct)
		return isStruct && n.Obj().Pkg() == c.pkg && !n.Obj().Exported()
	}
	_, isStruct := types.Unalias(t).(*types.Struct)
	return isStruct
}

// tableColumn adds a column of RETURNS TABLE.
func (c *collector) tableColumn(f *Function, expr ast.Expr, t types.Type, said *argDirective, name string) {
	typ, err := c.rowType(t, said.sql)
	if err = pgtypes.NamedWith(err, resultName+" "+name+" type=jsonb"); err != nil {
		c.unsupported(expr.Pos(), fmt.Sprintf("row of %s: type %s is not supported; ", types.ExprString(expr), c.shortType(t)), err)
		return
	}
	f.Results = append(f.Results, Result{Name: cmp.Or(said.name, name), Type: typ})
}

// checkTable checks the columns of RETURNS TABLE, which share their names with the arguments.
func (c *collector) checkTable(f *Function, expr ast.Expr) {
	if f.RowForm == Struct && len(f.Results) == 1 {
		c.addf(expr.Pos(), "a row of %s has one column; return its values themselves", types.ExprString(expr))
	}
	seen := map[string]bool{}
	for _, a := range f.Args {
		seen[a.Name] = true
	}
	for _, r := range f.Results {
		if seen[r.Name] {
			c.addf(expr.Pos(), "column %s of %s has the name of an argument or of another column; rename one (//pg:result key name=NAME for a pair, a tag for a field)", r.Name, types.ExprString(expr))
		}
		seen[r.Name] = true
	}
}

// writeResume writes what a wrapper does for a set that is open already.
func (f *Function) writeResume(b *bytes.Buffer) {
	fmt.Fprintf(b, "\tif pgabi.ResumeSet(&a[%d], result) {\n\t\treturn\n\t}\n", len(f.Args))
}

// writeSet writes the call of a function that returns an iterator, and the first
// row. The loop over it is a call, as range over functions is not in every version
// of the language.
func (f *Function) writeSet(b *bytes.Buffer, call string) {
	if f.Fails {
		fmt.Fprintf(b, "\tr, fail := %s\n\tif fail != nil {\n\t\tpgabi.Fail(fail)\n\t\treturn\n\t}\n", call)
	} else {
		fmt.Fprintf(b, "\tr := %s\n", call)
	}
	fmt.Fprintf(b, "\tif r == nil {\n\t\ta[%d].Word = 0\n\t\treturn\n\t}\n", len(f.Args))
	fmt.Fprintf(b, "\tpgabi.OpenSet(&a[%d], result, %t, func(row *pgabi.Slot, yield func() bool) {\n",
		len(f.Args), !f.HasOut() && f.Results[0].Type.ByValue())
	values := "v"
	switch {
	case f.RowForm == Pair:
		values = "v, w"
		fmt.Fprintf(b, "\t\tr(func(v %s, w %s) bool {\n", f.Results[0].Type.Go, f.Results[1].Type.Go)
	case f.RowsFail:
		fmt.Fprintf(b, "\t\tr(func(v %s, err error) bool {\n", f.rowType())
		b.WriteString("\t\t\tif err != nil {\n\t\t\t\tpgabi.Fail(err)\n\t\t\t\treturn yield()\n\t\t\t}\n")
	default:
		fmt.Fprintf(b, "\t\tr(func(v %s) bool {\n", f.rowType())
	}
	fmt.Fprintf(b, "\t\t\trow%s(row, %s)\n\t\t\treturn yield()\n\t\t})\n\t})\n", f.GoName, values)
}

// rowType is what an iterator yields, besides an error.
func (f *Function) rowType() string {
	if f.RowForm == Struct {
		return f.RowType
	}
	return f.Results[0].Type.Go
}

// writeRow writes the function that makes a row's slot. What cannot be a value makes
// the call fail, which ends the set.
func (f *Function) writeRow(b *bytes.Buffer) {
	switch f.RowForm {
	case Pair:
		fmt.Fprintf(b, "\nfunc row%s(result *pgabi.Slot, r0 %s, r1 %s) {\n", f.GoName, f.Results[0].Type.Go, f.Results[1].Type.Go)
		f.writeOut(b)
	case Struct:
		fmt.Fprintf(b, "\nfunc row%s(result *pgabi.Slot, r %s) {\n", f.GoName, f.RowType)
		f.writeOut(b)
	default:
		fmt.Fprintf(b, "\nfunc row%s(result *pgabi.Slot, r %s) {\n", f.GoName, f.Results[0].Type.Go)
		writeResult(b, f.Results[0].Type)
	}
	b.WriteString("}\n")
}
