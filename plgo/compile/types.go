package compile

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
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
	nulls     bool
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

func (n *structNames) Nulls() bool { return n.nulls }

// shape is a function's signature in Go's terms: as its own package has it, and as the
// generator of package main does.
type shape struct {
	sig      body.Signature
	function extension.Function
}

func (f *Function) check() error {
	switch {
	case strings.ContainsRune(f.Source, 0):
		return &RequestError{"the source has a NUL character in it"}
	case f.Name == "":
		return &RequestError{"the function has no name"}
	}
	switch f.Kind {
	case "", KindFunction, KindProcedure, KindTrigger, KindEventTrigger, KindInline:
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

// shape says in Go's terms what SQL declares. Elements of arrays and columns are pointers if nulls.
func (f *Function) shape(nulls bool) (*shape, error) {
	s := &shape{
		sig:      body.Signature{Name: f.Name, Imports: map[string]string{}},
		function: extension.Function{SQLName: f.Name, Fails: true, Strict: f.Strict},
	}
	own := &structNames{nulls: nulls, taken: map[string]string{}}
	main := &structNames{nulls: nulls, taken: map[string]string{}, qualifier: "author."}
	both := func(t SQLType) (inner, outer pgtypes.Type, err error) {
		if inner, err = pgtypes.FromSQL(t.described(), own); err != nil {
			return inner, outer, &RequestError{err.Error()}
		}
		outer, err = pgtypes.FromSQL(t.described(), main)
		s.declare(inner)
		return inner, outer, err
	}
	if f.trigger(s) {
		if len(f.Args) > 0 {
			return nil, &RequestError{"a trigger function cannot have declared arguments; those of CREATE TRIGGER are in t.Args"}
		}
		return s, nil
	}
	var results []Argument
	for _, a := range f.Args {
		if a.Mode == ModeOut || a.Mode == ModeTable || a.Mode == ModeInOut {
			results = append(results, a)
		}
		if a.Mode == ModeOut || a.Mode == ModeTable {
			continue
		}
		inner, outer, err := both(a.Type)
		if err == nil && outer.Code == pgtypes.Void.Code {
			err = &RequestError{"type void is not supported for an argument; use a type that values can have"}
		}
		if err != nil {
			return nil, err
		}
		p := body.Param{Name: a.Name, Type: inner.Go, InOut: a.Mode == ModeInOut && a.Name != ""}
		if !f.Strict {
			inner, outer = inner.Pointer(), outer.Pointer()
			p.Elem, p.Type = p.Type, inner.Go
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
		results = []Argument{{Type: *f.Returns}}
	}
	for _, r := range results {
		inner, outer, err := both(r.Type)
		if err != nil {
			return nil, err
		}
		if outer.Code == pgtypes.Void.Code {
			continue
		}
		if r.Mode == ModeInOut && !f.Strict {
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
func (f *Function) rows(s *shape, columns []Argument, both func(SQLType) (inner, outer pgtypes.Type, err error)) error {
	var row SQLType
	switch {
	case len(columns) > 1:
		row = SQLType{Name: "row", Kind: "c"}
		for _, c := range columns {
			row.Columns = append(row.Columns, SQLColumn{Name: c.Name, Type: c.Type})
		}
	case len(columns) == 1:
		row = columns[0].Type
	case f.Returns != nil:
		row = *f.Returns
	default:
		return &RequestError{"the function returns a set of records that nothing is known of; declare their columns with RETURNS TABLE"}
	}
	inner, outer, err := both(row)
	if err != nil {
		return err
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
	}
}

// finish takes over what the text has decided.
func (s *shape) finish(p *body.Package) extension.Function {
	s.function.GoName, s.function.RowsFail = p.Function, p.RowsFail
	for i, pointer := range p.ResultPointers {
		if pointer && !s.function.Results[i].Type.Nullable {
			s.function.Results[i].Type = s.function.Results[i].Type.Pointer()
		}
	}
	return s.function
}

// wrap makes Go packages of a request: the function's own, which the source gate has
// passed, and what the generator of package main has to know of it.
func wrap(f *Function, importer *packageImporter) (*body.Package, *extension.Package, error) {
	p, s, err := wrapAs(f, importer, false)
	if err != nil {
		// A text that knows of NULL takes elements and columns as pointers.
		p2, s2, err2 := wrapAs(f, importer, true)
		if err2 == nil || mistakes(err2) < mistakes(err) {
			p, s, err = p2, s2, err2
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if err := judge(p); err != nil {
		return nil, nil, err
	}
	return p, &extension.Package{ImportPath: link.FunctionPath, JSON: passesJSON(p), Functions: []extension.Function{s.finish(p)}}, nil
}

// passesJSON reports whether a text may come to pass a map or a struct as JSON.
func passesJSON(p *body.Package) bool {
	if slices.Contains(p.Imports, "encoding/json") {
		return true
	}
	usesSQL := bytes.Contains(p.Plain, []byte("pg.")) || bytes.Contains(p.Plain, []byte(".Set("))
	return usesSQL && (bytes.Contains(p.Plain, []byte("map[")) || bytes.Contains(p.Plain, []byte("`json:")))
}

// mistakes counts what is wrong with a text: of two ways to take it, the author had that
// with less in mind.
func mistakes(err error) int {
	var source *SourceError
	if !errors.As(err, &source) {
		return 0
	}
	return len(source.Diagnostics)
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

func wrapAs(f *Function, importer *packageImporter, nulls bool) (*body.Package, *shape, error) {
	s, err := f.shape(nulls)
	if err != nil {
		return nil, nil, err
	}
	sig := s.sig
	sig.Imports = maps.Clone(sig.Imports)
	p, err := body.Wrap(f.Source, link.FunctionPath, sig, importer)
	if d, ok := err.(body.Diagnostics); ok {
		return nil, nil, &SourceError{d}
	}
	return p, s, err
}
