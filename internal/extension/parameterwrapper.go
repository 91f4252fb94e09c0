package extension

import (
	"bytes"
	"fmt"
	"go/constant"
	"go/doc"
	"math"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/objfile"
	"github.com/pgstd/pgstd/pg/pgabi"
)

// parameterForms are how values cross, by kind.
var parameterForms = [...]struct {
	code          byte
	method        string // of pgabi.Slot
	check, assign objfile.Hook
}{
	BoolParameter:   {pgabi.Bool, "Bool", objfile.Hook{Entry: "pgstd_setting_check_bool", Argument: 3}, objfile.Hook{Entry: "pgstd_setting_assign_bool", Argument: 2}},
	IntParameter:    {pgabi.Int4, "Int4", objfile.Hook{Entry: "pgstd_setting_check_int", Argument: 3}, objfile.Hook{Entry: "pgstd_setting_assign_int", Argument: 2}},
	RealParameter:   {pgabi.Float8, "Float8", objfile.Hook{Entry: "pgstd_setting_check_real", Argument: 3}, objfile.Hook{Entry: "pgstd_setting_assign_real", Argument: 1}},
	StringParameter: {pgabi.Text, "Text", objfile.Hook{Entry: "pgstd_setting_check_string", Argument: 3}, objfile.Hook{Entry: "pgstd_setting_assign_string", Argument: 2}},
	EnumParameter:   {pgabi.Int4, "", objfile.Hook{Entry: "pgstd_setting_check_int", Argument: 3}, objfile.Hook{Entry: "pgstd_setting_assign_int", Argument: 2}},
}

// Glue is what is linked to the Go code of the package.
func (p *Package) Glue() *objfile.Glue {
	g := &objfile.Glue{Prefix: p.Name, Trampolines: p.Trampolines(), Sites: len(p.Functions)}
	site := func(wanted bool) int32 {
		if !wanted {
			return -1
		}
		g.Sites++
		return int32(g.Sites - 1)
	}
	for _, v := range p.Parameters {
		form := parameterForms[v.Kind]
		short := new(doc.Package).Synopsis(v.Doc)
		o := objfile.Parameter{
			Name: v.Name, Short: short, Long: strings.TrimSpace(strings.TrimPrefix(strings.Join(strings.Fields(v.Doc), " "), short)),
			Labels: v.Labels, Kind: uint32(v.Kind), Context: uint32(slices.Index(contexts, v.Context)),
			Flags: uint32(max(0, slices.Index(units, v.durationUnit()))), Assign: form.assign,
			CheckSite: site(v.Checks), ShowSite: site(v.Show),
		}
		for _, f := range v.Flags {
			o.Flags |= 0x100 << slices.Index(flags, f)
		}
		if v.Checks {
			o.Check = form.check
		}
		if v.Show {
			o.Show = objfile.Hook{Entry: "pgstd_setting_show"}
		}
		switch v.Kind {
		case StringParameter:
			o.Text = constant.StringVal(v.Default)
		default:
			o.Default, o.Min, o.Max = bits(v.Kind, v.Default), bits(v.Kind, v.Min), bits(v.Kind, v.Max)
		}
		g.Parameters = append(g.Parameters, o)
	}
	for _, w := range p.Workers {
		g.Workers = append(g.Workers, objfile.Worker{
			Name: w.Name, Database: w.Database, Role: w.Role, Site: site(true), Restart: int32(w.Restart),
		})
	}
	return g
}

// bits are those of a constant, as the host has it.
func bits(kind ParameterKind, v constant.Value) uint64 {
	switch {
	case v == nil:
		return 0
	case kind == BoolParameter:
		if constant.BoolVal(v) {
			return 1
		}
		return 0
	case kind == RealParameter:
		f, _ := constant.Float64Val(constant.ToFloat(v))
		return math.Float64bits(f)
	}
	n, _ := constant.Int64Val(constant.ToInt(v))
	return uint64(n)
}

// writeTable writes the rows of the table of functions that are for the host alone.
func (v *Parameter) writeTable(b *bytes.Buffer) {
	code := literal(string([]byte{pgabi.Void, parameterForms[v.Kind].code}))
	if v.Checks {
		fmt.Fprintf(b, "\t{Name: %q, Signature: %s, Call: wrapcheck%s},\n", "check of "+v.Name, code, v.GoName)
	}
	code = literal(string([]byte{pgabi.Text, parameterForms[v.Kind].code}))
	if v.Show {
		fmt.Fprintf(b, "\t{Name: %q, Signature: %s, Call: wrapshow%s},\n", "show of "+v.Name, code, v.GoName)
	}
}

// writeParameters writes what makes the variables known to package pg, as the program starts.
func (p *Package) writeParameters(b *bytes.Buffer) {
	if p.Parameters == nil {
		return
	}
	b.WriteString("\nfunc init() {\n")
	for i, v := range p.Parameters {
		form := parameterForms[v.Kind]
		value := "v." + form.method + "()"
		switch {
		case v.Kind == EnumParameter:
			var labels []string
			for _, l := range v.Labels {
				labels = append(labels, fmt.Sprintf("%q", l))
			}
			value = "pgabi.EnumSetting[" + v.Type + "](v, " + strings.Join(labels, ", ") + ")"
		case v.Duration:
			value = fmt.Sprintf("time.Duration(%s) * %d", value, v.unit())
		case v.Kind == IntParameter:
			value = v.Type + "(" + value + ")"
		}
		fmt.Fprintf(b, "\tpgabi.BindSetting(author.%s, %q, %d, %d, func(v *pgabi.Slot) %s { return %s })\n", v.GoName, v.Name, i, form.code, v.Type, value)
	}
	b.WriteString("}\n")
	for _, v := range p.Parameters {
		if v.Checks {
			fmt.Fprintf(b, "\nfunc wrapcheck%[1]s(args, result *pgabi.Slot) { pgabi.CheckSetting(author.%[1]s, args, result) }\n", v.GoName)
		}
		if v.Show {
			fmt.Fprintf(b, "\nfunc wrapshow%[1]s(args, result *pgabi.Slot) { pgabi.ShowSetting(author.%[1]s, args, result) }\n", v.GoName)
		}
	}
	if list := p.tells(); list != "" {
		fmt.Fprintf(b, "\nfunc settle() { pgabi.SettleSettings(%s) }\n", list)
	}
}

// settle is what a wrapper begins with.
func (f *Function) settle() string {
	if f.settles {
		return "\tsettle()\n"
	}
	return ""
}

// tells lists the settings that have Assign.
func (p *Package) tells() string {
	var list []string
	for _, v := range p.Parameters {
		if v.Tells {
			list = append(list, "author."+v.GoName)
		}
	}
	return strings.Join(list, ", ")
}
