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
