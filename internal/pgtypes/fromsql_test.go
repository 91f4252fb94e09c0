package pgtypes

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

// goNames makes names as a compiler of functions would.
type goNames struct{}

func (goNames) Struct(sql string) (name, qualified string) {
	name = strings.ToUpper(sql[:1]) + sql[1:]
	return name, "author." + name
}
func (goNames) Nulls() bool { return true }
func (goNames) Column(_, field string) Manner {
	return Manner{Nulls: true, Unread: field == "Unread"}
}
func (goNames) Field(column string) string { return strings.ToUpper(column[:1]) + column[1:] }

func base(name string) SQLType { return SQLType{Name: name, Kind: 'b'} }

func array(element SQLType) SQLType {
	return SQLType{Name: element.Name + "[]", Kind: 'b', Element: &element}
}

func TestFromSQL(t *testing.T) {
	integer, date := base("integer"), base("date")
	inner := SQLType{Name: "inner", Kind: 'c', Columns: []SQLColumn{{"at", date}}}
	outer := SQLType{Name: "outer", Kind: 'c', Columns: []SQLColumn{{"one", inner}, {"all", array(inner)}, {"n", integer}}}
	for _, test := range []struct {
		sql  SQLType
		want string // Go type, get
	}{
		{base("bool"), "bool codec.GetBool[bool]"},
		{base("int4"), "int32 codec.GetInt[int32]"},
		{base("double precision"), "float64 codec.GetFloat8[float64]"},
		{base("text"), "string codec.GetText[string]"},
		{base("character varying"), "string codec.GetText[string]"},
		{base("timestamptz"), "time.Time timecodec.GetTimestamptz"},
		{base("timestamp without time zone"), "time.Time timecodec.GetTimestamp"},
		{date, "time.Time timecodec.GetDate"},
		{base("time"), "time.Duration timecodec.GetTime"},
		{base("interval"), "pg.Interval codec.GetInterval[pg.Interval]"},
		{base("uuid"), "pg.UUID codec.GetUUID[pg.UUID]"},
		{base("numeric"), "pg.Numeric codec.GetText[pg.Numeric]"},
		{base("jsonb"), "json.RawMessage jsoncodec.GetRaw"},
		{base("inet"), "netip.Prefix netcodec.GetPrefix"},
		{base("tsvector"), "string codec.GetText[string]"},
		{SQLType{Name: "mood", Kind: 'e'}, "string codec.GetText[string]"},
		{SQLType{Name: "int4range", Kind: 'r'}, "string codec.GetText[string]"},
		{SQLType{Name: "even", Kind: 'd', Base: &integer}, "int32 codec.GetInt[int32]"},
		{SQLType{Name: "record", Kind: 'p'}, "pg.Record codec.GetRecord[pg.Record]"},
		{SQLType{Name: "anyelement", Kind: 'p'}, "string codec.GetText[string]"},
		{array(integer), "[]*int32 func(s *codec.Slot) ([]*int32, error) { return codec.GetPointers(s, codec.GetInt[int32]) }"},
		{outer, "author.Outer getOuter"},
		{array(inner), "[]*author.Inner func(s *codec.Slot) ([]*author.Inner, error) { return codec.GetPointers(s, getInner) }"},
	} {
		typ, err := FromSQL(test.sql, goNames{})
		if got := typ.Go + " " + typ.Get; err != nil || got != test.want {
			t.Errorf("%s is %s (%v), want %s", test.sql.Name, got, err, test.want)
		}
		if typ.SQL != test.sql.Name && typ.SQL != Canonical(test.sql.Name) {
			t.Errorf("%s is %s in SQL", test.sql.Name, typ.SQL)
		}
	}
	for _, name := range []string{"internal", "cstring", "trigger"} {
		if _, err := FromSQL(SQLType{Name: name, Kind: 'p'}, goNames{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v, err := FromSQL(SQLType{Name: "void", Kind: 'p'}, goNames{}); err != nil || v.Code != Void.Code {
		t.Errorf("void: %v, %v", v, err)
	}

	typ, err := FromSQL(outer, goNames{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "type Outer struct {\n\tOne *author.Inner `pg:\"one\"`\n\tAll *[]*author.Inner `pg:\"all\"`\n\tN *int32 `pg:\"n\"`\n}\n"
	if got := typ.Records[len(typ.Records)-1].Declaration(); got != want {
		t.Errorf("declaration is\n%s\nwant\n%s", got, want)
	}
	if typ.Records[0].Go != "author.Inner" || !slices.Contains(typ.Imports, timePath) {
		t.Errorf("records %v, imports %v", typ.Records, typ.Imports)
	}
	const details = "\x03\x00\x03one\x12\x01\x00\x02at\x0a\x03all\x11\x12\x01\x00\x02at\x0a\x01n\x03"
	if typ.Details != details {
		t.Errorf("details are %q, want %q", typ.Details, details)
	}
}

// Whatever is in the table is found by both of its names.
func TestTable(t *testing.T) {
	for _, e := range table {
		if found, ok := lookup(e.Go, e.SQL); !ok || found.Get != e.Get {
			t.Errorf("%s as %s: %+v", e.Go, e.SQL, found)
		}
		if _, ok := lookup(e.Go, ""); !ok {
			t.Errorf("%s stands for no SQL type by itself", e.Go)
		}
		if Canonical(e.SQL) != e.SQL {
			t.Errorf("%s is a synonym of %s", e.SQL, Canonical(e.SQL))
		}
		if name, _, _ := strings.Cut(e.Go, "."); !strings.HasPrefix(e.Go, "[") && !token.IsIdentifier(name) {
			t.Errorf("%s is no Go type", e.Go)
		}
	}
	for synonym, name := range synonyms {
		if !Known(name) && !slices.Contains([]string{"character varying", "character", "time with time zone", "bit varying"}, name) {
			t.Errorf("%s stands for %s, which is unknown", synonym, name)
		}
	}
	if len(Details(make([]Field, MaxFields))) != 2+MaxFields*2 {
		t.Error("a record of the most fields is not described whole")
	}
}
