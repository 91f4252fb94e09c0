package extension

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// SQL returns the extension's script, for the file
// NAME--DEFAULT_VERSION.sql.
func (p *Package) SQL() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "/* %s */\n\n", generated)
	fmt.Fprintf(&b, "\\echo Use \"CREATE EXTENSION %s\" to load this file. \\quit\n", p.Name)
	for i := range p.Types {
		p.Types[i].writeSQL(&b)
	}
	for i := range p.Functions {
		p.Functions[i].writeSQL(&b)
	}
	return b.Bytes()
}

func (f *Function) writeSQL(b *bytes.Buffer) {
	params, types := f.parameters()
	name := quoteIdentifier(f.SQLName)
	fmt.Fprintf(b, "\nCREATE %s %s(%s)%s\n", f.Kind.object(), name, strings.Join(params, ", "), f.returns())
	fmt.Fprintf(b, "\tAS 'MODULE_PATHNAME', '%s'\n\tLANGUAGE C%s;\n", f.Symbol, f.properties())
	if f.Doc != "" {
		fmt.Fprintf(b, "COMMENT ON %s %s(%s) IS %s;\n", f.Kind.object(), name, strings.Join(types, ", "), quoteScriptLiteral(f.Doc))
	}
}

// Declaration is how people see the function: its name, parameters and results.
func (f *Function) Declaration() string {
	params, _ := f.parameters()
	return quoteIdentifier(f.SQLName) + "(" + strings.Join(params, ", ") + ")" + f.returns()
}

// HasOut reports whether the results are OUT parameters.
func (f *Function) HasOut() bool {
	return len(f.Results) > 1 || f.Kind == Procedure && len(f.Results) > 0
}

// parameters returns the parameters as CREATE takes them, and what names the
// function in COMMENT.
func (f *Function) parameters() (params, types []string) {
	out := map[string]bool{}
	if f.HasOut() {
		for _, r := range f.Results {
			out[r.Name] = true
		}
	}
	taken := map[string]bool{}
	for _, a := range f.Args {
		param := a.Type.SQL
		if a.Name != "" {
			param = quoteIdentifier(a.Name) + " " + param
		}
		mode := ""
		switch {
		case a.Variadic:
			mode = "VARIADIC "
		case out[a.Name] && a.Name != "":
			mode = "INOUT "
			taken[a.Name] = true
		}
		types = append(types, mode+a.Type.SQL)
		if a.Default != "" {
			param += " DEFAULT " + a.Default
		}
		params = append(params, mode+param)
	}
	if !f.HasOut() {
		return params, types
	}
	// Before a VARIADIC parameter, which has to be the last one.
	at := len(params)
	if at > 0 && f.Args[at-1].Variadic {
		at--
	}
	for _, r := range f.Results {
		if taken[r.Name] {
			continue
		}
		params = slices.Insert(params, at, "OUT "+quoteIdentifier(r.Name)+" "+r.Type.SQL)
		if f.Kind == Procedure {
			types = slices.Insert(types, at, "OUT "+r.Type.SQL)
		}
		at++
	}
	return params, types
}

// object is what CREATE makes.
func (k Kind) object() string {
	if k == Procedure {
		return "PROCEDURE"
	}
	return "FUNCTION"
}

func (f *Function) returns() string {
	if f.Kind == Procedure {
		return ""
	}
	switch f.Kind {
	case Set:
		return " RETURNS SETOF " + f.Results[0].Type.SQL
	case Trigger:
		return " RETURNS trigger"
	case EventTrigger:
		return " RETURNS event_trigger"
	}
	switch len(f.Results) {
	case 0:
		return " RETURNS " + pgtypes.Void.SQL
	case 1:
		return " RETURNS " + f.Results[0].Type.SQL
	}
	return "" // the OUT parameters say it
}

func (f *Function) properties() string {
	var b strings.Builder
	if f.Strict {
		b.WriteString(" STRICT")
	}
	if f.Volatility != "" {
		b.WriteString(" " + strings.ToUpper(f.Volatility))
	}
	if f.Parallel != "" {
		b.WriteString(" PARALLEL " + strings.ToUpper(f.Parallel))
	}
	if f.Cost != "" {
		b.WriteString(" COST " + f.Cost)
	}
	if f.SecurityDefiner {
		b.WriteString(" SECURITY DEFINER")
	}
	return b.String()
}
