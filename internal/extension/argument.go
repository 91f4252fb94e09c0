package extension

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

const (
	argName    = "//pg:arg"
	resultName = "//pg:result"
)

// argDirective is a parsed //pg:arg or //pg:result line.
type argDirective struct {
	pos      token.Pos
	line     *ast.Comment
	goName   string // of the argument or result; empty for the only result
	name     string // the SQL name
	sql      string // the SQL type
	fallback string // the default, an SQL expression
	used     bool
}

// parseArgument reads a line such as
//
//	//pg:arg at name=moment type=timestamp default=now() - interval '1 day'
//
// in which the parts stand in this order; the default takes the rest of the line.
func (c *collector) parseArgument(line *ast.Comment) (a argDirective, ok bool) {
	directive := directiveOf(line)
	a.pos, a.line = line.Slash, line
	rest := strings.TrimSpace(line.Text[len(directive):])
	if first, _, _ := strings.Cut(rest, " "); directive == argName || !strings.Contains(first, "=") {
		a.goName, rest, _ = strings.Cut(rest, " ")
		rest = strings.TrimSpace(rest)
	}
	if directive == argName && (a.goName == "" || strings.Contains(a.goName, "=")) {
		c.addf(line.Slash, "%s needs the name of an argument; write %s NAME type=TYPE default=EXPRESSION", argName, argName)
		return a, false
	}
	if before, fallback, found := strings.Cut(" "+rest, " default="); found {
		rest, a.fallback = strings.TrimSpace(before), strings.TrimSpace(fallback)
		if directive == resultName {
			c.addf(line.Slash, "a result has no default")
			return a, false
		}
		expression, err := sqltext.Expression(a.fallback)
		if err != nil {
			c.addf(line.Slash, "default= needs an SQL expression: %v", err)
			return a, false
		}
		a.fallback = expression
	}
	if name, found := strings.CutPrefix(rest, "name="); found {
		a.name, rest, _ = strings.Cut(name, " ")
		rest = strings.TrimSpace(rest)
		if err := checkIdentifier(a.name); err != nil {
			c.addf(line.Slash, "%v", err)
			return a, false
		}
	}
	if rest != "" {
		sql, found := strings.CutPrefix(rest, "type=")
		if !found {
			c.addf(line.Slash, "unknown word %q in %s; allowed are name=NAME, type=TYPE and default=EXPRESSION", strings.Fields(rest)[0], directive)
			return a, false
		}
		name, err := sqltext.Type(sql)
		if err != nil {
			c.addf(line.Slash, "type=: %v", err)
			return a, false
		}
		a.sql = name
	}
	if a.name == "" && a.sql == "" && a.fallback == "" {
		c.addf(line.Slash, "%s says nothing; allowed are name=NAME, type=TYPE and default=EXPRESSION", directive)
		return a, false
	}
	return a, true
}

// argument returns what a directive says of an argument; result, of a result.
func (d *directive) argument(goName string) *argDirective { return find(d.args, goName) }
func (d *directive) result(goName string) *argDirective   { return find(d.results, goName) }

func find(list []*argDirective, goName string) *argDirective {
	for _, a := range list {
		if a.goName == goName {
			a.used = true
			return a
		}
	}
	return &argDirective{}
}

// unusedArguments reports directives for arguments that are not there.
func (c *collector) unusedArguments(d *directive, function string) {
	for _, a := range d.args {
		if !a.used {
			c.addf(a.pos, "%s has no argument %s", function, a.goName)
		}
	}
	for _, a := range d.results {
		if !a.used && a.goName == "" {
			c.addf(a.pos, "%s has no single result; name the one that is meant", function)
		} else if !a.used {
			c.addf(a.pos, "%s has no result %s", function, a.goName)
		}
	}
}
