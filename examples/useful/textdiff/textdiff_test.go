package textdiff

import (
	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func PgTestDiff(t *pgtest.T) {
	var got string
	err := pg.QueryRow(`SELECT string_agg(mark || line, e'\n') FROM text_diff(e'a\nb\nc', e'a\nc\nd')`).Scan(&got)
	if err != nil || got != " a\n-b\n c\n+d" {
		t.Errorf("%q %v", got, err)
	}
	if err := pg.QueryRow("SELECT count(*) || '' FROM text_diff(repeat(e'\n', 6000), '')").Scan(&got); err == nil {
		t.Error("a text that is too long is compared")
	}
}
