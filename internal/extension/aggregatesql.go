package extension

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

// functions lists the functions of the aggregate.
func (a *Aggregate) functions() []*Function {
	return slices.DeleteFunc([]*Function{a.Step, a.Final, a.Combine, a.Serialize, a.Deserialize, a.Inverse},
		func(f *Function) bool { return f == nil })
}

// parameters returns the aggregate's parameters as CREATE takes them, and what names it in COMMENT.
func (a *Aggregate) parameters(s *sqltext.Script) (create, comment string) {
	list := func(f *Function) (params, types []string) {
		g := *f
		g.Args, g.Results = f.Args[1:], nil
		return g.parameters(s)
	}
	params, types := list(a.Step)
	if !a.Ordered {
		return strings.Join(params, ", "), strings.Join(types, ", ")
	}
	final := *a.Final
	final.Args = final.Args[:len(final.Args)-final.Untouched]
	direct, directTypes := list(&final)
	if a.sharesNames() {
		params = types
	}
	return strings.TrimSpace(strings.Join(direct, ", ") + " ORDER BY " + strings.Join(params, ", ")),
		strings.TrimSpace(strings.Join(directTypes, ", ") + " ORDER BY " + strings.Join(types, ", "))
}

// sharesNames reports whether Step and Final have an argument of one name, which in SQL would
// be two parameters of it.
func (a *Aggregate) sharesNames() bool {
	return slices.ContainsFunc(a.Step.Args[1:], func(x Arg) bool {
		return slices.ContainsFunc(a.Final.Args[1:len(a.Final.Args)-a.Final.Untouched], func(y Arg) bool { return x.Name == y.Name })
	})
}

// identity is what names the aggregate in SQL.
func (a *Aggregate) identity() string {
	var s sqltext.Script
	_, types := a.parameters(&s)
	return s.Name(a.SQLName) + "(" + types + ")"
}

func (a *Aggregate) writeSQL(s *sqltext.Script) {
	create, types := a.parameters(s)
	if types == "" {
		create, types = "*", "*"
	}
	parts := []string{"SFUNC = " + s.Name(a.Step.SQLName), "STYPE = internal"}
	add := func(word, value string) {
		if value != "" {
			parts = append(parts, word+" = "+value)
		}
	}
	function := func(word string, f *Function) {
		if f != nil {
			add(word, s.Name(f.SQLName))
		}
	}
	add("SSPACE", a.Space)
	function("FINALFUNC", a.Final)
	if a.Final.Untouched > 0 {
		parts = append(parts, "FINALFUNC_EXTRA")
	}
	if a.FinalChanges {
		add("FINALFUNC_MODIFY", "READ_WRITE")
	} else {
		add("FINALFUNC_MODIFY", "READ_ONLY")
	}
	function("COMBINEFUNC", a.Combine)
	function("SERIALFUNC", a.Serialize)
	function("DESERIALFUNC", a.Deserialize)
	if a.Inverse != nil {
		function("MSFUNC", a.Step)
		function("MINVFUNC", a.Inverse)
		add("MSTYPE", "internal")
		add("MSSPACE", a.Space)
		function("MFINALFUNC", a.Final)
		if a.Final.Untouched > 0 {
			parts = append(parts, "MFINALFUNC_EXTRA")
		}
	}
	add("SORTOP", a.SortOperator)
	add("PARALLEL", strings.ToUpper(a.Parallel))
	if a.Hypothetical {
		parts = append(parts, "HYPOTHETICAL")
	}
	name := s.Name(a.SQLName)
	s.Raw("\nCREATE AGGREGATE %s(%s) (\n\t%s\n);\n", name, create, strings.Join(parts, ",\n\t"))
	if a.Doc != "" {
		s.Raw("COMMENT ON AGGREGATE %s(%s) IS %s;\n", name, types, s.Text(a.Doc))
	}
}

// key is what only one aggregate or function can have.
func (a *Aggregate) key() string {
	types := []string{}
	if a.Ordered {
		for _, arg := range a.Final.Args[1 : len(a.Final.Args)-a.Final.Untouched] {
			types = append(types, arg.Type.SQL)
		}
	}
	for _, arg := range a.Step.Args[1:] {
		types = append(types, arg.Type.SQL)
	}
	return fmt.Sprintf("%s(%s)", a.SQLName, strings.Join(types, ", "))
}

// taken notes that a function or aggregate is made, and reports it if there is one already.
func (c *collector) taken(byKey map[string]token.Position, key string, pos token.Position) bool {
	first, dup := byKey[key]
	if dup {
		c.addAt(pos, "%s is already made at %s; give one of them another name with name=", key, c.shown(first))
	}
	byKey[key] = pos
	return dup
}

// addAggregates adds the functions of the aggregates to those of the package.
func (c *collector) addAggregates(p *Package, byKey map[string]token.Position) {
	for _, a := range p.Aggregates {
		if c.taken(byKey, a.key(), a.Pos) {
			continue
		}
		for _, f := range a.functions() {
			if !c.taken(byKey, f.key(), f.Pos) {
				f.GoName = "_" + strings.ReplaceAll(f.GoName, ".", "_") // no function of the author's is called so
				f.Index = len(p.Functions)
				p.Functions = append(p.Functions, *f)
			}
		}
	}
}
