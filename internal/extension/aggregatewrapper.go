package extension

import (
	"bytes"
	"fmt"
	"go/types"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// writeFresh writes the function that makes a state before the first row.
func (a *Aggregate) writeFresh(b *bytes.Buffer) {
	state := "author." + a.GoName
	if a.Generic {
		state += "[" + pgtypes.AnyElement + "]"
	}
	fmt.Fprintf(b, "\nfunc fresh%[1]s() *%[2]s {\n\ts := new(%[2]s)\n", a.GoName, state)
	if a.Init {
		b.WriteString("\ts.Init()\n")
	}
	b.WriteString("\treturn s\n}\n")
}

// writeAggregate writes the wrapper of a function of an aggregate. Behind its arguments is a
// slot with the states that have ended.
func (f *Function) writeAggregate(b *bytes.Buffer) {
	n := len(f.Args)
	fmt.Fprintf(b, "\nfunc wrap%s(args, result *pgabi.Slot) {\n%s\ta := (*[%d]pgabi.Slot)(unsafe.Pointer(args))\n\tpgabi.ReleaseStates(&a[%d])\n",
		f.GoName, f.settle(), n+1, n)
	fresh := "fresh" + f.Aggregate.GoName
	switch f.Part {
	case Step, Inverse:
		skip := "\t\t*result = a[0]\n"
		if f.Aggregate.Inverse != nil {
			// A moving aggregate has a state from its first row on.
			skip = "\t\tpgabi.Changed(result, &a[0], pgabi.StateOf(&a[0], " + fresh + "))\n"
		}
		f.writeSkip(b, skip)
		values := f.writeValues(b)
		fmt.Fprintf(b, "\ts := pgabi.StateOf(&a[0], %s)\n", fresh)
		name := "Step"
		if f.Part == Inverse {
			name = "Inverse"
		}
		f.writeChange(b, "s."+name+"("+values+")")
	case Final:
		f.writeSkip(b, "\t\tresult.SetNull()\n")
		values := f.writeValues(b)
		fmt.Fprintf(b, "\ts := pgabi.StateOf(&a[0], %s)\n", fresh)
		f.writeCall(b, "s.Final("+values+")")
	case Combine:
		fmt.Fprintf(b, "\tif a[1].Flags&pgabi.Null != 0 {\n\t\t*result = a[0]\n\t\treturn\n\t}\n")
		fmt.Fprintf(b, "\to := pgabi.StateOf(&a[1], %[1]s)\n\ts := pgabi.StateOf(&a[0], %[1]s)\n", fresh)
		f.writeChange(b, "s.Merge(o)")
	case Serialize:
		fmt.Fprintf(b, "\ts := pgabi.StateOf(&a[0], %s)\n", fresh)
		f.writeCall(b, "s.MarshalBinary()")
	case Deserialize:
		fmt.Fprintf(b, "\ts := %s()\n\tif fail := s.UnmarshalBinary(a[0].Bytea()); fail != nil {\n\t\tpgabi.Fail(fail)\n\t\treturn\n\t}\n\tpgabi.KeepState(result, s)\n", fresh)
	}
	b.WriteString("}\n")
}

// writeSkip writes what happens if an argument is NULL whose Go type has no nil: the row does
// not count, as for a function that is strict.
func (f *Function) writeSkip(b *bytes.Buffer, skip string) {
	var flags []string
	for i, a := range f.Args[1:] {
		if !a.Type.Nullable {
			flags = append(flags, fmt.Sprintf("a[%d].Flags", i+1))
		}
	}
	if flags != nil {
		fmt.Fprintf(b, "\tif (%s)&pgabi.Null != 0 {\n%s\t\treturn\n\t}\n", strings.Join(flags, "|"), skip)
	}
}

// writeValues writes what makes Go values of the arguments behind the state.
func (f *Function) writeValues(b *bytes.Buffer) string {
	var values []string
	for i, a := range f.Args[1 : len(f.Args)-f.Untouched] {
		values = append(values, writeArgument(b, i+1, a))
	}
	return strings.Join(values, ", ")
}

// writeChange writes a call that changes the state, and returns it.
func (f *Function) writeChange(b *bytes.Buffer, call string) {
	fail := "\t\tpgabi.Fail(fail)\n\t\treturn\n\t}\n"
	switch {
	case f.Undoes && f.Fails:
		fmt.Fprintf(b, "\tdone, fail := %s\n\tif fail != nil {\n%s", call, fail)
	case f.Undoes:
		fmt.Fprintf(b, "\tdone := %s\n", call)
	case f.Fails:
		fmt.Fprintf(b, "\tif fail := %s; fail != nil {\n%s", call, fail)
	default:
		fmt.Fprintf(b, "\t%s\n", call)
	}
	if f.Undoes {
		// PostgreSQL begins anew with the rows that are left.
		b.WriteString("\tif !done {\n\t\tresult.SetNull()\n\t\treturn\n\t}\n")
	}
	b.WriteString("\tpgabi.Changed(result, &a[0], s)\n")
}

// isBool reports whether a type is bool itself.
func isBool(t types.Type) bool { return t != nil && types.Identical(t, types.Typ[types.Bool]) }
