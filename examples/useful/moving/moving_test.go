package moving

import (
	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

// What moves is what a window of its own would be.
func PgTestWindow(t *pgtest.T) {
	var n int64
	var worst float64
	err := pg.QueryRow(`WITH v AS (SELECT i, (i * 7919 % 101)::float8 AS x FROM generate_series(1, 200) AS i),
		w AS (SELECT i, z_score(x) OVER (ORDER BY i ROWS 9 PRECEDING) AS z FROM v)
		SELECT count(z), max(abs(z - (SELECT (w.x - avg(u.x)) / stddev(u.x) FROM v AS u WHERE u.i BETWEEN w.i - 9 AND w.i)))
		FROM (SELECT w.i, w.z, v.x FROM w JOIN v USING (i)) AS w`).Scan(&n, &worst)
	if err != nil || n != 199 || worst > 1e-9 {
		t.Error(n, worst, err)
	}
}
