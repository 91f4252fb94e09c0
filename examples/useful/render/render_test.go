package render

import (
	"strings"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func PgTestRender(t *pgtest.T) {
	for _, sql := range []string{
		`CREATE TABLE letters (name text, body text)`,
		`INSERT INTO letters VALUES ('thanks', 'Dear {{.name}},{{range .items}}
- {{.n}} of {{upper .what}}{{end}}
{{join ", " .from}}')`,
	} {
		if _, err := pg.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	err := pg.QueryRow(`SELECT render(body, jsonb_build_object('name', 'Ann', 'from', '["Bo","Cy"]'::jsonb,
		'items', (SELECT jsonb_agg(jsonb_build_object('n', n, 'what', 'item ' || n)) FROM generate_series(1, 2) AS n)))
		FROM letters`).Scan(&got)
	if err != nil || got != "Dear Ann,\n- 1 of ITEM 1\n- 2 of ITEM 2\nBo, Cy" {
		t.Errorf("%q %v", got, err)
	}
	for sql, want := range map[string]string{
		`SELECT render('{{.nosuch}}', '{}')`: "nosuch",
		`SELECT render('{{', '{}')`:          "unclosed action",
	} {
		err := pg.Subtransaction(func() error { return pg.QueryRow(sql).Scan(&got) })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
