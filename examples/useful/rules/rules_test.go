package rules

import (
	"testing"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func TestApplies(t *testing.T) {
	row := map[string]any{"n": 3.0, "name": "Ann", "tags": []any{"a", 1.0, []any{}}, "none": nil, "at": map[string]any{"city": "Graz"}}
	for rule, want := range map[string]bool{
		`n > 2 && n*2-1 == 5`: true, `n == "3"`: false, `!(n != 3)`: true, `-n < 0`: true,
		`lower(name) == "ann"`: true, `name < "B"`: true, `has(tags, "a") && !has(tags, 2)`: true,
		`none == null`: true, `at.city == "Graz"`: true, `true || nosuch`: true, `false && nosuch`: false,
	} {
		if got, err := Applies(rule, row); got != want || err != nil {
			t.Errorf("%s: %v %v", rule, got, err)
		}
	}
	for _, bad := range []string{"", "n", "nosuch == 1", "name > 1", "name && true", "tags == tags", "f()", "has(n, n)", "n.x == 1", "func() {}", "n[1]", "has(tags, tags) == at", "'x' == 1"} {
		if got, err := Applies(bad, row); err == nil {
			t.Errorf("%s: %v", bad, got)
		}
	}
}

func PgTestApplies(t *pgtest.T) {
	for _, sql := range []string{
		"CREATE TABLE customers (name text, orders int, countries text[])",
		"INSERT INTO customers VALUES ('Ann', 12, '{at,de}'), ('Bo', 2, '{de}')",
		"CREATE TABLE discounts (percent int, condition text)",
		`INSERT INTO discounts VALUES (10, 'orders >= 10'), (5, 'has(countries, "de") && orders < 5')`,
	} {
		if _, err := pg.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	err := pg.QueryRow(`SELECT string_agg(name || ' ' || percent, ', ' ORDER BY name)
		FROM customers AS c JOIN discounts ON applies(condition, to_jsonb(c))`).Scan(&got)
	if err != nil || got != "Ann 10, Bo 5" {
		t.Error(got, err)
	}
}
