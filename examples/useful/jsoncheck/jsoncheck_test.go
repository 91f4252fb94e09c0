package jsoncheck

import (
	"strings"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

const schema = `{"type": "object", "required": ["name", "items"], "additionalProperties": false, "properties": {
	"name": {"type": "string", "minLength": 2, "pattern": "^[A-Z]"},
	"kind": {"enum": ["a", 2, null]},
	"items": {"type": "array", "maxItems": 3, "items": {"type": ["integer", "null"], "exclusiveMinimum": 0}}}}`

// A table takes what matches, and says no to the rest.
func PgTestCheck(t *pgtest.T) {
	for _, sql := range []string{
		"CREATE TABLE orders (body jsonb CHECK (json_matches('" + schema + "', body)))",
		`INSERT INTO orders VALUES ('{"name": "Ann", "kind": 2, "items": [1, null]}')`,
	} {
		if _, err := pg.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	err := pg.Subtransaction(func() error {
		_, err := pg.Exec(`INSERT INTO orders VALUES ('{"name": "Ann"}')`)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "check constraint") {
		t.Error(err)
	}
	var got string
	err = pg.QueryRow(`SELECT string_agg(path || ': ' || problem, e'\n') FROM json_problems($1::jsonb,
		'{"name": "b", "kind": 3, "items": [0, 1.5, 2, 3], "more": 1}')`, schema).Scan(&got)
	const want = `$: more is not expected
$.items[0]: exclusiveMinimum is 0, and it has 0
$.items[1]: it is of type number, and not [integer null]
$.items: maxItems is 3, and it has 4
$.kind: it is none of [a 2 <nil>]
$.name: minLength is 2, and it has 1
$.name: it does not match ^[A-Z]`
	if err != nil || got != want {
		t.Errorf("%s\n%v", got, err)
	}
	for _, bad := range []string{`{"maximum": "x"}`, `{"pattern": "("}`, `{"nosuch": 1}`, `{"properties": {"a": 1}}`} {
		err := pg.Subtransaction(func() error {
			return pg.QueryRow("SELECT json_matches($1::jsonb, '{\"a\": 1}')::text", bad).Scan(&got)
		})
		if err == nil {
			t.Errorf("%s is taken for a schema", bad)
		}
	}
}
