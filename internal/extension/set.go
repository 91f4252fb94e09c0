package extension

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/types"
)

// setResult looks at a result that may be an iterator, which makes a function one
// that returns a set. False: it is none.
func (c *collector) setResult(f *Function, expr ast.Expr, d *directive, info *types.Info) bool {
	name, args := named(info.TypeOf(expr))
	switch name {
	case "iter.Seq":
	case "iter.Seq2":
		if !isError(args.At(1)) {
			c.addf(expr.Pos(), "%s: rows come as iter.Seq[T], or as iter.Seq2[T, error] if making one can fail", types.ExprString(expr))
			return true
		}
		f.RowsFail = true
	default:
		return false
	}
	if f.Kind == Procedure {
		c.addf(expr.Pos(), "%s is a procedure, which returns no set; write %s", f.GoName, directiveName)
		return true
	}
	f.Kind = Set
	typ, err := c.types.Resolve(args.At(0), d.result("").sql)
	if err != nil {
		c.addf(expr.Pos(), "row of %s: type %s is not supported; %v", types.ExprString(expr), args.At(0), err)
	}
	f.Results = []Result{{Type: typ}}
	return true
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
		len(f.Args), f.Results[0].Type.ByValue())
	if f.RowsFail {
		fmt.Fprintf(b, "\t\tr(func(v %s, err error) bool {\n", f.Results[0].Type.Go)
		b.WriteString("\t\t\tif err != nil {\n\t\t\t\tpgabi.Fail(err)\n\t\t\t\treturn yield()\n\t\t\t}\n")
	} else {
		fmt.Fprintf(b, "\t\tr(func(v %s) bool {\n", f.Results[0].Type.Go)
	}
	fmt.Fprintf(b, "\t\t\trow%s(row, v)\n\t\t\treturn yield()\n\t\t})\n\t})\n", f.GoName)
}

// writeRow writes the function that makes a row's slot. What cannot be a value makes
// the call fail, which ends the set.
func (f *Function) writeRow(b *bytes.Buffer) {
	fmt.Fprintf(b, "\nfunc row%s(result *pgabi.Slot, r %s) {\n", f.GoName, f.Results[0].Type.Go)
	writeResult(b, f.Results[0].Type)
	b.WriteString("}\n")
}
