package extension

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/pg/pgabi"
)

const abiPath = "github.com/pgstd/pgstd/pg/pgabi"

// Main returns package main of the object, to be compiled as the package
// ImportPath/pgstd_main: one wrapper for each function, from slots to Go values
// and back, and the table of them.
func (p *Package) Main() []byte {
	var b bytes.Buffer
	b.WriteString("var table = [...]pgabi.Function{\n")
	for _, f := range p.Functions {
		fmt.Fprintf(&b, "\t{Name: %q, Signature: %s, %sCall: wrap%s},\n", f.SQLName, f.signature(), f.details(), f.GoName)
	}
	for _, v := range p.Parameters {
		v.writeTable(&b)
	}
	for _, w := range p.Workers {
		w.writeTable(&b)
	}
	b.WriteString("}\n\nfunc init() { pgabi.Register(table[:]) }\n\nfunc main() {}\n")
	p.writeParameters(&b)
	for _, w := range p.Workers {
		w.writeWrapper(&b, p.tells() != "")
	}
	for i := range p.Functions {
		p.Functions[i].writeWrapper(&b)
	}
	for _, a := range p.Aggregates {
		a.writeFresh(&b)
	}
	if slices.ContainsFunc(p.Functions, func(f Function) bool { return f.Generic }) {
		b.WriteString("\ntype " + pgtypes.AnyElement + " string\n")
	}
	for _, t := range p.BaseTypes {
		t.writeFunctions(&b)
	}
	for i := range p.ownDomains {
		p.ownDomains[i].writeFunctions(&b)
	}
	for _, o := range p.Classes {
		o.writeBehind(&b)
	}
	for _, planner := range p.Planners {
		planner.writeFunction(&b)
	}
	p.writeRecords(&b)
	p.writeComposites(&b)
	if p.JSON {
		b.WriteString("\nvar _ = jsoncodec.GetRaw\n")
	}
	if p.Time {
		b.WriteString("\nvar _ = timecodec.GetTimestamptz\n")
	}

	var head bytes.Buffer
	fmt.Fprintf(&head, "// %s\n\npackage main\n\nimport (\n", Generated)
	std, others := p.imports(b.String())
	for _, i := range std {
		fmt.Fprintf(&head, "\t%q\n", i)
	}
	if len(std) > 0 {
		head.WriteString("\n")
	}
	for _, i := range others {
		fmt.Fprintf(&head, "\t%q\n", i)
	}
	fmt.Fprintf(&head, "\n\tauthor %s\n)\n\n", strconv.Quote(p.ImportPath))
	return append(head.Bytes(), b.Bytes()...)
}

// types are all types in signatures.
func (p *Package) types() []pgtypes.Type {
	var all []pgtypes.Type
	for _, f := range p.Functions {
		for _, r := range f.Results {
			all = append(all, r.Type)
		}
		for _, a := range f.Args {
			all = append(all, a.Type)
		}
	}
	return all
}

// imports are the packages that code names, those of the standard library first.
func (p *Package) imports(code string) (std, others []string) {
	candidates := map[string]bool{"unsafe": true, abiPath: true, abiPath + "/jsoncodec": true, abiPath + "/timecodec": true, abiPath + "/work": true, codecImport: true}
	for _, t := range p.types() {
		for _, i := range t.Imports {
			candidates[i] = true
		}
	}
	for _, f := range p.Functions {
		if f.Kind == Window {
			candidates[pgPath] = true
		}
	}
	if len(p.Classes)+len(p.Planners) > 0 {
		candidates[pgPath] = true
	}
	for _, v := range p.Parameters {
		if v.Duration {
			candidates["time"] = true
		}
	}
	for _, i := range slices.Sorted(maps.Keys(candidates)) {
		if !regexp.MustCompile(`\b` + path.Base(i) + `\.`).MatchString(code) {
			continue
		}
		if first, _, _ := strings.Cut(i, "/"); strings.Contains(first, ".") {
			others = append(others, i)
		} else {
			std = append(std, i)
		}
	}
	return std, others
}

// out describes the results as the fields of one record.
func (f *Function) out() []pgtypes.Field {
	fields := make([]pgtypes.Field, len(f.Results))
	for i, r := range f.Results {
		fields[i] = pgtypes.Field{SQL: r.Name, Type: r.Type}
	}
	return fields
}

// signature returns the type codes as a Go string literal.
func (f *Function) signature() string {
	code := pgtypes.Void.Code
	switch {
	case f.HasOut():
		code = pgabi.Record
	case len(f.Results) == 1:
		code = f.Results[0].Type.Code
	}
	codes := []byte{code}
	for _, a := range f.Args {
		codes = append(codes, a.Type.Code)
	}
	return literal(string(codes))
}

// details returns the field of the table for the types' details, if there are any.
func (f *Function) details() string {
	var d strings.Builder
	switch {
	case f.HasOut():
		d.WriteString(pgtypes.Details(f.out()))
	case len(f.Results) == 1:
		d.WriteString(f.Results[0].Type.Details)
	}
	for _, a := range f.Args {
		d.WriteString(a.Type.Details)
	}
	if d.Len() == 0 {
		return ""
	}
	return "Details: " + literal(d.String()) + ", "
}

// literal writes bytes as a Go string: what could be mistaken for code is escaped.
func literal(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// writeWrapper writes the wrapper of f. It is the hot path: no allocation but
// for values that live in memory, no defer.
func (f *Function) writeWrapper(b *bytes.Buffer) {
	if f.Aggregate != nil {
		f.writeAggregate(b)
		return
	}
	if f.Kind == Window {
		f.writeWindowVariables(b)
	} else if names := f.notNullNames(); names != nil {
		fmt.Fprintf(b, "\nvar names%s = [...]string{%s}\n", f.GoName, strings.Join(names, ", "))
	}
	args := "args"
	if f.slots() == 0 {
		args = "_"
	}
	fmt.Fprintf(b, "\nfunc wrap%s(%s, result *pgabi.Slot) {\n%s", f.GoName, args, f.settle())
	if f.slots() > 0 && f.Kind != Trigger && f.Kind != EventTrigger {
		fmt.Fprintf(b, "\ta := (*[%d]pgabi.Slot)(unsafe.Pointer(args))\n", f.slots())
	}
	values := make([]string, len(f.Args))
	switch f.Kind {
	case Set:
		f.writeResume(b)
		f.writeNullCheck(b)
	case Window:
		f.writeWindow(b)
	default:
		f.writeNullCheck(b)
	}
	returnable := f.returnable()
	for i, a := range f.Args {
		if a.AnyRow {
			values[i] = fmt.Sprintf("arg%s%d", f.GoName, i)
			continue
		}
		values[i] = writeArgument(b, i, a)
		if slices.Contains(returnable, i) {
			fmt.Fprintf(b, "\tp%d := %s\n", i, values[i])
			values[i] = fmt.Sprintf("p%d", i)
		}
	}
	if f.Kind == Window {
		values = slices.Insert(values, 0, "window"+f.GoName)
	}
	function := f.instance()
	if f.call != "" {
		function = f.call
	}
	call := function + "(" + strings.Join(values, ", ") + ")"
	switch f.Kind {
	case Set:
		f.writeSet(b, call)
	case Trigger, EventTrigger:
		f.writeTrigger(b)
	default:
		f.writeCall(b, call)
	}
	b.WriteString("}\n")
	if f.Kind == Set {
		f.writeRow(b)
	}
}

// slots returns how many slots a call has: one for each argument, and one for the
// state of a set, or for what a trigger is called with.
func (f *Function) slots() int {
	switch f.Kind {
	case Set, Trigger, EventTrigger:
		return len(f.Args) + 1
	case Window:
		return len(f.Args) + 4
	}
	return len(f.Args)
}

// writeArgument writes what makes a Go value of an argument, and returns the
// expression for it.
func writeArgument(b *bytes.Buffer, i int, a Arg) string {
	if a.Type.Simple == "" {
		slot := fmt.Sprintf("(*codec.Slot)(&a[%d])", i)
		fmt.Fprintf(b, "\tp%d, err := %s\n\tif err != nil {\n\t\tpgabi.FailArgument(err, %d, %q)\n\t\treturn\n\t}\n",
			i, a.Type.Getting(slot), i, a.Name)
		if a.Type.View() {
			// However the call ends, the memory is the server's again. Here, as nothing but this
			// makes a view: no way to call an author's code can leave it out.
			b.WriteString("\tdefer codec.EndViews()\n")
		}
		if a.Variadic {
			return fmt.Sprintf("p%d...", i)
		}
		return fmt.Sprintf("p%d", i)
	}
	value := fmt.Sprintf("a[%d].%s()", i, a.Type.Simple)
	if !a.Type.Nullable {
		return value
	}
	fmt.Fprintf(b, "\tvar p%d %s\n\tif a[%d].Flags&pgabi.Null == 0 {\n\t\tv := %s\n\t\tp%d = &v\n\t}\n",
		i, a.Type.Go, i, value, i)
	return fmt.Sprintf("p%d", i)
}

// notNullNames returns, as literals, what pgabi.FailNull takes; nil if every
// argument may be NULL.
func (f *Function) notNullNames() []string {
	names := make([]string, len(f.Args))
	any := false
	for i, a := range f.Args {
		switch {
		case a.Type.Nullable:
			names[i] = `""`
			continue
		case a.Name == "":
			names[i] = `"-"`
		default:
			names[i] = strconv.Quote(a.Name)
		}
		any = true
	}
	if !any {
		return nil
	}
	return names
}

// writeNullCheck writes the check of the arguments that may not be NULL. A
// strict function has it too: its owner can make it CALLED ON NULL INPUT.
func (f *Function) writeNullCheck(b *bytes.Buffer) {
	var flags []string
	for i, a := range f.Args {
		if !a.Type.Nullable {
			flags = append(flags, fmt.Sprintf("a[%d].Flags", i))
		}
	}
	if flags == nil {
		return
	}
	all := strings.Join(flags, "|")
	if len(flags) > 1 {
		all = "(" + all + ")"
	}
	fmt.Fprintf(b, "\tif %s&pgabi.Null != 0 {\n\t\tpgabi.FailNull(a[:], names%s[:])\n\t\treturn\n\t}\n", all, f.GoName)
}

func (f *Function) writeCall(b *bytes.Buffer, call string) {
	if len(f.Results) == 1 && !f.HasOut() && !f.Fails && f.returnable() == nil {
		if t := f.Results[0].Type; t.Simple != "" && !t.Nullable {
			fmt.Fprintf(b, "\tresult.Set%s(%s)\n", t.Simple, call)
			f.writeReturned(b)
			return
		}
	}
	var names []string
	for i := range f.Results {
		names = append(names, f.resultVar(i))
	}
	if f.Found {
		names = []string{"v", "found"}
	}
	if f.Fails {
		names = append(names, "fail")
	}
	if len(names) > 0 {
		fmt.Fprintf(b, "\t%s := ", strings.Join(names, ", "))
	} else {
		b.WriteString("\t")
	}
	b.WriteString(call + "\n")
	f.writeReturned(b)
	if f.Fails {
		b.WriteString("\tif fail != nil {\n\t\tpgabi.Fail(fail)\n\t\treturn\n\t}\n")
	}
	if f.Found {
		fmt.Fprintf(b, "\tif !found {\n\t\tresult.SetNull()\n\t\treturn\n\t}\n\tr := %sv\n", map[bool]string{true: "&"}[f.pointed])
	}
	switch {
	case f.HasOut():
		f.writeOut(b)
	case len(f.Results) == 0:
		b.WriteString("\tresult.SetVoid()\n")
	default:
		f.writeUnchanged(b)
		writeResult(b, f.Results[0].Type)
	}
}

// returnable are the arguments that a function can return as they are: texts, of one that returns a text.
func (f *Function) returnable() (args []int) {
	if f.Kind != Plain || f.Aggregate != nil || f.HasOut() || len(f.Results) != 1 || f.Results[0].Type.Simple != "Text" {
		return nil
	}
	for i, a := range f.Args {
		if a.Type.Simple == "Text" && !a.Type.Nullable && !a.Variadic {
			args = append(args, i)
		}
	}
	return args
}

// writeUnchanged writes what makes the result of r where that is one of the arguments: many a function has nothing to
// change in a text most of the time.
func (f *Function) writeUnchanged(b *bytes.Buffer) {
	for _, i := range f.returnable() {
		text, is := "r", ""
		if f.Results[0].Type.Nullable {
			text, is = "*r", "r != nil && "
		}
		fmt.Fprintf(b, "\tif %spgabi.Same(%s, p%d) {\n\t\tresult.SetArgument(%d, p%[3]d)\n\t\treturn\n\t}\n", is, text, i, i)
	}
}

// writeReturned writes what follows the author's function.
func (f *Function) writeReturned(b *bytes.Buffer) {
	if f.Kind == Window {
		b.WriteString("\tc.Returned = true\n")
	}
}

func (f *Function) resultVar(i int) string {
	if f.RowForm == Struct {
		return "r." + f.Results[i].Field
	}
	if f.HasOut() {
		return fmt.Sprintf("r%d", i)
	}
	return "r"
}

// writeResult writes what makes the result's slot of r.
func writeResult(b *bytes.Buffer, t pgtypes.Type) {
	switch {
	case t.Simple == "":
		fmt.Fprintf(b, "\tm := pgabi.Result()\n\tif err := %s; err != nil {\n\t\tpgabi.FailResult(err, \"\")\n\t\treturn\n\t}\n\tm.Done(result)\n",
			t.Putting("&m.Out", "&m.Slot", "r"))
	case t.Nullable:
		fmt.Fprintf(b, "\tif r == nil {\n\t\tresult.SetNull()\n\t\treturn\n\t}\n\tresult.Set%s(*r)\n", t.Simple)
	default:
		fmt.Fprintf(b, "\tresult.Set%s(r)\n", t.Simple)
	}
}

// writeOut writes what makes a record of several results.
func (f *Function) writeOut(b *bytes.Buffer) {
	fmt.Fprintf(b, "\tm := pgabi.Result()\n\tf := codec.NewFields(&m.Out, &m.Slot, %d)\n", len(f.Results))
	for i, r := range f.Results {
		fmt.Fprintf(b, "\tif err := %s; err != nil {\n\t\tpgabi.FailResult(err, %q)\n\t\treturn\n\t}\n",
			r.Type.Putting("&m.Out", fmt.Sprintf("&f[%d]", i), f.resultVar(i)), r.Name)
	}
	b.WriteString("\tm.Done(result)\n")
}

// writeRecords writes the functions for the structs in signatures.
func (p *Package) writeRecords(b *bytes.Buffer) {
	done := map[string]bool{}
	for _, t := range p.types() {
		for _, r := range t.Records {
			if !done[r.Name] {
				done[r.Name] = true
				writeRecord(b, r)
			}
		}
	}
}

// writeComposites writes what tells package pg the columns of composite types, for parameters of
// statements.
func (p *Package) writeComposites(b *bytes.Buffer) {
	var cases strings.Builder
	for _, t := range p.Types {
		if len(t.Columns) == 0 {
			continue
		}
		var columns, values []string
		for _, f := range t.Columns {
			columns = append(columns, strconv.Quote(f.SQL))
			values = append(values, "v."+f.Go)
		}
		fmt.Fprintf(&cases, "\tcase *author.%[1]s:\n\t\treturn composite(*v)\n\tcase author.%[1]s:\n\t\treturn []string{%[2]s}, []any{%[3]s}\n",
			t.GoName, strings.Join(columns, ", "), strings.Join(values, ", "))
	}
	if cases.Len() > 0 {
		fmt.Fprintf(b, "\nvar _ = codec.SetComposite(composite)\n\nfunc composite(v any) ([]string, []any) {\n\tswitch v := v.(type) {\n%s\t}\n\treturn nil, nil\n}\n", cases.String())
	}
}

func writeRecord(b *bytes.Buffer, r *pgtypes.Record) {
	fields := "f := "
	if len(r.Fields) == 0 { // as of a table without columns
		fields = ""
	}
	fmt.Fprintf(b, "\nfunc get%s(s *codec.Slot) (v %s, err error) {\n\t%scodec.Fields(s, %d)\n", r.Name, r.Go, fields, len(r.Fields))
	for i, f := range r.Fields {
		slot := fmt.Sprintf("&f[%d]", i)
		get := "codec.NotNull(" + slot + ", " + f.Type.Get + ")"
		if f.Type.Nullable {
			get = f.Type.Getting(slot)
		}
		fmt.Fprintf(b, "\tif v.%s, err = %s; err != nil {\n\t\treturn v, codec.In(%q, err)\n\t}\n", f.Go, get, "column "+f.SQL)
	}
	fmt.Fprintf(b, "\treturn v, nil\n}\n\nfunc put%s(o *codec.Out, s *codec.Slot, v %s) error {\n\t%scodec.NewFields(o, s, %d)\n", r.Name, r.Go, fields, len(r.Fields))
	for i, f := range r.Fields {
		fmt.Fprintf(b, "\tif err := %s; err != nil {\n\t\treturn codec.In(%q, err)\n\t}\n",
			f.Type.Putting("o", fmt.Sprintf("&f[%d]", i), "v."+f.Go), "column "+f.SQL)
	}
	b.WriteString("\treturn nil\n}\n")
}
