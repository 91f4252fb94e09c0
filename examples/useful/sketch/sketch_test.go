package sketch

import (
	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

// Days are counted apart and together, from a table that keeps sketches alone.
func PgTestSketch(t *pgtest.T) {
	_, err := pg.Exec(`CREATE TABLE days AS
		SELECT day, sketch_of(visitor::text) AS seen
		FROM generate_series(1, 3) AS day, generate_series(day * 1000, day * 1000 + 9999) AS visitor GROUP BY day`)
	if err != nil {
		t.Fatal(err)
	}
	var least, most, together, again float64
	err = pg.QueryRow(`SELECT min(sketch_count(seen)), max(sketch_count(seen)), sketch_count(sketch_union(seen)),
		sketch_count(sketch_union(seen::text::sketch)) FROM days`).Scan(&least, &most, &together, &again)
	if err != nil || least < 9500 || most > 10500 || together < 11400 || together > 12600 || again != together {
		t.Error(least, most, together, again, err)
	}
	var few, none float64
	err = pg.QueryRow(`SELECT sketch_count(sketch_of(x)), sketch_count(sketch_of(x) FILTER (WHERE false))
		FROM unnest('{a,b,b,c}'::text[]) AS x`).Scan(&few, &none)
	if err != nil || few != 3 || none != 0 {
		t.Error(few, none, err)
	}
}
