-- What a wrong text leads to: one error, at the place of the mistake.

CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    return n +
$$;
CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    total := 0
    return totl
$$;
CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    return "text"
$$;
CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    n = n + 1
$$;
CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n, nil, nil $$;
CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    unused := 1
    return n
$$;
-- Several at once.
CREATE FUNCTION f(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    a := first
    b := second + 1
    return third
$$;
-- What a text may not use.
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$
    import "unsafe"
    return int32(len(unsafe.String(nil, 0)))
$$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$
    import "C"
    return 1
$$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$
    import "github.com/some/thing"
    return thing.Do()
$$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$
    import "no/such/package"
    return 1
$$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ return nowhere.Do() $$;
CREATE FUNCTION f() RETURNS text LANGUAGE plgo AS $$ return strings.Uper("x") $$;
-- Positions: other quotes, more bytes than characters, escapes, tabs, Windows' line ends.
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS 'return ''text''';
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS 'return nothing';
CREATE FUNCTION f() RETURNS text LANGUAGE plgo AS 'return "it''s" + nothing';
CREATE FUNCTION f() RETURNS text LANGUAGE plgo AS E'\n\treturn "it\'s" + nothing\n';
CREATE FUNCTION f() RETURNS text LANGUAGE plgo AS E'return "\u00e4\u00f6" + nothing';
CREATE FUNCTION f() RETURNS text LANGUAGE plgo AS $body$
	return "äöü€𝄞" + nothing + "äöü"
$body$;
CREATE FUNCTION "fünf"("größe" int) RETURNS int LANGUAGE plgo STRICT AS $ä$ x := "日本"; return größe + nichts $ä$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS E'x := 1\r\nreturn y\r\n';
/* a comment with nothing in it, */ CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ return nothing $$; SELECT 1;
CREATE FUNCTION f() RETURNS int AS $$ return nothing $$ LANGUAGE plgo;
-- Not a body any more.
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ return 1 } func init() { $$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ return 1 /* $$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ return 1; ` $$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ package main; return 1 $$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ func main() {} $$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$ func init() { panic("loaded") }; return 1 $$;
\set VERBOSITY terse
SELECT f();
\set VERBOSITY default
DROP FUNCTION f;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$
//line elsewhere.go:100
    return nothing
$$;
CREATE FUNCTION f() RETURNS int LANGUAGE plgo AS $$
    //go:linkname x runtime.x
    func x()
    return 1
$$;
-- Nothing has been left.
SELECT count(*) FROM pg_proc WHERE proname = 'f';
SELECT count(*) FROM plgo.object WHERE key <> digest;

-- Types that cannot be.
CREATE FUNCTION f(x internal) RETURNS int LANGUAGE plgo AS $$ return 1 $$;
CREATE FUNCTION f(x cstring) RETURNS int LANGUAGE plgo AS $$ return 1 $$;
CREATE FUNCTION f() RETURNS cstring LANGUAGE plgo AS $$ return "x" $$;
CREATE FUNCTION f(x int[][]) RETURNS void[] LANGUAGE plgo AS $$ return 1 $$;
CREATE FUNCTION f(x int) RETURNS event_trigger LANGUAGE plgo AS $$ return nil $$;
CREATE FUNCTION f() RETURNS SETOF trigger LANGUAGE plgo AS $$ return nil $$;
CREATE FUNCTION f(x trigger) RETURNS int LANGUAGE plgo AS $$ return 1 $$;
CREATE FUNCTION f(x void) RETURNS int LANGUAGE plgo AS $$ return 1 $$;
CREATE FUNCTION f(x int) RETURNS trigger LANGUAGE plgo AS $$ return nil $$;
CREATE FUNCTION f() RETURNS shelltype LANGUAGE plgo AS $$ return 1 $$;
CREATE FUNCTION f() RETURNS language_handler LANGUAGE plgo AS $$ return 1 $$;

-- The validator runs none of the function, and can be told to leave bodies alone.
SET check_function_bodies = off;
CREATE FUNCTION later(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return nothing $$;
CREATE FUNCTION later_good(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 1 $$;
RESET check_function_bodies;
SELECT count(*) FROM plgo.object WHERE key <> digest;
SELECT later(1);
SELECT later_good(1);
SELECT count(*) FROM plgo.object WHERE key <> digest;
CREATE FUNCTION at_start() RETURNS int LANGUAGE plgo AS $$
    func init() { panic("this runs at the first call") }
    return 1
$$;
\set VERBOSITY terse
SELECT at_start();
\set VERBOSITY default

-- It can be called by those who could have created the function, and changes nothing.
CREATE ROLE validator_owner;
CREATE ROLE validator_other;
GRANT CREATE ON SCHEMA public TO validator_owner;
SET ROLE validator_owner;
CREATE FUNCTION owned(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 1 $$;
SELECT plgo_validator('owned'::regproc);
RESET ROLE;
REVOKE USAGE ON LANGUAGE plgo FROM PUBLIC;
SET ROLE validator_owner;
SELECT plgo_validator('owned'::regproc);
CREATE FUNCTION not_owned(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 1 $$;
DO LANGUAGE plgo 'return';
RESET ROLE;
GRANT USAGE ON LANGUAGE plgo TO PUBLIC;
REVOKE EXECUTE ON FUNCTION owned FROM PUBLIC;
SET ROLE validator_other;
SELECT plgo_validator('owned'::regproc);
\set VERBOSITY sqlstate
SELECT plgo_validator('pg_catalog.now'::regproc);
\set VERBOSITY default
SELECT plgo_validator(0);
RESET ROLE;
SELECT plgo_call_handler();
-- (minor releases differ in how they refuse it)
DO $$ BEGIN PERFORM plgo_inline_handler(NULL); EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'refused'; END $$;
DROP FUNCTION owned;
REVOKE CREATE ON SCHEMA public FROM validator_owner;
DROP ROLE validator_owner, validator_other;
