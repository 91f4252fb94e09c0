package extension

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/internal/sqltext"
)

// SQL returns the extension's script, for the file
// NAME--DEFAULT_VERSION.sql.
func (p *Package) SQL() []byte {
	sql, err := p.script()
	if err != nil {
		panic(err) // Load has written it once
	}
	return sql
}

// script writes the script. The C trampoline's symbol and the properties are pgbuild's own
// words; all else is the author's, and goes through sqltext.
func (p *Package) script() ([]byte, error) {
	parts, err := p.Parts()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "/* %s */\n\n", Generated)
	fmt.Fprintf(&b, "\\echo Use \"CREATE EXTENSION %s\" to load this file. \\quit\n", p.Name)
	for _, part := range parts {
		b.WriteString(part.SQL)
	}
	return b.Bytes(), nil
}

func (f *Function) writeSQL(s *sqltext.Script) {
	params, types := f.parameters(s)
	name := s.Name(f.SQLName)
	create := "CREATE"
	if f.Replace {
		create = "CREATE OR REPLACE"
	}
	object := fmt.Sprintf("%s %s(%s)", f.Kind.object(), name, strings.Join(types, ", "))
	s.Raw("\n%s %s %s(%s)%s\n", create, f.Kind.object(), name, strings.Join(params, ", "), f.returns(s))
	s.Raw("\tAS 'MODULE_PATHNAME', %s\n\tLANGUAGE C%s;\n", s.Text(f.Symbol), f.properties(s))
	if f.Doc != "" {
		s.Raw("COMMENT ON %s IS %s;\n", object, s.Text(f.Doc))
	}
	if f.Grant != nil {
		f.Grant.writeSQL(s, object)
	}
}

// Declaration is how people see the function: its name, parameters and results.
func (f *Function) Declaration() string {
	var s sqltext.Script
	params, _ := f.parameters(&s)
	return s.Name(f.SQLName) + "(" + strings.Join(params, ", ") + ")" + f.returns(&s)
}

// HasOut reports whether the results are OUT parameters, or the columns of a table.
func (f *Function) HasOut() bool {
	return len(f.Results) > 1 || f.Kind == Procedure && len(f.Results) > 0
}

// parameters returns the parameters as CREATE takes them, and what names the
// function in COMMENT.
func (f *Function) parameters(s *sqltext.Script) (params, types []string) {
	out := map[string]bool{}
	if f.HasOut() && f.Kind != Set {
		for _, r := range f.Results {
			out[r.Name] = true
		}
	}
	taken := map[string]bool{}
	for _, a := range f.Args {
		param := s.Type(a.Type.SQL)
		if a.Name != "" {
			param = s.Name(a.Name) + " " + param
		}
		mode := ""
		switch {
		case a.Variadic:
			mode = "VARIADIC "
		case out[a.Name] && a.Name != "":
			mode = "INOUT "
			taken[a.Name] = true
		}
		types = append(types, mode+s.Type(a.Type.SQL))
		if a.Default != "" {
			param += " DEFAULT " + s.Expression(a.Default)
		}
		params = append(params, mode+param)
	}
	if !f.HasOut() || f.Kind == Set {
		return params, types
	}
	// Before a VARIADIC parameter, which has to be the last one; those of a procedure, which
	// CALL counts, before the first that has a default.
	at := len(params)
	if at > 0 && f.Args[at-1].Variadic {
		at--
	}
	if first := slices.IndexFunc(f.Args, func(a Arg) bool { return a.Default != "" }); f.Kind == Procedure && first >= 0 {
		at = min(at, first)
	}
	for _, r := range f.Results {
		if taken[r.Name] {
			continue
		}
		params = slices.Insert(params, at, "OUT "+s.Name(r.Name)+" "+s.Type(r.Type.SQL))
		if f.Kind == Procedure {
			types = slices.Insert(types, at, "OUT "+s.Type(r.Type.SQL))
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

func (f *Function) returns(s *sqltext.Script) string {
	if f.Kind == Procedure {
		return ""
	}
	switch f.Kind {
	case Set:
		if f.HasOut() {
			columns := make([]string, len(f.Results))
			for i, r := range f.Results {
				columns[i] = s.Name(r.Name) + " " + s.Type(r.Type.SQL)
			}
			return " RETURNS TABLE(" + strings.Join(columns, ", ") + ")"
		}
		return " RETURNS SETOF " + s.Type(f.Results[0].Type.SQL)
	case Trigger:
		return " RETURNS trigger"
	case EventTrigger:
		return " RETURNS event_trigger"
	}
	switch len(f.Results) {
	case 0:
		return " RETURNS " + pgtypes.Void.SQL
	case 1:
		return " RETURNS " + s.Type(f.Results[0].Type.SQL)
	}
	return "" // the OUT parameters say it
}

func (f *Function) properties(s *sqltext.Script) string {
	var b strings.Builder
	if f.Kind == Window {
		b.WriteString(" WINDOW")
	}
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
	if f.Rows != "" {
		b.WriteString(" ROWS " + f.Rows)
	}
	if f.Support != "" {
		b.WriteString(" SUPPORT " + s.Name(snakeCase(f.Support)))
	}
	if f.Leakproof {
		b.WriteString(" LEAKPROOF")
	}
	if f.SecurityDefiner {
		b.WriteString(" SECURITY DEFINER")
	}
	for i := range f.Settings {
		b.WriteString(f.Settings[i].writeSQL(s))
	}
	return b.String()
}
