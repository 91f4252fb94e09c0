package plgotest

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/pgconfig"
)

// TestOwner: somebody who owns a database and is no superuser creates the language,
// uses it and dumps the database, but cannot write what the handler believes.
func TestOwner(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	for _, sql := range []string{"create role owner login", "create database own owner owner"} {
		if _, err := s.Query(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	const connect = "\\c own owner\n"
	out, err := s.Query(ctx, connect+`create extension plgo;
		create function one() returns int language plgo as $$ return 1 $$;
		select one(), count(*) from plgo.object where key <> digest`)
	if err != nil || !strings.HasSuffix(strings.TrimSpace(out), "1|1") {
		t.Fatalf("got %q, %v", out, err)
	}
	for _, sql := range []string{
		"delete from plgo.object",
		"update plgo.object set object = ''",
		"insert into plgo.object select * from plgo.object",
		"truncate plgo.object",
		"alter table plgo.object owner to owner",
		"create trigger x before insert on plgo.object for each row execute function tsvector_update_trigger('a', 'b', 'c')",
		"create rule x as on select to plgo.object do instead select 1",
		"set plgo.compiler = 'false'",
		"set plgo.verify = off",
		"alter database own set plgo.compiler = 'false'",
		"select plgo.recompile_all()",
	} {
		if _, err := s.Query(ctx, connect+"select one();\n"+sql); err == nil || !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "must be") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	pg, err := pgconfig.Find(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	dump := exec.Command(pg.Bin("pg_dump"), "-U", "owner", "own")
	dump.Env = s.Env()
	said, err := dump.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "COPY plgo.object") {
		t.Errorf("pg_dump: %v\n%.500s", err, said)
	}
}
