package fuzzy

import (
	"strings"
	"testing"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int32
	}{{"", "", 0}, {"Search", "serch", 1}, {"search", "saerch", 1}, {"kitten", "sitting", 3}, {"übung", "ubung", 1}} {
		if got, err := Mistakes(c.a, c.b); got != c.want || err != nil {
			t.Errorf("%s, %s: %d %v", c.a, c.b, got, err)
		}
	}
}

func PgTestIndex(t *pgtest.T) {
	for _, sql := range []string{
		"CREATE TABLE words (word text)",
		"INSERT INTO words VALUES ('search'), ('starch'), ('reach'), ('Serge'), ('perch')",
		"CREATE INDEX ON words USING gin (variants(word))",
		"SET LOCAL enable_seqscan = off",
	} {
		if _, err := pg.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	const query = "FROM words WHERE variants(word) && variants('serch') AND mistakes(word, 'serch') <= 1"
	var found, plan string
	if err := pg.QueryRow("SELECT string_agg(word, ' ' ORDER BY word) " + query).Scan(&found); err != nil || found != "perch search" {
		t.Error(found, err)
	}
	if err := pg.QueryRow("EXPLAIN (FORMAT json) SELECT " + query).Scan(&plan); err != nil || !strings.Contains(plan, "Bitmap Index Scan") {
		t.Error(plan, err)
	}
}
