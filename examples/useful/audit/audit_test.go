package audit

import (
	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgtest"
)

func PgTestAudit(t *pgtest.T) {
	for _, sql := range []string{
		"CREATE TABLE goods (id bigint, name text, cents bigint, seen int)",
		"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON goods FOR EACH ROW EXECUTE FUNCTION audit('seen')",
		"INSERT INTO goods VALUES (1, 'pen', 100, 0)",
		"UPDATE goods SET cents = 150",
		"UPDATE goods SET seen = seen + 1",
		"DELETE FROM goods",
	} {
		if _, err := pg.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	if err := pg.QueryRow("SELECT string_agg(concat_ws(' ', what, tab, old, '->', new), e'\n' ORDER BY id) FROM audit_changes").Scan(&got); err != nil {
		t.Fatal(err)
	}
	const want = `INSERT goods -> {"id": 1, "name": "pen", "cents": 100}
UPDATE goods {"cents": 100} -> {"cents": 150}
DELETE goods {"id": 1, "name": "pen", "cents": 150} ->`
	if got != want {
		t.Errorf("it has noted\n%s", got)
	}
}
