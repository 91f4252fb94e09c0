package geohash

import (
	"testing"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func TestCell(t *testing.T) {
	g, err := Cell(57.64911, 10.40744, 11)
	if text, _ := g.MarshalText(); string(text) != "u4pruydqqvj" || err != nil {
		t.Error(string(text), err)
	}
	for _, text := range []string{"", "a", "0123456789bcd"} {
		if g.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func PgTestType(t *pgtest.T) {
	var got string
	err := pg.QueryRow(`SELECT string_agg(g::text, ' ' ORDER BY g) FROM
		(VALUES ('u4pruydqqvj'::geohash), (geohash_of(57.64911, 10.40744)), ('ezs42')) AS v (g)`).Scan(&got)
	if err != nil || got != "ezs42 u4pruydqq u4pruydqqvj" {
		t.Error(got, err)
	}
	var meters float64
	if err := pg.QueryRow("SELECT haversine(52.52, 13.405, 48.8566, 2.3522)").Scan(&meters); err != nil || meters < 877e3 || meters > 879e3 {
		t.Error(meters, err)
	}
}
