-- What people know from other languages, and values of other types: a HINT says what to write.
create function h() returns setof int language plgo as $$
    for i := range 3 {
        yield i
    }
$$;
create function h() returns trigger language plgo as $$ NEW.modified := now(); RETURN NEW; $$;
create function h() returns int language plgo as $$
DECLARE
    n int;
BEGIN
    SELECT count(*) INTO n FROM pg_class;
    RETURN n;
END;
$$;
create function h(a int) returns int language plgo strict as $$ a := a + 1; return a $$;
create function h(a int) returns int language plgo as $$ if a == nil { return NULL }; return 1 $$;
do language plgo $$ RAISE NOTICE 'x'; $$;
do language plgo $$ plpy.execute("SELECT 1") $$;
do language plgo $$ return 1 $$;
select plgo.check('console.log("x")', '(a int) RETURNS int');
create function h(a int) returns text language plgo strict as $$ return a $$;
create function h(a float8) returns int language plgo strict as $$ return a $$;
create function h(a numeric) returns int language plgo strict as $$ return a $$;
create function h(a text) returns numeric language plgo strict as $$ return a $$;
create function h(a text) returns uuid language plgo strict as $$ return a $$;
create function h(a text) returns timestamptz language plgo strict as $$ return a $$;
create function h(a text) returns bytea language plgo strict as $$ return a $$;
create function h(a text) returns jsonb language plgo strict as $$ return a $$;
create function h(a bytea) returns text language plgo strict as $$ return a $$;
create function h(a jsonb) returns text language plgo strict as $$ return a $$;
create function h(a int) returns bool language plgo strict as $$ return a $$;
create type hh as (n int);
create function h(a hh) returns jsonb language plgo strict as $$ return a $$;
create function h(a hh) returns table(n int, s text) language plgo strict as $$ return []Row{{N: a.N, S: a.N}} $$;
-- Rows, and messages with a format.
CREATE FUNCTION wrong() RETURNS int LANGUAGE plgo AS $$ rows, err := pg.Query("SELECT 1"); return 1 $$;
CREATE FUNCTION wrong() RETURNS int LANGUAGE plgo AS $$ x, err := pg.QueryRow("SELECT 1"); return 1 $$;
CREATE FUNCTION wrong() RETURNS int LANGUAGE plgo AS $$ pg.Noticef("%d", 1); return 1 $$;
CREATE FUNCTION wrong(i interval) RETURNS float8 LANGUAGE plgo STRICT AS $$ return i.Seconds() $$;
CREATE FUNCTION wrong(a int) RETURNS int LANGUAGE plgo STRICT AS $$ if a = 1 { return 2 } return 3 $$;
-- What has a type of its own in Go.
CREATE FUNCTION an_address() RETURNS inet LANGUAGE plgo AS $$ a := netip.MustParseAddr("10.0.0.1"); return a $$;
CREATE FUNCTION a_network() RETURNS inet LANGUAGE plgo AS $$ return "10.0.0.0/8" $$;
CREATE FUNCTION a_day() RETURNS interval LANGUAGE plgo AS $$ return "1 day" $$;
CREATE FUNCTION time_of_day() RETURNS time LANGUAGE plgo AS $$ return time.Now() $$;
CREATE FUNCTION an_id() RETURNS uuid LANGUAGE plgo AS $$ type UUID [16]byte; var u UUID; return u $$;
CREATE FUNCTION upper_of(r int4range) RETURNS int LANGUAGE plgo AS $$ if r == nil { return nil }; return *r.Upper $$;
CREATE FUNCTION upper_or_null(r int4range) RETURNS int LANGUAGE plgo AS $$ if r.Upper == nil { return nil }; return r.Upper $$;
CREATE FUNCTION within(r int4range) RETURNS bool LANGUAGE plgo AS $$ return r.Contains(3) $$;
-- What they say.
CREATE FUNCTION an_address() RETURNS inet LANGUAGE plgo AS $$ a := netip.MustParseAddr("10.0.0.1"); return netip.PrefixFrom(a, a.BitLen()) $$;
CREATE FUNCTION time_of_day(at timestamptz) RETURNS time LANGUAGE plgo AS $$ return at.Sub(at.Truncate(24*time.Hour)) $$;
CREATE FUNCTION an_id() RETURNS uuid LANGUAGE plgo AS $$ type UUID [16]byte; var u UUID; return pg.UUID(u) $$;
CREATE FUNCTION upper_of(r int4range) RETURNS int LANGUAGE plgo AS $$ if r.UpperInfinite || r.Empty { return nil }; return r.Upper $$;
CREATE FUNCTION within(r int4range) RETURNS bool LANGUAGE plgo AS $$ var is bool; err := pg.QueryRow("SELECT $1::int4range @> 3", r).Scan(&is); return is, err $$;
SELECT an_address(), time_of_day('2026-01-31 12:34:56+00'), an_id(), upper_of('[1,5)'), upper_of('[1,)'), within('[1,5)');
-- Rows that nobody scans.
CREATE FUNCTION returns_row() RETURNS int LANGUAGE plgo AS $$ n := pg.QueryRow("SELECT 1"); return n $$;
CREATE FUNCTION passes_variable() RETURNS int LANGUAGE plgo AS $$ var n int32; pg.QueryRow("SELECT 1", &n); return n $$;
CREATE FUNCTION passes_and_returns() RETURNS int LANGUAGE plgo AS $$ var n int32; err := pg.QueryRow("SELECT 1", &n); return n, err $$;
-- Triggers, packages and declarations.
CREATE FUNCTION sets_column() RETURNS trigger LANGUAGE plgo AS $$ t.New["note"] = "x" $$;
CREATE FUNCTION sets_field() RETURNS trigger LANGUAGE plgo AS $$ t.New.note = "x" $$;
CREATE FUNCTION reads_column(r record) RETURNS int LANGUAGE plgo AS $$ return r["a"] $$;
CREATE FUNCTION by_chance() RETURNS bigint LANGUAGE plgo AS $$ x := rand.Int(); return x $$;
CREATE FUNCTION sql_driver() RETURNS int LANGUAGE plgo AS $$
    import _ "github.com/pgstd/pgstd/pg/pgsql"
    return 1
$$;
CREATE FUNCTION no_values() RETURNS SETOF void LANGUAGE plgo AS $$ return nil $$;
create function h() returns int language plgo as $$ pg.Notice("%d", 1); return 1 $$;
create function h() returns int language plgo as $$ return pg.Error{Message: "x"} $$;
create function h(n numeric) returns numeric language plgo as $$ return n.Rat() $$;
create function h(r int4range) returns int language plgo as $$ if r.Empty || r.UpperInf { return 1 }; return 2 $$;
create type pair as (a int, b int);
create function h(p pair) returns int language plgo as $$ var q pair; return q.A $$;
create function h() returns event_trigger language plgo as $$ pg.Notice(t.Tag) $$;
