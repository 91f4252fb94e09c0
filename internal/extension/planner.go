package extension

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

const plannerForm = "func(p *pg.Planner), which can return an error"

// Planner is a function of the author's that the planner asks about others.
type Planner struct {
	GoName  string
	Pos     token.Position
	fails   bool
	support *support
}

// wantedPlanner is a support= word that names one.
type wantedPlanner struct {
	name string
	pos  token.Pos
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
	done := map[string]bool{}
	for _, w := range c.wantedPlanners {
		fn := declared[w.name]
		switch {
		case fn == nil:
			c.addf(w.pos, "support=%s is no function of the package; write one: %s", w.name, plannerForm)
			continue
		case done[w.name]:
			continue
		}
		done[w.name] = true
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
			c.addf(fn.Name.Pos(), "%s is named by support=, and so is a %s", w.name, plannerForm)
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
	p.support = &support{args: []string{"internal"}, result: "internal", entry: "pgstd_pg_plan_support", stable: true, behind: f}
	return f
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
