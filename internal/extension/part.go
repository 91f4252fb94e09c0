package extension

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
)

// Part is one thing that the script makes, with everything that it says of it.
type Part struct {
	Kind  string // "type", "function", "procedure", "aggregate", "operator", "cast", "operator class" or "sql"
	Name  string // for people
	Pos   token.Position
	SQL   string
	Line  func(n int) token.Position // where the statement is that has the nth line of SQL; from 1, nil: at Pos
	Needs []string                   // the parts that stand before it because it needs them: KIND NAME of each

	rank     int      // among parts that need nothing of each other
	names    []string // by which others mean it: in SQL, and in Go
	mentions []string // names in its SQL, of whatever they are
	types    []string // names of types in it
	free     bool     // its SQL is the author's: there may be operators and casts in it, of the types that it names
	after    []string // names that the author has given; errors if there is no such part
	before   []string
	needs    []need
}

// need is a part that has to come earlier.
type need struct {
	part *Part
	said bool // by the author; the others are found in the SQL
}

// label names a part in messages.
func (p *Part) label() string { return p.Kind + " " + p.Name }

// The ranks, in the order of a script that nothing else orders.
const (
	rankType = iota
	rankFunction
	rankAggregate
	rankOperator
	rankCast
	rankClass
	rankSQL
)

// parts lists what the script makes, in no order yet.
func (p *Package) parts() ([]*Part, error) {
	var list []*Part
	var err error
	add := func(part Part, write func(*sqltext.Script)) {
		var s sqltext.Script
		write(&s)
		text, e := s.Bytes()
		if err == nil {
			err = e
		}
		part.SQL = string(text)
		part.Pos.Filename = relative(p.base, part.Pos.Filename)
		list = append(list, &part)
	}
	for i := range p.Types {
		t := &p.Types[i]
		add(Part{Kind: "type", Name: t.Name, Pos: t.Pos, rank: rankType,
			names: []string{bare(t.Name), t.GoName}, mentions: namesIn(t.Check), types: t.uses(), free: t.Check != ""}, t.writeSQL)
	}
	for _, b := range p.BaseTypes {
		shell, whole := "shell of "+b.SQLName, b.SQLName
		var functions, operators []string
		for _, f := range b.functions {
			functions = append(functions, f.GoName)
			for _, o := range f.Operators {
				operators = append(operators, o.id(f))
			}
		}
		needed := slices.Clone(functions[:4])
		for _, s := range b.supports {
			functions, needed = append(functions, s.part()), append(needed, s.part())
			s.addPart(p, add)
		}
		if b.Typmod {
			needed = append(needed, "_"+b.GoName+"_typmod_out")
		}
		add(Part{Kind: "type", Name: shell, Pos: b.Pos, rank: rankType, names: []string{shell}, before: functions}, b.writeShell)
		add(Part{Kind: "type", Name: whole, Pos: b.Pos, rank: rankType, names: []string{b.SQLName, b.GoName}, after: needed}, b.writeSQL)
		if b.Ordered {
			class := append(functions[4:], operators...)
			if b.sorting != nil {
				b.sorting.addPart(p, add, b.SQLName)
				class = append(class, b.sorting.part())
			}
			add(Part{Kind: "operator class", Name: b.SQLName + "_ops", Pos: b.Pos, rank: rankClass,
				names: []string{b.SQLName + "_ops"}, types: []string{b.SQLName}, after: class}, b.writeClasses)
		}
	}
	for _, r := range p.Ranges {
		add(r.part(p), func(s *sqltext.Script) { r.writeSQL(s, p) })
	}
	for i := range p.Functions {
		f := &p.Functions[i]
		kind := strings.ToLower(f.Kind.object())
		part := Part{Kind: kind, Name: f.identity(), Pos: f.Pos, rank: rankFunction,
			names: []string{f.SQLName, f.GoName}, mentions: f.mentions(), types: f.uses()}
		part.after = p.plannerParts(supportWord, f.Support)
		add(part, f.writeSQL)
		for j := range f.Operators {
			o := &f.Operators[j]
			add(Part{Kind: "operator", Name: o.id(f), Pos: o.Pos, rank: rankOperator,
				names: []string{o.Symbol, o.id(f)}, mentions: []string{estimator(o.Restrict), estimator(o.Join)}, types: f.uses(),
				after: slices.Concat([]string{f.GoName}, p.plannerParts(restrictWord, o.Restrict), p.plannerParts(joinWord, o.Join))},
				func(s *sqltext.Script) { o.writeSQL(s, f) })
		}
		for j := range f.Casts {
			k := &f.Casts[j]
			add(Part{Kind: "cast", Name: k.id(f), Pos: k.Pos, rank: rankCast, types: f.uses(), after: []string{f.GoName}},
				func(s *sqltext.Script) { k.writeSQL(s, f) })
		}
	}
	for _, a := range p.Aggregates {
		var functions []string
		for _, f := range a.functions() {
			functions = append(functions, f.GoName)
		}
		add(Part{Kind: "aggregate", Name: a.identity(), Pos: a.Pos, rank: rankAggregate,
			names: []string{a.SQLName, a.GoName}, after: functions}, a.writeSQL)
	}
	for _, o := range p.Classes {
		o.addParts(p, add)
	}
	for _, planner := range p.Planners {
		for _, s := range planner.supports {
			s.addPart(p, add)
		}
	}
	for i := range p.Blocks {
		b := &p.Blocks[i]
		place := func(n int) token.Position { // the script has an empty line above the text
			at := b.at(n - 1)
			at.Filename = relative(p.base, at.Filename)
			return at
		}
		add(Part{Kind: "sql", Name: b.Name, Pos: b.Pos, Line: place, rank: rankSQL,
			names: append(b.creates(), b.Name), mentions: b.mentions(), free: true, after: b.Requires, before: b.Before},
			func(s *sqltext.Script) { s.Own(b.Text) })
	}
	return list, err
}

// position writes a place without its column.
func position(p token.Position) string { return fmt.Sprintf("%s:%d", p.Filename, p.Line) }

// bare returns the last part of a type's name, as PostgreSQL folds it.
func bare(name string) string {
	list, err := sqltext.Statements(strings.TrimSuffix(name, "[]"))
	if err != nil || len(list) == 0 || len(list[0].Names) == 0 {
		return ""
	}
	return list[0].Names[len(list[0].Names)-1]
}

// uses lists the types of the columns, or the base type.
func (t *SQLType) uses() []string {
	var list []string
	for _, f := range t.Columns {
		list = append(list, bare(f.Type.SQL))
	}
	if t.Base != "" {
		list = append(list, bare(t.Base))
	}
	return list
}

// uses lists the types of arguments and results.
func (f *Function) uses() []string {
	var list []string
	for _, a := range f.Args {
		list = append(list, bare(a.Type.SQL))
	}
	for _, r := range f.Results {
		list = append(list, bare(r.Type.SQL))
	}
	return list
}

// mentions lists the names in the arguments' defaults.
func (f *Function) mentions() []string {
	var list []string
	for _, a := range f.Args {
		list = append(list, namesIn(a.Default)...)
	}
	return list
}

// namesIn lists the names in an expression.
func namesIn(expression string) []string {
	list, err := sqltext.Statements(expression)
	if err != nil || len(list) == 0 {
		return nil
	}
	return list[0].Names
}

// identity is what names the function in SQL: its name and its arguments' types.
func (f *Function) identity() string {
	var s sqltext.Script
	_, types := f.parameters(&s)
	return s.Name(f.SQLName) + "(" + strings.Join(types, ", ") + ")"
}

// key is what only one function can have: its name and the types of what it is called with.
func (f *Function) key() string {
	types := make([]string, len(f.Args))
	for i, a := range f.Args {
		types[i] = a.Type.SQL
	}
	return f.SQLName + "(" + strings.Join(types, ", ") + ")"
}
