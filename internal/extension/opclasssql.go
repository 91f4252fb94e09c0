package extension

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

// addOperatorClasses adds the functions of the operator classes to those of the package.
func (c *collector) addOperatorClasses(p *Package, byKey map[string]token.Position) {
	for _, o := range p.Classes {
		for _, s := range o.supports {
			f := s.behind
			if c.taken(byKey, f.key(), f.Pos) || s.entry != "" && c.taken(byKey, s.key(), f.Pos) {
				continue
			}
			f.Index = len(p.Functions)
			p.Functions = append(p.Functions, *f)
		}
		c.checkOperatorsOf(p, o)
	}
}

// checkOperatorsOf looks for the operators of a class. Those of types that exist already may, too.
func (c *collector) checkOperatorsOf(p *Package, o *OperatorClass) {
	known := map[string]bool{}
	for i := range p.Functions {
		for j := range p.Functions[i].Operators {
			known[p.Functions[i].Operators[j].id(&p.Functions[i])] = true
		}
	}
	if !p.makes(o.Value.SQL) {
		return
	}
	for _, id := range o.operatorIDs() {
		if !known[id] {
			c.addAt(o.Pos, "%s is for the operator %s, which the package does not make; put %s above a function of these two arguments", o.GoName, id, operatorName)
		}
	}
}

// makes reports whether the package makes a type.
func (p *Package) makes(sql string) bool {
	return slices.ContainsFunc(p.BaseTypes, func(b *BaseType) bool { return sqltext.Identifier(b.SQLName) == sql }) ||
		slices.ContainsFunc(p.Types, func(t SQLType) bool { return t.Name == sql })
}

// operatorIDs are the operators of the class, by what identifies them.
func (o *OperatorClass) operatorIDs() []string {
	var list []string
	for _, symbol := range slices.Concat(o.Operators, o.Order) {
		list = append(list, fmt.Sprintf("%s(%s, %s)", symbol, o.Value.SQL, o.Query.SQL))
	}
	return list
}

// key is what only one function can have: its name and the types of its arguments.
func (s *support) key() string { return s.behind.SQLName + "(" + strings.Join(s.args, ", ") + ")" }

// part names the function among the parts of a script.
func (s *support) part() string { return "support " + s.key() }

// sqlType writes the name of a type, which may be one that no author has named.
func sqlType(s *sqltext.Script, name string) string {
	if name == "internal" || name == "void" || name == "cstring" || name == "cstring[]" || name == `"char"` {
		return name
	}
	return s.Type(name)
}

// writeSQL writes the function that PostgreSQL calls.
func (s *support) writeSQL(script *sqltext.Script, p *Package) {
	types := make([]string, len(s.args))
	for i, a := range s.args {
		types[i] = sqlType(script, a)
	}
	name := script.Name(s.behind.SQLName)
	volatility := "IMMUTABLE"
	if s.stable {
		volatility = "STABLE"
	}
	script.Raw("\nCREATE FUNCTION %s(%s) RETURNS %s\n\tAS 'MODULE_PATHNAME', %s\n\tLANGUAGE C %s STRICT PARALLEL SAFE;\n",
		name, strings.Join(types, ", "), sqlType(script, s.result), script.Text(s.symbol(p)), volatility)
}

// symbol names the entry, too: a module of another version, in which the class is of another kind, has
// none that would take PostgreSQL's structures for its own.
func (s *support) symbol(p *Package) string {
	return p.Functions[s.behind.Index].Symbol + supportSuffix + strings.TrimPrefix(s.entry, "pgstd_pg")
}

// addPart adds the function to the parts of a script.
func (s *support) addPart(p *Package, add func(Part, func(*sqltext.Script)), uses ...string) {
	part := Part{Kind: "function", Name: s.key(), Pos: s.behind.Pos, rank: rankFunction,
		names: []string{s.part()}, after: []string{s.behind.GoName}, types: uses}
	add(part, func(script *sqltext.Script) { s.writeSQL(script, p) })
}

// supports are all functions that PostgreSQL calls with structures of its own.
func (p *Package) supports() (list []*support) {
	for _, b := range p.BaseTypes {
		list = append(list, b.supports...)
		if b.sorting != nil {
			list = append(list, b.sorting)
		}
		if b.formerSorting != nil {
			list = append(list, b.formerSorting)
		}
	}
	for _, o := range p.Classes {
		list = append(list, o.supports...)
	}
	for _, planner := range p.Planners {
		list = append(list, planner.supports...)
	}
	return slices.DeleteFunc(list, func(s *support) bool { return s.entry == "" })
}

// parts are what the class consists of, in the script.
func (o *OperatorClass) addParts(p *Package, add func(Part, func(*sqltext.Script))) {
	class := Part{Kind: "operator class", Name: o.SQLName + " USING " + o.Method.name, Pos: o.Pos, rank: rankClass,
		names: []string{o.GoName, o.SQLName}, types: []string{bare(o.Value.SQL), bare(o.Key.SQL)}}
	for _, s := range o.supports {
		if s.entry == "" {
			class.after = append(class.after, s.behind.GoName)
			continue
		}
		class.after = append(class.after, s.part())
		s.addPart(p, add, class.types...)
	}
	for i := range p.Functions {
		for j := range p.Functions[i].Operators {
			if id := p.Functions[i].Operators[j].id(&p.Functions[i]); slices.Contains(o.operatorIDs(), id) {
				class.after = append(class.after, id)
			}
		}
	}
	add(class, o.writeSQL)
}

func (o *OperatorClass) writeSQL(s *sqltext.Script) {
	var parts []string
	value, query := s.Type(o.Value.SQL), s.Type(o.Query.SQL)
	for i, symbol := range o.Operators {
		parts = append(parts, fmt.Sprintf("OPERATOR %d %s(%s, %s)", o.strategy(i), symbol, value, query))
	}
	for i, symbol := range o.Order {
		parts = append(parts, fmt.Sprintf("OPERATOR %d %s(%s, %s) FOR ORDER BY pg_catalog.float_ops", len(o.Operators)+i+1, symbol, value, query))
	}
	for _, f := range slices.SortedFunc(slices.Values(o.supports), func(a, b *support) int { return cmp.Compare(a.number, b.number) }) {
		if f.number == 0 {
			continue
		}
		types := make([]string, len(f.args))
		for i, a := range f.args {
			types[i] = sqlType(s, a)
		}
		parts = append(parts, fmt.Sprintf("FUNCTION %d %s(%s)", f.number, s.Name(f.behind.SQLName), strings.Join(types, ", ")))
	}
	if o.Key.SQL != o.Value.SQL && !o.isTree() {
		parts = append(parts, "STORAGE "+s.Type(o.Key.SQL))
	}
	byDefault := ""
	if o.Default {
		byDefault = "DEFAULT "
	}
	name := s.Name(o.SQLName)
	s.Raw("\nCREATE OPERATOR CLASS %s\n\t%sFOR TYPE %s USING %s AS\n\t%s%s;\n", name, byDefault, value, o.Method.name, strings.Join(parts, ",\n\t"), o.ownSupport())
	if o.Doc != "" {
		s.Raw("COMMENT ON OPERATOR CLASS %s USING %s IS %s;\n", name, o.Method.name, s.Text(o.Doc))
	}
}
