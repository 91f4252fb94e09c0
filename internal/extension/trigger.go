package extension

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/types"
)

// triggerArgument looks for the argument that makes a function one to be called as a
// trigger. False: there is none.
func (c *collector) triggerArgument(f *Function, fn *ast.FuncDecl, info *types.Info) bool {
	for _, field := range fn.Type.Params.List {
		p, ok := info.TypeOf(field.Type).(*types.Pointer)
		if !ok {
			continue
		}
		kind := Plain
		switch name, _ := named(p.Elem()); name {
		case pgPath + ".Trigger":
			kind = Trigger
		case pgPath + ".EventTrigger":
			kind = EventTrigger
		default:
			continue
		}
		switch {
		case f.Kind == Procedure:
			c.addf(field.Type.Pos(), "%s is a procedure, which is no trigger; write %s", f.GoName, directiveName)
		case fn.Type.Params.NumFields() > 1:
			c.addf(field.Type.Pos(), "%s has other arguments besides %s; those of CREATE TRIGGER are in its Args", f.GoName, types.ExprString(field.Type))
		}
		f.Kind = kind
		return true
	}
	return false
}

// writeTrigger writes the body of a wrapper for a trigger.
func (f *Function) writeTrigger(b *bytes.Buffer) {
	function := "author." + f.GoName
	if !f.Fails {
		function = "pgabi.NoError(" + function + ")"
	}
	entry := "Trigger"
	if f.Kind == EventTrigger {
		entry = "EventTrigger"
	}
	fmt.Fprintf(b, "\tpgabi.%s(args, result, %s)\n", entry, function)
}
