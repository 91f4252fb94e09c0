package compile

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/plgo/body"
	"github.com/pgstd/pgstd/trust/source"
)

// SQLType describes a type of SQL, as the catalogs have it.
type SQLType struct {
	Name string `json:"name"` // as format_type shows it, without a length
	// Kind is pg_type.typtype: b, c, d, e, m, p or r; empty stands for b.
	Kind    string      `json:"kind,omitempty"`
	Element *SQLType    `json:"element,omitempty"` // of an array
	Base    *SQLType    `json:"base,omitempty"`    // of a domain
	Columns []SQLColumn `json:"columns,omitempty"` // of a composite type
}

// SQLColumn is a column of a composite type.
type SQLColumn struct {
	Name string  `json:"name"`
	Type SQLType `json:"type"`
}

func (t SQLType) described() pgtypes.SQLType {
	d := pgtypes.SQLType{Name: t.Name, Kind: 'b'}
	if t.Kind != "" {
		d.Kind = t.Kind[0]
	}
	if t.Element != nil {
		e := t.Element.described()
		d.Element = &e
	}
	if t.Base != nil {
		b := t.Base.described()
		d.Base = &b
	}
	for _, c := range t.Columns {
		d.Columns = append(d.Columns, pgtypes.SQLColumn{Name: c.Name, Type: c.Type.described()})
	}
	return d
}

// structNames names the structs that stand for composite types. The function's own
// package declares them; in package main they are qualified.
type structNames struct {
	qualifier string
	taking    *taking
	taken     map[string]string // Go name → SQL type
}

func (n *structNames) Struct(sql string) (name, qualified string) {
	name = body.Exported(sql[strings.LastIndexByte(sql, '.')+1:])
	for n.taken[name] != "" && n.taken[name] != sql {
		name += "_"
	}
	n.taken[name] = sql
	return name, n.qualifier + name
}

func (n *structNames) Field(column string) string { return body.Exported(column) }

func (n *structNames) Nulls() bool { return n.taking.elements }

func (n *structNames) Column(name, field string) pgtypes.Manner {
	spot := name + "." + field
	f := n.taking.fields[spot]
	return pgtypes.Manner{
		Nulls:  f == asPointer || n.taking.allFields,
		Unread: f == unmentioned, Kept: f == kept, Dims: n.taking.dims[spot],
	}
}

// rowName is the type of a row of TABLE, which no type in SQL is called: it is a word there.
const rowName = "row"

// resultSpot is where the result is, or the row of a set, among what arrays can be.
const resultSpot = "result"

// argumentSpot is the same for an argument, by its place among those that are declared.
func argumentSpot(i int) string { return strconv.Itoa(i) }

// shape is a function's signature in Go's terms: as its own package has it, and as the
// generator of package main does.
type shape struct {
	sig      body.Signature
	function extension.Function
	structs  map[string]*pgtypes.Record // that the function's own package declares
	arrays   []string                   // where arrays are, as taking.dims names it; not those in structs
}

// maxDebugFile is how long the path of a text can be.
const maxDebugFile = 4096

func (f *Function) check() error {
	switch {
	case strings.ContainsRune(f.Source, 0):
		return &RequestError{"the source has a NUL character in it"}
	case f.Name == "":
		return &RequestError{"the function has no name"}
	case f.Debug != "" && (!filepath.IsAbs(f.Debug) || len(f.Debug) > maxDebugFile):
		return &RequestError{fmt.Sprintf("the file for a debugger has no absolute path of at most %d bytes", maxDebugFile)}
	}
	switch f.Kind {
	case "", KindFunction, KindProcedure, KindTrigger, KindEventTrigger, KindInline:
		if len(f.Parts) > 0 || f.Direct != nil {
			return &RequestError{"only an aggregate has parts, and arguments before WITHIN GROUP"}
		}
	case KindAggregate:
		if err := f.checkAggregate(); err != nil {
			return err
		}
	default:
		return &RequestError{fmt.Sprintf("the function has kind %q, which this compiler does not know", f.Kind)}
	}
	for i, a := range f.Args {
		switch a.Mode {
		case "", ModeIn, ModeOut, ModeInOut, ModeVariadic, ModeTable:
		default:
			return &RequestError{fmt.Sprintf("argument %d has mode %q; there are in, out, inout, variadic and table", i+1, a.Mode)}
		}
	}
	return nil
}

// params has for each argument its place among those that the Go function takes; -1: it is none.
func (f *Function) params() []int {
	places, n := make([]int, len(f.Args)), 0
	for i, a := range f.Args {
		if places[i] = -1; a.Mode != ModeOut && a.Mode != ModeTable {
			places[i] = n
			n++
		}
	}
	return places
}

// columns is how many columns the rows of a set have that TABLE or OUT declares.
func (f *Function) columns() (n int) {
	for _, a := range f.Args {
		if f.Set && (a.Mode == ModeOut || a.Mode == ModeTable || a.Mode == ModeInOut) {
			n++
		}
	}
	return n
}

// shape says in Go's terms what SQL declares, and how the text takes what may be NULL.
func (f *Function) shape(how *taking) (*shape, error) {
	s := &shape{
		sig:      body.Signature{Name: f.Name, File: f.Debug, Imports: map[string]string{}, PG: kit.ModulePath + "/pg"},
		function: extension.Function{SQLName: f.Name, Fails: true, Strict: f.Strict},
		structs:  map[string]*pgtypes.Record{},
	}
	s.sig.Texts = map[string]string{}
	own := &structNames{taking: how, taken: map[string]string{}}
	main := &structNames{taking: how, taken: map[string]string{}, qualifier: "author."}
	if f.columns() > 1 {
		// What the columns of TABLE make; a type of that name is Row_.
		own.taken["Row"], main.taken["Row"] = rowName, rowName
	}
	both := func(t SQLType, spot string) (inner, outer pgtypes.Type, err error) {
		if inner, err = pgtypes.FromSQL(t.described(), own); err != nil {
			return inner, outer, &RequestError{err.Error()}
		}
		outer, err = pgtypes.FromSQL(t.described(), main)
		if r, ok := pgtypes.RangeOf(t.Name); ok && how.ranges {
			inner, outer = r, r
			s.declare(r)
		}
		if pgtypes.IsPolymorphic(t.Name) && how.anys[spot] {
			inner, outer = pgtypes.AnyValue(t.Name), pgtypes.AnyValue(t.Name)
		}
		if whole := how.wholes[spot]; whole != "" && inner.IsArray() {
			inner, outer = inner.Whole(whole, how.elements), outer.Whole(whole, how.elements)
			s.declare(inner)
			return inner, outer, err
		}
		if pgtypes.IsAnyArray(t.Name) && how.lists[spot] {
			inner, outer = pgtypes.AnyList(t.Name, how.elements), pgtypes.AnyList(t.Name, how.elements)
		}
		s.declare(inner)
		if inner.IsArray() && !slices.Contains(s.arrays, spot) {
			s.arrays = append(s.arrays, spot)
		}
		return inner.Dimensions(how.dims[spot]), outer.Dimensions(how.dims[spot]), err
	}
	if f.trigger(s) {
		if len(f.Args) > 0 {
			return nil, &RequestError{"a trigger function cannot have declared arguments; those of CREATE TRIGGER are in t.Args"}
		}
		return s, nil
	}
	var results []Argument
	var spots []string
	for i, a := range f.Args {
		if a.Mode == ModeOut || a.Mode == ModeTable || a.Mode == ModeInOut {
			results = append(results, a)
			spots = append(spots, argumentSpot(i))
		}
		if a.Mode == ModeOut || a.Mode == ModeTable {
			continue
		}
		inner, outer, err := both(a.Type, argumentSpot(i))
		if err == nil && outer.IsAny() && a.Mode == ModeVariadic {
			err = &RequestError{`VARIADIC "any" is not supported, whose calls have any number of arguments; use VARIADIC anyarray`}
		}
		if err == nil && outer.Code == pgtypes.Void.Code {
			err = &RequestError{"type void is not supported for an argument; use a type that values can have"}
		}
		if err != nil {
			return nil, err
		}
		p := body.Param{Name: a.Name, Type: inner.Go, InOut: a.Mode == ModeInOut && a.Name != "", Text: s.text(a.Type, own)}
		if !f.Strict && how.params[len(s.sig.Params)] != asValue {
			inner, outer = inner.Pointer(), outer.Pointer()
			p.Elem, p.Type = p.Type, inner.Go
			p.NilSlice = how.params[len(s.sig.Params)] == asNilSlice
		}
		s.sig.Params = append(s.sig.Params, p)
		s.function.Args = append(s.function.Args, extension.Arg{Name: a.Name, Type: outer})
	}
	if f.Kind == KindProcedure || f.Kind == KindInline {
		s.function.Kind = extension.Procedure
	}
	if f.Set {
		return s, f.rows(s, results, both)
	}
	if len(results) == 0 && f.Returns != nil {
		results, spots = []Argument{{Type: *f.Returns}}, []string{resultSpot}
	}
	for i, r := range results {
		inner, outer, err := both(r.Type, spots[i])
		if err != nil {
			return nil, err
		}
		if outer.Code == pgtypes.Void.Code {
			continue
		}
		if outer.IsAny() {
			return nil, &RequestError{`type "any" is not supported for a result; use anyelement, or a type that values can have`}
		}
		if r.Mode == ModeInOut && !f.Strict && how.inOut(f, r.Name) == asPointer {
			inner, outer = inner.Pointer(), outer.Pointer()
		}
		s.sig.Results = append(s.sig.Results, body.Result{Name: r.Name, Type: inner.Go})
		s.function.Results = append(s.function.Results, extension.Result{Name: r.Name, Type: outer})
	}
	return s, nil
}

// trigger fills in the shape of a function that is called as a trigger.
func (f *Function) trigger(s *shape) bool {
	param := body.Param{}
	switch f.Kind {
	case KindTrigger:
		s.function.Kind = extension.Trigger
		param = body.Param{Name: "t", Type: "*pg.Trigger"}
	case KindEventTrigger:
		s.function.Kind = extension.EventTrigger
		param = body.Param{Name: "e", Type: "*pg.EventTrigger"}
	default:
		return false
	}
	s.sig.Params = []body.Param{param}
	s.sig.Imports["pg"] = kit.ModulePath + "/pg"
	return true
}

// rows fills in what a function that returns a set returns: rows of one type. Those of
// TABLE with several columns are of a struct Row.
func (f *Function) rows(s *shape, columns []Argument, both func(SQLType, string) (inner, outer pgtypes.Type, err error)) error {
	var row SQLType
	switch {
	case len(columns) > 1:
		row = SQLType{Name: rowName, Kind: "c"}
		for _, c := range columns {
			row.Columns = append(row.Columns, SQLColumn{Name: c.Name, Type: c.Type})
		}
	case len(columns) == 1:
		row = columns[0].Type
	case f.Returns != nil:
		row = *f.Returns
	default:
		return &RequestError{"the function returns SETOF void, whose rows have no value; leave out SETOF, or declare the columns of rows with RETURNS TABLE"}
	}
	inner, outer, err := both(row, resultSpot)
	if err != nil {
		return err
	}
	if outer.IsAny() {
		return &RequestError{`type "any" is not supported for the rows of a set; use anyelement, or a type that values can have`}
	}
	s.sig.Set, s.function.Kind = true, extension.Set
	s.sig.Imports["iter"] = "iter"
	s.sig.Results = []body.Result{{Type: inner.Go}}
	s.function.Results = []extension.Result{{Type: outer}}
	return nil
}

// declare notes what a type needs in the function's own package.
func (s *shape) declare(t pgtypes.Type) {
	for _, p := range t.Imports {
		if !strings.HasPrefix(p, kit.ModulePath+"/pg/pgabi") {
			s.sig.Imports[path.Base(p)] = p
		}
	}
	if s.sig.Declarations == nil {
		s.sig.Declarations = map[string]string{}
	}
	for _, r := range t.Records {
		s.sig.Declarations[r.Name] = r.Declaration()
		s.structs[r.Name] = r
	}
}

// wholeStructs names the structs whose rows go somewhere as a whole, with all that they
// consist of: results, and what a text passes on.
func (s *shape) wholeStructs(u *body.Uses) map[string]bool {
	whole := map[string]bool{}
	for _, r := range s.function.Results {
		for _, record := range r.Type.Records {
			whole[record.Name] = true
		}
	}
	for name, r := range s.structs {
		if use := u.Structs[name]; use == nil || !use.Whole {
			continue
		}
		for _, record := range pgtypes.RecordType(r, "").Records {
			whole[record.Name] = true
		}
	}
	return whole
}

// finish takes over what the text has decided.
func (s *shape) finish(p *body.Package) extension.Function {
	s.function.GoName, s.function.RowsFail = p.Function, p.RowsFail
	for i, pointer := range p.ResultPointers {
		if pointer && !s.function.Results[i].Type.Nullable {
			s.function.Results[i].Type = s.function.Results[i].Type.Pointer()
		}
	}
	s.function.ReadInPlace(p.Declaration, p.Types)
	return s.function
}

// judge applies the source gate to a function's package. What it may import has been
// checked; no policy accepts anything else here.
func judge(p *body.Package) error {
	result := source.Check([]*source.Package{{
		Path:   p.Path,
		Module: &source.Module{Path: p.Path, Main: true},
		Files:  []*source.File{{Name: body.FileName, Data: p.Plain, Syntax: p.File, Built: true}},
		Fset:   p.Fset,
		Types:  p.Types,
		Info:   p.Info,

		Function: true,
	}}, nil)
	var diagnostics body.Diagnostics
	for _, f := range result.Findings {
		diagnostics = append(diagnostics, p.LocateLine(f.Pos.Line, f.Pos.Column, f.Message+" ("+f.Rule+")"))
	}
	if diagnostics != nil {
		return &SourceError{diagnostics}
	}
	return nil
}
