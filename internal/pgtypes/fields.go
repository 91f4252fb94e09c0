package pgtypes

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"strings"
)

// Columns returns the fields of a struct of the author's that has no directive, as the columns
// of rows that have no name as a type.
func (r *Resolver) Columns(n *types.Named) ([]Field, error) {
	s, ok := n.Underlying().(*types.Struct)
	if !ok {
		return nil, fmt.Errorf("%s is no struct", n.Obj().Name())
	}
	record, err := r.record(n, s)
	if err != nil {
		return nil, err
	}
	return record.Fields, nil
}

func (r *Resolver) record(n *types.Named, s *types.Struct) (*Record, error) {
	name := n.Obj()
	if done := r.records[name]; done != nil {
		return done, nil
	}
	if r.open[name] {
		return nil, fmt.Errorf("%s contains itself, which a composite type cannot", name.Name())
	}
	if r.records == nil {
		r.records, r.open = map[*types.TypeName]*Record{}, map[*types.TypeName]bool{}
	}
	r.open[name] = true
	defer delete(r.open, name)
	record := &Record{Name: name.Name(), Go: authorName(n)}
	faults := &FieldErrors{Of: name}
	seen := map[string]string{}
	for i := range s.NumFields() {
		f := s.Field(i)
		column, sql, err := field(s.Tag(i))
		if column == "-" {
			continue
		}
		if column == "" {
			column = r.Column(f.Name())
		}
		var t Type
		if err == nil {
			t, err = r.column(name, f, column, sql, seen)
		}
		if err != nil {
			faults.List = append(faults.List, FieldError{f.Pos(), err})
			continue
		}
		seen[column] = f.Name()
		record.Fields = append(record.Fields, Field{Go: f.Name(), SQL: column, Type: t})
	}
	switch {
	case faults.List != nil:
		return nil, faults
	case len(record.Fields) == 0:
		return nil, fmt.Errorf("%s has no fields, but a composite type has some", name.Name())
	case len(record.Fields) > MaxFields:
		return nil, fmt.Errorf("%s has %d fields; allowed are %d", name.Name(), len(record.Fields), MaxFields)
	}
	r.records[name] = record
	return record, nil
}

// column finds the type of a field, which is a column of that name; seen has those before it.
func (r *Resolver) column(of *types.TypeName, f *types.Var, column, sql string, seen map[string]string) (Type, error) {
	switch {
	case f.Embedded():
		return Type{}, fmt.Errorf("field %s of %s is embedded; give it a name", f.Name(), of.Name())
	case !f.Exported():
		return Type{}, fmt.Errorf("field %s of %s is not exported; export it, or leave it out with the tag `pg:\"-\"`", f.Name(), of.Name())
	case seen[column] != "":
		return Type{}, fmt.Errorf("fields %s and %s of %s are both column %s; rename one with the tag `pg:\"NAME\"`", seen[column], f.Name(), of.Name(), column)
	case len(column) > 63:
		return Type{}, fmt.Errorf("column name %s of field %s has more than 63 bytes; rename it with the tag `pg:\"NAME\"`", column, f.Name())
	}
	t, err := r.Resolve(f.Type(), sql)
	if err = NamedWith(err, "the tag `pg:\",jsonb\"`"); err != nil {
		return Type{}, fmt.Errorf("field %s of %s: type %s is not supported; %w", f.Name(), of.Name(), types.TypeString(f.Type(), shortName), err)
	}
	if t.IsAny() {
		return Type{}, fmt.Errorf("field %s of %s: %w", f.Name(), of.Name(), errNoPart)
	}
	if t.View() {
		return Type{}, fmt.Errorf("field %s of %s is a pg.View, which only an argument can be; use a slice", f.Name(), of.Name())
	}
	return t, nil
}

// FieldErrors are the mistakes in the fields of a struct; as an error, the first of them.
type FieldErrors struct {
	Of   *types.TypeName
	List []FieldError
}

// FieldError is a mistake in a field.
type FieldError struct {
	Pos token.Pos
	Err error
}

func (e *FieldErrors) Error() string { return e.List[0].Err.Error() }
func (e *FieldErrors) Unwrap() error { return e.List[0].Err }

// field reads a tag: `pg:"column,type"`, of which each part may be left out.
func field(tag string) (column, sql string, err error) {
	value, ok := reflect.StructTag(tag).Lookup("pg")
	if !ok && strings.Contains(tag, "pg:") {
		return "", "", fmt.Errorf("the tag `%s` cannot be read; write `pg:\"COLUMN,TYPE\"`", tag)
	}
	column, sql, _ = strings.Cut(value, ",")
	return column, sql, nil
}
