package extension

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

const plannerForm = "func(p *pg.Planner), which can return an error"

// Planner is a function of the author's that the planner asks about others.
type Planner struct {
	GoName   string
	Pos      token.Position
	fails    bool
	behind   *Function
	supports []*support // one for each of the words that name it
}

// The words that name a function for the planner, of a function and of an operator, with what PostgreSQL
// calls it with. The host knows by the number of arguments which it is.
const (
	supportWord  = "support"
	restrictWord = "restrict"
	joinWord     = "join"
)

var plannerForms = map[string]support{
	supportWord:  {args: []string{"internal"}, result: "internal"},
	restrictWord: {args: []string{"internal", "oid", "internal", "integer"}, result: "double precision"},
	joinWord:     {args: []string{"internal", "oid", "internal", "smallint", "internal"}, result: "double precision"},
}

// wantedPlanner is a word that names one.
type wantedPlanner struct {
	word, name string
	pos        token.Pos
}

// checkEstimator takes a function of the package, or one of SQL.
func checkEstimator(name string) error {
	if goNamed(name) {
		return nil
	}
	return checkIdentifier(name)
}

// goNamed reports whether a name is one of Go, and not of SQL.
func goNamed(name string) bool {
	return token.IsIdentifier(name) && strings.ToLower(name) != name
}

// planners finds the functions that support= names, when all functions are known.
func (c *collector) planners(p *Package, files []*ast.File, info *types.Info, byKey map[string]token.Position) {
	declared := map[string]*ast.FuncDecl{}
	for _, f := range files {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				declared[fn.Name.Name] = fn
			}
		}
	}
	done := map[string]*Planner{}
	for _, w := range c.wantedPlanners {
		fn := declared[w.name]
		if fn == nil {
			c.addf(w.pos, "%s=%s is no function of the package; write one: %s", w.word, w.name, plannerForm)
			continue
		}
		if planner, again := done[w.name]; again {
			planner.serve(w.word)
			continue
		}
		done[w.name] = nil
		planner := &Planner{GoName: w.name, Pos: c.fset.PositionFor(fn.Name.Pos(), false)}
		list := fn.Type.Params.List
		results := fn.Type.Results.NumFields()
		good := fn.Type.Params.NumFields() == 1 && isPlanner(info.TypeOf(list[0].Type)) && fn.Type.TypeParams == nil && results <= 1
		if good && results == 1 {
			planner.fails = isError(info.TypeOf(fn.Type.Results.List[0].Type))
			good = planner.fails
		}
		switch {
		case !good:
			c.addf(fn.Name.Pos(), "%s is named by %s=, and so is a %s", w.name, w.word, plannerForm)
			continue
		case !fn.Name.IsExported():
			c.addf(fn.Name.Pos(), "%s is not exported; start its name with an upper case letter", w.name)
			continue
		}
		f := planner.make()
		if c.taken(byKey, f.key(), f.Pos) {
			continue
		}
		f.Index = len(p.Functions)
		p.Functions = append(p.Functions, *f)
		p.Planners = append(p.Planners, planner)
		done[w.name] = planner
		planner.serve(w.word)
	}
}

func isPlanner(t types.Type) bool {
	pointer, ok := t.(*types.Pointer)
	if !ok {
		return false
	}
	name, _ := named(pointer.Elem())
	return name == pgPath+".Planner"
}

// make describes the function that does the work: from what is known of a call to the answers,
// which host/postgres/calls/planner.c reads in this order.
func (p *Planner) make() *Function {
	float, text := simple(types.Typ[types.Float64]), simple(types.Typ[types.String])
	f := &Function{
		Kind: Plain, GoName: "_" + p.GoName + "_plan", SQLName: snakeCase(p.GoName), call: "plan" + p.GoName,
		Volatility: "stable", Parallel: "safe", Strict: true, Fails: true, Pos: p.Pos,
		Args: []Arg{{Name: "constants", Type: pgtypes.AnyRow()}, {Name: "is_join", Type: simple(types.Typ[types.Bool])}},
		Results: []Result{
			{Name: "rows", Type: float}, {Name: "startup", Type: float}, {Name: "cost", Type: float},
			{Name: "selectivity", Type: float}, {Name: "operator", Type: text},
		},
	}
	p.behind = f
	return f
}

// serve makes the function that PostgreSQL calls because of a word. A nil Planner is one with a mistake.
func (p *Planner) serve(word string) {
	if p == nil || p.part(word) != "" {
		return
	}
	s := plannerForms[word]
	s.entry, s.stable, s.behind = "pgstd_pg_plan_support", true, p.behind
	p.supports = append(p.supports, &s)
}

// part names the function that PostgreSQL calls because of a word; empty if there is none.
func (p *Planner) part(word string) string {
	for _, s := range p.supports {
		if len(s.args) == len(plannerForms[word].args) {
			return s.part()
		}
	}
	return ""
}

// plannerParts are the parts that a word with the name of a function of the package stands for.
func (p *Package) plannerParts(word, name string) (list []string) {
	for _, planner := range p.Planners {
		if planner.GoName == name {
			list = append(list, planner.part(word))
		}
	}
	return list
}

// writeFunction writes the Go function behind it.
func (p *Planner) writeFunction(b *bytes.Buffer) {
	fmt.Fprintf(b, "\nfunc plan%[1]s(constants pg.Record, join bool) (rows, startup, cost, selectivity float64, operator string, err error) {\n"+
		"\tp := &pg.Planner{Constants: constants, Join: join}\n", p.GoName)
	if p.fails {
		fmt.Fprintf(b, "\terr = author.%s(p)\n", p.GoName)
	} else {
		fmt.Fprintf(b, "\tauthor.%s(p)\n", p.GoName)
	}
	b.WriteString("\treturn p.Rows, p.Startup, p.Cost, p.Selectivity, p.Operator, err\n}\n")
}
