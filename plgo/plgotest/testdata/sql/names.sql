-- Names that SQL has and Go has not, or has for something else.

CREATE FUNCTION "select"("from" int, "where" text) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(from, where) $$;
CREATE FUNCTION "Two Words"("first arg" int, "2nd" int, "a.b" int, "ünï" int, "日本" int) RETURNS int LANGUAGE plgo STRICT AS $$
    return first_arg + _2nd + a_b + ünï + 日本
$$;
CREATE FUNCTION "with ""quotes"" and 'others'"(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n $$;
CREATE FUNCTION "a/b.c:1"(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n / 0 * nothing $$;
CREATE FUNCTION "a/b.c:1
*/x"(n int) RETURNS int LANGUAGE plgo STRICT AS $$ m := n - n; return n / m $$;
CREATE FUNCTION "*/ func init() { panic(1) } /*"(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n $$;
SELECT "*/ func init() { panic(1) } /*"(9);
CREATE TYPE "back`quote" AS ("a`; B unsafe.Pointer `" int, "c""d\" text);
CREATE FUNCTION of_back(v "back`quote") RETURNS "back`quote" LANGUAGE plgo STRICT AS $$ v.ABUnsafePointer++; return v $$;
SELECT of_back((1, 'x'));
CREATE FUNCTION "123"(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n $$;
CREATE FUNCTION "…"(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n $$;
CREATE FUNCTION main(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 1 $$;
CREATE FUNCTION init(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 2 $$;
CREATE FUNCTION pg(n int) RETURNS int LANGUAGE plgo STRICT AS $$ pg.Notice("still there"); return n + 3 $$;
CREATE FUNCTION plgo(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 4 $$;
SELECT "select"(1, 'x'), "Two Words"(1, 2, 3, 4, 5), "with ""quotes"" and 'others'"(6), "123"(7), "…"(8), main(1), init(1), pg(1), plgo(1);
\set VERBOSITY terse
SELECT "a/b.c:1
*/x"(1);
\set VERBOSITY default
-- Keywords of Go.
CREATE FUNCTION keywords(break int, func int, range int, type int, interface int, var int, map int, return int, go int, package int)
RETURNS int LANGUAGE plgo STRICT AS $$ return break_ + func_ + range_ + type_ + interface_ + var_ + map_ + return_ + go_ + package_ $$;
SELECT keywords(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
-- Names that Go knows already, packages included.
CREATE FUNCTION predeclared(string text, "int" int, error text, len int, "nil" int, "true" bool, "any" text, iota int, append int, min int)
RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(string, int, error, len, nil_, true, any, iota, append, min) $$;
SELECT predeclared('s', 1, 'e', 2, 3, false, 'a', 4, 5, 6);
CREATE FUNCTION nullable(string text, error int, "nil" int) RETURNS text LANGUAGE plgo AS $$ return *string $$;
SELECT nullable('s', 1, 2);
CREATE FUNCTION inout_names(INOUT string text, INOUT error int, OUT len int) LANGUAGE plgo STRICT AS $$ len = error; error++ $$;
SELECT * FROM inout_names('x', 1);
CREATE FUNCTION packages(strings text, fmt int, pg text) RETURNS text LANGUAGE plgo STRICT AS $$ return strings + pg $$;
SELECT packages('a', 1, 'b');
CREATE FUNCTION args(args int) RETURNS int LANGUAGE plgo STRICT AS $$ return args $$;
CREATE FUNCTION underscore(_ int, _1 int, __ int) RETURNS int LANGUAGE plgo STRICT AS $$ return _1 + __ $$;
CREATE FUNCTION err(err text) RETURNS text LANGUAGE plgo STRICT AS $$ return "", errors.New(err) $$;
CREATE FUNCTION upper_case("N" int, n int) RETURNS int LANGUAGE plgo STRICT AS $$ return N * 10 + n $$;
SELECT args(5), underscore(1, 2, 3), upper_case(4, 5);
SELECT err('the message');
-- Two names that become one.
CREATE FUNCTION clash("a b" int, "a-b" int) RETURNS int LANGUAGE plgo STRICT AS $$ return a_b $$;
CREATE FUNCTION clash_out("a b" int, OUT "a-b" int) LANGUAGE plgo STRICT AS $$ return 1 $$;
CREATE FUNCTION clash_table("x y" int) RETURNS TABLE ("a b" int, "a-b" int) LANGUAGE plgo STRICT AS $$ return []Row{{AB: 1, AB_: 2}} $$;
SELECT * FROM clash_table(1);
-- As many arguments as PostgreSQL has.
DO $do$
DECLARE
    args text; sum text; call text; result bigint;
BEGIN
    SELECT string_agg(format('a%s int', i), ', '), string_agg(format('a%s', i), ' + '), string_agg(i::text, ', ')
        INTO args, sum, call FROM generate_series(1, 100) i;
    EXECUTE format('CREATE FUNCTION hundred(%s) RETURNS int LANGUAGE plgo STRICT AS $f$ return %s $f$', args, sum);
    EXECUTE format('SELECT hundred(%s)', call) INTO result;
    RAISE NOTICE 'sum %', result;
    SELECT string_agg(format('a%s date', i), ', ') INTO args FROM generate_series(1, 100) i;
    EXECUTE format('CREATE FUNCTION hundred(%s) RETURNS date LANGUAGE plgo STRICT AS $f$ return a100 $f$', args);
    SELECT string_agg(format('date ''2026-01-01'' + %s', i), ', ') INTO call FROM generate_series(1, 100) i;
    EXECUTE format('SELECT hundred(%s) - date ''2026-01-01''', call) INTO result;
    RAISE NOTICE 'date %', result;
    SELECT string_agg(format('OUT a%s int', i), ', '), string_agg(format('a%s = %s', i, i), E'\n') INTO args, sum FROM generate_series(1, 100) i;
    EXECUTE format('CREATE FUNCTION hundred_out(%s) LANGUAGE plgo STRICT AS $f$ %s $f$', args, sum);
    SELECT a1 + a100 INTO result FROM hundred_out();
    RAISE NOTICE 'out %', result;
END
$do$;
-- Long names, and two that begin alike; a long text.
CREATE FUNCTION a123456789b123456789c123456789d123456789e123456789f123456789abc() RETURNS int LANGUAGE plgo AS $$ return 63 $$;
SELECT a123456789b123456789c123456789d123456789e123456789f123456789abc();
DO $do$
DECLARE
    text text; result bigint;
BEGIN
    SELECT string_agg(format('n += %s // äöü a comment that makes it longer', i), E'\n') INTO text FROM generate_series(1, 5000) i;
    EXECUTE format(E'CREATE FUNCTION long_text() RETURNS int LANGUAGE plgo AS $f$ n := int32(0)\n%s\nreturn n $f$', text);
    SELECT long_text() INTO result;
    RAISE NOTICE '%', result;
    BEGIN
        EXECUTE format(E'CREATE FUNCTION long_wrong() RETURNS int LANGUAGE plgo AS $f$ n := int32(0)\n%s\nreturn m $f$', text);
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE '%', SQLERRM;
    END;
END
$do$;
-- Functions that have all but the type in common, in other schemas, with the same text.
CREATE SCHEMA "S 1"; CREATE SCHEMA "S.2";
CREATE FUNCTION "S 1".f(n int) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%T", n) $$;
CREATE FUNCTION "S.2".f(n bigint) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%T", n) $$;
CREATE FUNCTION "S.2".f(n int) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%T", n) $$;
SELECT "S 1".f(1), "S.2".f(1::bigint), "S.2".f(1);

-- Names that look like positions, or like paths: mistakes and panics have their lines all the same.
create function "big:1:2"() returns int language plgo strict as $$

	var kept *[1<<30]byte
	func big(x *[1<<30]byte, y [1<<30]byte) { *x = y }
	big(kept, *kept)
	return 0
$$;
create function "x/../big:1: "() returns int language plgo strict as $$
	var kept *[1<<30]byte
	func big(x *[1<<30]byte, y [1<<30]byte) { *x = y }
	big(kept, *kept)
	return 0
$$;
create function "at:1:2"(n int) returns int language plgo strict as $$
	list := []int32{1, 2}
	return list[n]
$$;
create function "a/../at*:7"(n int) returns int language plgo strict as $$
	list := []int32{1, 2}
	return list[n]
$$;
create function ".."(n int) returns int language plgo strict as $$
	list := []int32{1, 2}
	return list[n]
$$;
select "at:1:2"(7);
select "a/../at*:7"(7);
select ".."(7);
drop function "at:1:2", "a/../at*:7", "..";
