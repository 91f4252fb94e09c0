package plgotest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// forEverybody are the C functions that are meant to be called by anybody.
var forEverybody = []string{
	"plgo.key(regprocedure)", "plgo.compile(regprocedure)", "plgo.source(regprocedure)",
	"pgstd.discard_worlds()", "pgstd.worlds()", "plgo.prepare()",
	"plgo.create_aggregate(text,text)", "plgo.state_in(cstring)", "plgo.state_out(plgo.state)",
}

// TestCallers: no C function of ours, and no function in plgo, believes whoever calls or
// attaches it in a way that it has not been made for.
func TestCallers(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "callers")
	boss, mallory := connect(t, s, "callers"), connect(t, s, "callers")
	boss.exec(`create role callers_mallory; grant create on schema public to callers_mallory`)
	mallory.exec(`set role callers_mallory;
		create function on_row() returns trigger language plgo as $$ return t.New.Set("key", int64(1)) $$;
		create table evil (key bigint, target text, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int, c12 int);
		create view seen as select * from evil;
		-- The very columns of the store.
		create table object (function oid, cluster int8, key bytea, target text, digest bytea, kit text, go text, modules text,
			milliseconds float8, compiled timestamptz, object bytea, signature text)`)
	boss.exec(`create function on_event() returns event_trigger language plgo as $$ pg.Notice(e.Tag) $$`)

	rows, err := boss.Query(t.Context(), `select p.oid::regprocedure::text, coalesce(p.probin, ''), p.prosrc, p.prorettype::regtype::text,
			array(select a::regtype::text from unnest(p.proargtypes) a), p.proisstrict
		from pg_proc p join pg_language l on l.oid = p.prolang
		where p.probin ~ '(plgo|pgstd)$' or l.lanname = 'plgo' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	type function struct {
		name, file, symbol, result string
		args                       []string
		strict                     bool
	}
	var functions []function
	for rows.Next() {
		var f function
		if err := rows.Scan(&f.name, &f.file, &f.symbol, &f.result, &f.args, &f.strict); err != nil {
			t.Fatal(err)
		}
		functions = append(functions, f)
	}
	if len(functions) < 12 {
		t.Fatalf("only %d functions: %+v", len(functions), functions)
	}
	// refuse runs what must be a clear error, and leave the session as it is.
	refuse := func(c *conn, sql string) {
		t.Helper()
		_, err := c.Exec(t.Context(), sql)
		var e *pgconn.PgError
		if err == nil {
			t.Errorf("%s: went well", sql)
		} else if e, _ = err.(*pgconn.PgError); e == nil || strings.HasPrefix(e.Code, "XX") || e.Severity != "ERROR" {
			t.Errorf("%s: %v", sql, err)
		}
		c.want("select 1::text", "1")
	}
	for _, f := range functions {
		base, _, _ := strings.Cut(f.name, "(")
		open := slices.Contains(forEverybody, f.name)
		var nulls []string
		for _, a := range f.args {
			nulls = append(nulls, "null::"+a)
		}
		call := fmt.Sprintf("select %s(%s)", base, strings.Join(nulls, ", "))
		switch {
		case open:
			mallory.exec(call)
		case f.strict && !slices.Contains(f.args, "internal"):
			// NULL is nothing to it.
			refuse(mallory, strings.ReplaceAll(call, "null::", "0::"))
		default:
			refuse(mallory, call)
			if f.name != "plgo.recompile_all()" {
				refuse(boss, call)
			}
		}
		for _, made := range []string{
			"create aggregate agg(bigint) (sfunc = %[1]s, stype = bigint)",
			"create operator ~~> (function = %[1]s, leftarg = bigint, rightarg = bigint)",
			"create cast (evil as object) with function %[2]s",
			"create type shell; create function %[3]s_in(cstring) returns shell language internal as '%[4]s'",
			"create function pg_temp.again() returns trigger language c as '%[5]s', '%[4]s'",
			"create function pg_temp.again() returns trigger language internal as '%[4]s'",
		} {
			refuse(mallory, fmt.Sprintf(made, base, f.name, "x", f.symbol, f.file))
		}
		for _, table := range []string{"evil", "object"} {
			for _, when := range []string{"before insert", "before update", "before delete", "after insert", "after update", "after delete", "before truncate", "after truncate"} {
				for _, level := range []string{"row", "statement"} {
					for _, c := range []*conn{mallory, boss} {
						attached(t, c, f.name, refuse, table, fmt.Sprintf("create trigger t %s on %s for each %s execute function %s()", when, table, level, base))
					}
				}
			}
		}
		for _, event := range []string{"ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"} {
			refuse(mallory, fmt.Sprintf("create event trigger e on %s execute function %s()", event, base))
			if _, err := boss.Exec(t.Context(), fmt.Sprintf("create event trigger e on %s execute function %s()", event, base)); err != nil {
				continue
			}
			for _, ddl := range []string{"create table d (a int)", "alter table d alter a type bigint using a + 1", "drop table d"} {
				if _, err := boss.Exec(t.Context(), ddl); err != nil && strings.Contains(err.Error(), "XX000") {
					t.Errorf("%s as an event trigger on %s: %v", f.name, event, err)
				}
			}
			boss.exec("drop event trigger e; drop table if exists d")
		}
	}
	boss.want("select count(*)::text from plgo.object where key <> digest", "2")
	mallory.want("select 'alive'", "alive")
}

// attached tries a trigger: if there can be one, what fires it is a clear error, unless
// the function is one of Go for any table.
func attached(t *testing.T, c *conn, function string, refuse func(*conn, string), table, create string) {
	t.Helper()
	c.exec("begin; savepoint s")
	defer c.exec("rollback")
	if _, err := c.Exec(t.Context(), create); err != nil {
		if strings.Contains(err.Error(), "XX000") {
			t.Errorf("%s: %v", create, err)
		}
		return
	}
	if c.value("select current_user") != "postgres" && function != "on_row()" {
		t.Errorf("%s: an ordinary role may", create)
	}
	for _, dml := range []string{
		"insert into %s (key) values (default)", "update %s set target = 'x'", "delete from %s", "truncate %s",
	} {
		c.exec("savepoint d")
		if _, err := c.Exec(t.Context(), fmt.Sprintf(dml, table)); err != nil && strings.Contains(err.Error(), "XX000") {
			t.Errorf("%s: %s: %v", create, dml, err)
		}
		c.exec("rollback to d")
	}
}
