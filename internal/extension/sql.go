package extension

import (
	"bytes"
	"fmt"
	"strings"
)

// SQL returns the extension's script, for the file
// NAME--DEFAULT_VERSION.sql.
func (p *Package) SQL() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "/* %s */\n\n", generated)
	fmt.Fprintf(&b, "\\echo Use \"CREATE EXTENSION %s\" to load this file. \\quit\n", p.Name)
	for i := range p.Functions {
		p.Functions[i].writeSQL(&b)
	}
	return b.Bytes()
}

func (f *Function) writeSQL(b *bytes.Buffer) {
	args := make([]string, len(f.Args))
	types := make([]string, len(f.Args))
	for i, a := range f.Args {
		types[i] = a.Type.SQL()
		args[i] = types[i]
		if a.Name != "" {
			args[i] = quoteIdentifier(a.Name) + " " + types[i]
		}
	}
	name := quoteIdentifier(f.SQLName)
	fmt.Fprintf(b, "\nCREATE %s %s(%s)%s\n", f.Kind.object(), name, strings.Join(args, ", "), f.returns())
	fmt.Fprintf(b, "\tAS 'MODULE_PATHNAME', '%s'\n\tLANGUAGE C%s;\n", f.Symbol, f.properties())
	if f.Doc != "" {
		fmt.Fprintf(b, "COMMENT ON %s %s(%s) IS %s;\n", f.Kind.object(), name, strings.Join(types, ", "), quoteScriptLiteral(f.Doc))
	}
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
	return " RETURNS " + f.Result.SQL()
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
