package cel

import (
	"strings"
	"testing"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func TestHolds(t *testing.T) {
	row := map[string]any{"orders": 12.0, "name": "Ann", "countries": []any{"at", "de"}, "none": nil}
	for condition, want := range map[string]bool{
		`row.orders >= 10.0`:                                true,
		`row.name.lowerAscii().startsWith("an")`:            true,
		`"at" in row.countries && row.countries.size() > 2`: false,
		`row.none == null`:                                  true,
		`has(row.nosuch)`:                                   false,
		`row.countries.exists(c, c == "de")`:                true,
	} {
		if got, err := Holds(condition, row); got != want || err != nil {
			t.Errorf("%s: %v %v", condition, got, err)
		}
	}
	for condition, want := range map[string]string{
		`row.nosuch == 1.0`: "no such key",
		`row.name`:          "neither true nor false",
		`1 + 2`:             "of type int",
		`row.`:              "Syntax error",
		`nosuch`:            "undeclared reference",
		`row.orders > 1.0 && [1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))`: "cost limit exceeded",
	} {
		if got, err := Holds(condition, row); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v %v", condition, got, err)
		}
	}
}

func PgTestHolds(t *pgtest.T) {
	for _, sql := range []string{
		"CREATE TABLE customers (name text, orders int, countries text[])",
		"INSERT INTO customers VALUES ('Ann', 12, '{at,de}'), ('Bo', 2, '{de}')",
		"CREATE TABLE discounts (percent int, condition text CHECK (cel_error(condition) IS NULL))",
		`INSERT INTO discounts VALUES (10, 'row.orders >= 10.0'), (5, '"de" in row.countries && row.orders < 5.0')`,
	} {
		if _, err := pg.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	err := pg.QueryRow(`SELECT string_agg(name || ' ' || percent, ', ' ORDER BY name)
		FROM customers AS c JOIN discounts ON cel(condition, to_jsonb(c))`).Scan(&got)
	if err != nil || got != "Ann 10, Bo 5" {
		t.Error(got, err)
	}
	if _, err := pg.Exec("INSERT INTO discounts VALUES (1, 'row.orders >>')"); err == nil || !strings.Contains(err.Error(), "check constraint") {
		t.Error(err)
	}
}
