package pgtypes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SQLType is what the catalog knows of a type.
type SQLType struct {
	Name    string      // as format_type shows it, without a length or precision
	Kind    byte        // pg_type.typtype: b, c, d, e, m, p or r
	Element *SQLType    // of an array
	Base    *SQLType    // of a domain
	Columns []SQLColumn // of a composite type
}

// SQLColumn is a column of a composite type.
type SQLColumn struct {
	Name string
	Type SQLType
}

// Names makes the names of Go types and fields for composite types.
type Names interface {
	// Struct returns an exported name that is not taken, and how to write it where it
	// is used.
	Struct(sql string) (name, qualified string)
	Field(column string) string // an exported name
	// Nulls says that elements of arrays are pointers, as they may be NULL.
	Nulls() bool
	// Column says how a column of a struct is taken.
	Column(name, field string) Manner
}

// Manner is how a column is taken.
type Manner struct {
	Nulls bool // as a pointer, as it may be NULL
	// Unread columns are those that nobody reads: the struct has no field for them.
	Unread bool
	// Kept ones nobody reads either, but they are part of a row that goes on: whatever the
	// column has, it has to have afterwards.
	Kept bool
	Dims int // of an array, if they are more than one
}

// FromSQL returns the best Go type for an SQL type. A composite type becomes a Record
// that has to be declared; see [Record.Declaration].
func FromSQL(t SQLType, names Names) (Type, error) {
	return fromSQL(t, names, map[string]*Record{})
}

func fromSQL(t SQLType, names Names, records map[string]*Record) (Type, error) {
	name := Canonical(t.Name)
	switch {
	case name == "void":
		return Void, nil
	case t.Kind == 'd' && t.Base != nil:
		base, err := fromSQL(*t.Base, names, records)
		return base.As(t.Name), err
	case t.Element != nil:
		element, err := fromSQL(*t.Element, names, records)
		if err != nil {
			return Type{}, err
		}
		if names.Nulls() {
			element = element.Pointer()
		}
		return element.Slice().As(t.Name), nil
	case t.Kind == 'c':
		record, ok := records[name]
		if !ok {
			record = &Record{}
			record.Name, record.Go = names.Struct(t.Name)
			records[name] = record
			for _, c := range t.Columns {
				column, err := fromSQL(c.Type, names, records)
				if err != nil {
					return Type{}, fmt.Errorf("column %s of %s: %w", c.Name, t.Name, err)
				}
				field := names.Field(c.Name)
				for record.has(field) {
					field += "_"
				}
				manner := names.Column(record.Name, field)
				switch {
				case manner.Kept && column.IsArray():
					if column, err = kept(c.Type, names, records); err != nil {
						return Type{}, err
					}
				case manner.Nulls || manner.Kept:
					column = column.Dimensions(manner.Dims).Pointer()
				default:
					column = column.Dimensions(manner.Dims)
				}
				if manner.Unread {
					record.unread = append(record.unread, field)
				} else {
					record.Fields = append(record.Fields, Field{Go: field, SQL: c.Name, Type: column})
				}
			}
		}
		return RecordType(record, t.Name), nil
	case t.Kind == 'p' && !Known(name) && !strings.HasPrefix(name, "any"):
		return Type{}, fmt.Errorf("type %s is not supported; use a type that values can have", t.Name)
	}
	for _, e := range table {
		if e.SQL == name && !e.foreign && !e.asked {
			return e, nil
		}
	}
	// Whatever has no type in Go crosses as text.
	text, _ := lookup("string", "text")
	return text.As(t.Name), nil
}

// kept returns the type of an array that nobody looks into: it keeps all that SQL knows of
// it, and takes what others fill it with.
func kept(t SQLType, names Names, records map[string]*Record) (Type, error) {
	array := &t
	for array.Element == nil {
		if array.Base == nil {
			return fromSQL(t, names, records)
		}
		array = array.Base
	}
	element, err := fromSQL(*array.Element, names, records)
	return wholeOf(element.Pointer(), "Array", "Whole").As(t.Name).Pointer(), err
}

// has reports whether there is a field of a name already: columns can differ in what Go
// names cannot have.
func (r *Record) has(field string) bool {
	return slices.Contains(r.unread, field) || slices.ContainsFunc(r.Fields, func(f Field) bool { return f.Go == field })
}

// Declaration is the Go declaration of the struct.
func (r *Record) Declaration() string {
	var b strings.Builder
	fmt.Fprintf(&b, "type %s struct {\n", r.Name)
	for _, f := range r.Fields {
		fmt.Fprintf(&b, "\t%s %s %s\n", f.Go, f.Type.Go, quotedTag(fmt.Sprintf("pg:%q", f.SQL)))
	}
	b.WriteString("}\n")
	return b.String()
}

// quotedTag is a tag as a literal; a column's name may have a backquote in it.
func quotedTag(tag string) string {
	if strings.Contains(tag, "`") {
		return strconv.Quote(tag)
	}
	return "`" + tag + "`"
}

// OrderedAsText reports whether SQL orders the values of a type, whose name is canonical, as Go
// does their texts, but for collations.
func OrderedAsText(sql string) bool {
	switch sql {
	case "text", "character varying", "character", "bpchar", "name", `"char"`, "unknown", "cstring", "refcursor",
		"bit", "bit varying", "uuid", "macaddr", "macaddr8":
		return true
	}
	return sql == "citext" || strings.HasSuffix(sql, ".citext") // in the schema of its extension
}

// Canonical returns the name by which the table knows an SQL type, and any other
// name as it is.
func Canonical(sql string) string {
	element, isArray := strings.CutSuffix(sql, "[]")
	if full, ok := synonyms[strings.ToLower(element)]; ok {
		element = full
	}
	if isArray {
		return element + "[]"
	}
	return element
}
