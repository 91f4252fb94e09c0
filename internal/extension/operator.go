package extension

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/internal/sqltext"
)

const operatorName = "//pg:operator"

// Operator is an operator whose value a Function computes.
type Operator struct {
	Symbol     string
	Commutator string // empty for none, as all of these
	Negator    string
	Restrict   string // the function that estimates how many rows a condition leaves: of SQL, or of the package
	Join       string // and for joins
	Hashes     bool
	Merges     bool
	Pos        token.Position
}

var operatorWords = []wordKind{
	{key: "symbol", form: "OPERATOR", check: checkOperator},
	{key: "commutator", form: "OPERATOR", check: checkOperator},
	{key: "negator", form: "OPERATOR", check: checkOperator},
	{key: restrictWord, form: "FUNCTION", check: checkEstimator},
	{key: joinWord, form: "FUNCTION", check: checkEstimator},
	{key: "hashes"},
	{key: "merges"},
}

// operatorBytes are what an operator consists of; one that ends in + or - has one of
// strangeBytes, so that a sign behind an operator is no part of it.
const (
	operatorBytes = "+-*/<>=~!@#%^&|`?"
	strangeBytes  = "~!@#%^&|`?"
)

// checkOperator reports what keeps a text from being an operator in SQL.
func checkOperator(symbol string) error {
	switch {
	case strings.Trim(symbol, operatorBytes) != "":
		return fmt.Errorf("%q is no operator; one consists of %s", symbol, operatorBytes)
	case len(symbol) > maxIdentifier:
		return fmt.Errorf("the operator %s has %d characters; allowed are %d", symbol, len(symbol), maxIdentifier)
	case strings.Contains(symbol, "--") || strings.Contains(symbol, "/*"):
		return fmt.Errorf("%s begins a comment, so no operator can have it", symbol)
	case symbol == "=>":
		return errors.New("=> names arguments; choose another operator")
	case len(symbol) > 1 && strings.HasSuffix(strings.ReplaceAll(symbol, "-", "+"), "+") && !strings.ContainsAny(symbol, strangeBytes):
		return fmt.Errorf("%s ends in + or -, which only an operator can that has one of %s in it", symbol, strangeBytes)
	}
	return nil
}

// operator reads a //pg:operator line above a function.
func (c *collector) operator(fn *ast.FuncDecl, f *Function, g givenWords) {
	o := Operator{
		Symbol:     g.value("symbol"),
		Commutator: g.value("commutator"),
		Negator:    g.value("negator"),
		Restrict:   g.value("restrict"),
		Join:       g.value("join"),
		Hashes:     g.has("hashes"),
		Merges:     g.has("merges"),
		Pos:        c.fset.PositionFor(g.pos, false),
	}
	boolean := len(f.Results) == 1 && f.Results[0].Type.SQL == "boolean"
	switch {
	case !g.has("symbol") && g.tried("symbol"): // which was to say it
	case !g.has("symbol"):
		c.addf(g.pos, "%s needs symbol=OPERATOR", operatorName)
	case f.Kind != Plain || f.HasOut() || len(f.Results) != 1 || len(f.Args) < 1 || len(f.Args) > 2 || f.variadic():
		c.addf(g.pos, "%s cannot be an operator, which is a function of one or two arguments with one result", fn.Name.Name)
	case len(f.Args) == 1 && (g.has("commutator") || g.has("join") || g.has("hashes") || g.has("merges")):
		c.addf(g.pos, "%s has one argument; commutator, join, hashes and merges are for operators with two", fn.Name.Name)
	case !boolean && (g.has("negator") || g.has("restrict") || g.has("join") || g.has("hashes") || g.has("merges")):
		c.addf(g.pos, "%s is no boolean; negator, restrict, join, hashes and merges are for operators that are conditions", fn.Name.Name)
	case o.Negator == o.Symbol:
		c.addf(g.at("negator"), "%s cannot be its own negator", o.Symbol)
	default:
		f.Operators = append(f.Operators, o)
		for _, word := range []string{restrictWord, joinWord} {
			if name := g.value(word); goNamed(name) {
				c.wantedPlanners = append(c.wantedPlanners, wantedPlanner{word, name, g.at(word)})
			}
		}
	}
}

// estimator is the name in SQL of a function for restrict= or join=.
func estimator(name string) string {
	if goNamed(name) {
		return snakeCase(name)
	}
	return name
}

// variadic reports whether the last argument is.
func (f *Function) variadic() bool {
	return len(f.Args) > 0 && f.Args[len(f.Args)-1].Variadic
}

// id identifies the operator among others.
func (o *Operator) id(f *Function) string {
	return o.Symbol + strings.TrimPrefix(f.key(), f.SQLName)
}

func (o *Operator) writeSQL(s *sqltext.Script, f *Function) {
	parts := []string{"FUNCTION = " + s.Name(f.SQLName)}
	add := func(word, value string) {
		if value != "" {
			parts = append(parts, word+" = "+value)
		}
	}
	right := f.Args[len(f.Args)-1]
	if len(f.Args) == 2 {
		add("LEFTARG", s.Type(f.Args[0].Type.SQL))
	}
	add("RIGHTARG", s.Type(right.Type.SQL))
	add("COMMUTATOR", o.Commutator)
	add("NEGATOR", o.Negator)
	if o.Restrict != "" {
		add("RESTRICT", s.Name(estimator(o.Restrict)))
	}
	if o.Join != "" {
		add("JOIN", s.Name(estimator(o.Join)))
	}
	if o.Hashes {
		parts = append(parts, "HASHES")
	}
	if o.Merges {
		parts = append(parts, "MERGES")
	}
	s.Raw("\nCREATE OPERATOR %s (\n\t%s\n);\n", o.Symbol, strings.Join(parts, ",\n\t"))
	if f.Doc != "" {
		left := "NONE"
		if len(f.Args) == 2 {
			left = s.Type(f.Args[0].Type.SQL)
		}
		s.Raw("COMMENT ON OPERATOR %s (%s, %s) IS %s;\n", o.Symbol, left, s.Type(right.Type.SQL), s.Text(f.Doc))
	}
}

const castName = "//pg:cast"

// Cast is a conversion between types that a Function makes.
type Cast struct {
	Context string // "implicit", "assignment" or "explicit"
	Pos     token.Position
}

var castWords = []wordKind{{key: "implicit", slot: "context"}, {key: "assignment", slot: "context"}, {key: "explicit", slot: "context"}}

// cast reads a //pg:cast line above a function.
func (c *collector) cast(fn *ast.FuncDecl, f *Function, g givenWords) {
	good := f.Kind == Plain && !f.HasOut() && len(f.Results) == 1 && len(f.Args) >= 1 && len(f.Args) <= 3 && !f.variadic()
	// What else PostgreSQL passes: the length or the like of the wanted type, and whether the cast is explicit.
	for i, want := range []string{"", pgtypes.Canonical("int4"), "boolean"} {
		good = good && (i == 0 || i >= len(f.Args) || f.Args[i].Type.SQL == want)
	}
	switch {
	case !g.has("context") && (g.typo || g.tried("context")): // which was to say it
	case !g.has("context"):
		c.addf(g.pos, "%s says when it is used: one of implicit, assignment, explicit", castName)
	case !good:
		c.addf(g.pos, "%s cannot be a cast, which is a function of one argument (and, for lengths, an int32 and a bool) with one result", fn.Name.Name)
	case f.Args[0].Type.SQL == f.Results[0].Type.SQL && len(f.Args) == 1:
		c.addf(g.pos, "%s makes %s of %s, which is no cast", fn.Name.Name, f.Results[0].Type.SQL, f.Args[0].Type.SQL)
	case c.domains[f.Args[0].Type.SQL] || c.domains[f.Results[0].Type.SQL]:
		c.addf(g.pos, "%s is about a domain, for which PostgreSQL ignores casts: it uses those of the domain's base type", fn.Name.Name)
	default:
		f.Casts = append(f.Casts, Cast{Context: g.words["context"].key, Pos: c.fset.PositionFor(g.pos, false)})
	}
}

// id identifies the cast among others.
func (*Cast) id(f *Function) string { return f.Args[0].Type.SQL + " AS " + f.Results[0].Type.SQL }

func (k *Cast) writeSQL(s *sqltext.Script, f *Function) {
	_, types := f.parameters(s)
	from, to := s.Type(f.Args[0].Type.SQL), s.Type(f.Results[0].Type.SQL)
	s.Raw("\nCREATE CAST (%s AS %s) WITH FUNCTION %s(%s)", from, to, s.Name(f.SQLName), strings.Join(types, ", "))
	if k.Context != "explicit" {
		s.Raw(" AS %s", strings.ToUpper(k.Context))
	}
	s.Raw(";\n")
	if f.Doc != "" {
		s.Raw("COMMENT ON CAST (%s AS %s) IS %s;\n", from, to, s.Text(f.Doc))
	}
}
