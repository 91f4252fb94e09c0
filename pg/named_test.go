package pg

import (
	"reflect"
	"testing"
)

func TestNamedArgs(t *testing.T) {
	for _, c := range []struct {
		query, want string
		args        []any
	}{
		{"SELECT @a", "SELECT $1", []any{1}},
		{"SELECT @a, @b, @a", "SELECT $1, $2, $1", []any{1, 2}},
		{"SELECT '@a', \"@a\", @b", "SELECT '@a', \"@a\", $1", []any{2}},
		{"SELECT 'it''s @a', @b", "SELECT 'it''s @a', $1", []any{2}},
		{`SELECT E'a''b\'@a', @b`, `SELECT E'a''b\'@a', $1`, []any{2}},
		{`SELECT '\', @b`, `SELECT '\', $1`, []any{2}},
		{"-- @a\nSELECT @b", "-- @a\nSELECT $1", []any{2}},
		{"/* @a /* */ @a */ SELECT @b", "/* @a /* */ @a */ SELECT $1", []any{2}},
		{"SELECT $$@a$$, $x$ @a $$ $x$, @b", "SELECT $$@a$$, $x$ @a $$ $x$, $1", []any{2}},
		{"SELECT a <@ b, c @> d, e @@ f WHERE x=@a", "SELECT a <@ b, c @> d, e @@ f WHERE x=$1", []any{1}},
		{"SELECT a$b$, @a", "SELECT a$b$, $1", []any{1}},
		{"SELECT @a::int", "SELECT $1::int", []any{1}},
		{"SELECT 'open @a", "SELECT 'open @a", nil},
		{"@", "@", nil},
	} {
		query, args, err := NamedArgs{"a": 1, "b": 2}.positional(c.query)
		if err != nil || query != c.want || !reflect.DeepEqual(args, c.args) {
			t.Errorf("%s became %s, %v, %v", c.query, query, args, err)
		}
	}
	if _, _, err := (NamedArgs{}).positional("SELECT @gone"); err == nil || err.Error() != "pg: there is no argument for @gone" {
		t.Error(err)
	}
}

func TestQuote(t *testing.T) {
	for _, c := range [][2]string{
		{QuoteIdent("a"), `"a"`}, {QuoteIdent(`a"b`, "C"), `"a""b"."C"`}, {QuoteIdent("a\x00b"), `"a"`}, {QuoteIdent(""), `""`},
		{QuoteLiteral("it's"), `'it''s'`}, {QuoteLiteral(`a\'b`), ` E'a\\''b'`}, {QuoteLiteral("a\x00b"), `'a'`},
	} {
		if c[0] != c[1] {
			t.Errorf("%s, want %s", c[0], c[1])
		}
	}
}

func TestFields(t *testing.T) {
	type inner struct{ A, B int }
	type outer struct {
		inner
		OrderID int
		Other   string `pg:"x"`
		Third   string `db:"y,omitempty"`
		Gone    int    `pg:"-"`
		hidden  int
	}
	typ := reflect.TypeFor[outer]()
	var plan fieldPlan
	for _, c := range []struct {
		columns []string
		how     match
		want    string
	}{
		{[]string{"y", "x", "order_id", "b", "a"}, wholeRow, ""},
		{[]string{"y", "x", "order_id", "b", "a", "more"}, wholeRow, "pg: pg.outer has no field for column more"},
		{[]string{"y", "x", "order_id", "b", "a", "more"}, partOfRow, ""},
		{[]string{"x", "order_id", "b", "a"}, wholeRow, "pg: the row has no column for field Third of pg.outer; its columns are x, order_id, b, a"},
		{[]string{"x", "order_id", "b", "a"}, wholeRowLax, ""},
		{[]string{"x", "order_id", "b", "a", "a"}, wholeRowLax, "pg: pg.outer has no field for column a"},
		{[]string{"1", "2", "3", "4", "5"}, byPosition, ""},
		{[]string{"1"}, byPosition, "pg: the row has 1 columns, pg.outer has 5 fields"},
	} {
		fields, err := plan.find(typ, c.columns, c.how)
		if err == nil && c.want != "" || err != nil && err.Error() != c.want {
			t.Errorf("%v: %v, want %s", c.columns, err, c.want)
		}
		if err == nil {
			destinationsIn(reflect.ValueOf(&outer{hidden: 1}).Elem(), fields)
		}
	}
}
