-- Changes of functions, and what becomes of their objects.
CREATE VIEW objects AS SELECT count(*) FROM plgo.object WHERE key <> digest;

CREATE FUNCTION f(a int, b int DEFAULT 2) RETURNS int LANGUAGE plgo AS $$
    if a == nil {
        return -1
    }
    return *a * *b
$$;
SELECT f(3), f(NULL), f(3, 4);
TABLE objects;
-- Renamed, moved, given away: it stays what it is.
ALTER FUNCTION f RENAME TO "g h";
SELECT "g h"(3);
CREATE SCHEMA elsewhere;
ALTER FUNCTION "g h" SET SCHEMA elsewhere;
SELECT elsewhere."g h"(3);
ALTER FUNCTION elsewhere."g h" SET SCHEMA public;
ALTER FUNCTION "g h" RENAME TO f;
CREATE ROLE alter_owner;
ALTER FUNCTION f OWNER TO alter_owner;
SELECT f(5);
ALTER FUNCTION f OWNER TO postgres;
DROP ROLE alter_owner;
-- Strictness is part of what a text means: it has to fit.
ALTER FUNCTION f STRICT;
SELECT f(3);
ALTER FUNCTION f CALLED ON NULL INPUT;
SELECT f(3), f(NULL);
-- The rest is not.
ALTER FUNCTION f IMMUTABLE PARALLEL SAFE COST 10 LEAKPROOF;
SELECT f(4);
ALTER FUNCTION f SET work_mem = '3MB';
SELECT f(4);
ALTER FUNCTION f RESET ALL;
ALTER FUNCTION f SECURITY DEFINER;
SELECT f(4);
CREATE FUNCTION setting() RETURNS text LANGUAGE plgo SET work_mem = '3MB' SET search_path = pg_catalog AS $$
    var s string
    err := pg.QueryRow("SELECT current_setting('work_mem') || ' ' || current_setting('search_path')").Scan(&s)
    return s, err
$$;
SELECT setting(), current_setting('work_mem');
-- Replaced: with another text, with another volatility, with the same.
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS int LANGUAGE plgo STRICT AS $$ return a + b $$;
SELECT f(3);
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS int LANGUAGE plgo STRICT IMMUTABLE AS $$ return a + b $$;
SELECT f(3);
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS int LANGUAGE plgo STRICT AS $$ return a + nothing $$;
SELECT f(3);
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS bigint LANGUAGE plgo STRICT AS $$ return 1 $$;
CREATE OR REPLACE FUNCTION f(x int, b int DEFAULT 5) RETURNS int LANGUAGE plgo STRICT AS $$ return 1 $$;
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS int LANGUAGE sql AS 'SELECT 1000';
SELECT f(3);
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS int LANGUAGE plgo STRICT AS $$ return a - b $$;
SELECT f(3);
-- In a prepared statement and in a function that has a plan.
PREPARE p AS SELECT f(10);
CREATE FUNCTION caller() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f(10); END $$;
CREATE FUNCTION go_caller() RETURNS int LANGUAGE plgo AS $$ var n int32; err := pg.QueryRow("SELECT f(10)").Scan(&n); return n, err $$;
EXECUTE p; SELECT caller(), go_caller();
CREATE OR REPLACE FUNCTION f(a int, b int DEFAULT 5) RETURNS int LANGUAGE plgo STRICT AS $$ return a * 100 $$;
EXECUTE p; SELECT caller(), go_caller();
-- While it runs.
CREATE FUNCTION replaces_itself(n int) RETURNS text LANGUAGE plgo STRICT AS $$
    if n == 0 {
        return "old"
    }
    var inner string
    _, err := pg.Exec(`CREATE OR REPLACE FUNCTION replaces_itself(n int) RETURNS text LANGUAGE plgo STRICT AS 'return "new"'`)
    if err != nil {
        return "", err
    }
    err = pg.QueryRow("SELECT replaces_itself(0)").Scan(&inner)
    return "old, then " + inner, err
$$;
SELECT replaces_itself(1);
SELECT replaces_itself(1);
CREATE FUNCTION drops_itself() RETURNS text LANGUAGE plgo AS $$
    if _, err := pg.Exec("DROP FUNCTION drops_itself()"); err != nil {
        return "", err
    }
    var n int
    err := pg.QueryRow("SELECT count(*) FROM pg_proc WHERE proname = 'drops_itself'").Scan(&n)
    return fmt.Sprint("still here, but ", n), err
$$;
SELECT drops_itself();
SELECT drops_itself();
CREATE FUNCTION drops_itself_too(d date) RETURNS date LANGUAGE plgo STRICT AS $$ _, err := pg.Exec("DROP FUNCTION drops_itself_too(date)"); return d, err $$;
SELECT drops_itself_too('2026-01-01');
SELECT drops_itself_too('2026-01-01');
DROP FUNCTION drops_itself_too(date);
CREATE FUNCTION set_that_is_replaced(n int) RETURNS SETOF text LANGUAGE plgo STRICT AS $$
    return func(yield func(string, error) bool) {
        if !yield("first of the old", nil) {
            return
        }
        _, err := pg.Exec(`CREATE OR REPLACE FUNCTION set_that_is_replaced(n int) RETURNS SETOF text LANGUAGE plgo STRICT AS 'return []string{"new"}'`)
        yield("second of the old", err)
    }
$$;
SELECT set_that_is_replaced(i) FROM generate_series(1, 2) i;

-- Objects: two functions with the same text, name and signature share one; nothing is left of what is rolled back or dropped.
DROP FUNCTION caller, go_caller, replaces_itself, set_that_is_replaced, setting, f;
TABLE objects;
BEGIN;
CREATE FUNCTION gone() RETURNS int LANGUAGE plgo AS $$ return 1 $$;
SELECT gone();
TABLE objects;
ROLLBACK;
TABLE objects;
SELECT gone();
BEGIN;
CREATE FUNCTION kept() RETURNS int LANGUAGE plgo AS $$ return 1 $$;
SAVEPOINT s;
CREATE OR REPLACE FUNCTION kept() RETURNS int LANGUAGE plgo AS $$ return 2 $$;
SELECT kept();
ROLLBACK TO s;
SELECT kept();
COMMIT;
SELECT kept();
TABLE objects;
BEGIN;
DROP FUNCTION kept();
TABLE objects;
ROLLBACK;
TABLE objects;
SELECT kept();
CREATE FUNCTION elsewhere.kept() RETURNS int LANGUAGE plgo AS $$ return 1 $$;
TABLE objects;
DROP FUNCTION kept();
TABLE objects;
SELECT elsewhere.kept();
DROP SCHEMA elsewhere CASCADE;
TABLE objects;
CREATE FUNCTION replaced() RETURNS int LANGUAGE plgo AS $$ return 1 $$;
CREATE OR REPLACE FUNCTION replaced() RETURNS int LANGUAGE plgo AS $$ return 2 $$;
SELECT replaced();
TABLE objects;
DROP FUNCTION replaced;
TABLE objects;

-- The extension goes with all that depends on it, and comes back.
CREATE FUNCTION dependent() RETURNS int LANGUAGE plgo AS $$ return 3 $$;
SELECT dependent();
DROP EXTENSION plgo;
DROP EXTENSION plgo CASCADE;
SELECT dependent();
CREATE EXTENSION plgo;
CREATE FUNCTION dependent() RETURNS int LANGUAGE plgo AS $$ return 4 $$;
SELECT dependent();
ALTER EXTENSION plgo SET SCHEMA public;
\dx plgo
\dL plgo
-- A loop over rows alters the type of what is still to come: none of that is read as what it is not.
CREATE TYPE changing AS (a bigint, b text);
CREATE TYPE other AS (a text, b text);
CREATE FUNCTION reads(query text, action text) RETURNS text LANGUAGE plgo AS $$
    n := 0
    for row, err := range pg.Query(query) {
        if err != nil { return fmt.Sprint("row ", n, ": ", err) }
        var r any
        if err := row.Scan(&r); err != nil { return err }
        n++
        if n == 4 { if _, err := pg.Exec(action); err != nil { return err } }
    }
    return fmt.Sprint(n, " rows")
$$;
SELECT reads('SELECT jsonb_populate_record(NULL::changing, jsonb_build_object(''a'', i << 32, ''b'', ''x'')) FROM generate_series(1, 40) i', 'ALTER TYPE changing ALTER ATTRIBUTE a TYPE text');
SELECT reads('SELECT jsonb_populate_record(NULL::other, jsonb_build_object(''a'', ''long text'', ''b'', ''x'')) FROM generate_series(1, 40) i', 'ALTER TYPE other ALTER ATTRIBUTE a TYPE bigint');
SELECT reads('SELECT ARRAY[ROW(i, ''x'')::changing] FROM generate_series(1, 40) i', 'ALTER TYPE changing ALTER ATTRIBUTE a TYPE text');
-- The statement itself alters it.
CREATE FUNCTION alters(action text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE action; RETURN 1; END $$;
CREATE FUNCTION first_of(query text) RETURNS text LANGUAGE plgo AS $$ var a any; var n int32; err := pg.QueryRow(query).Scan(&a, &n); return fmt.Sprint(n), err $$;
SELECT first_of('SELECT ROW(i, ''x'')::changing, alters(''ALTER TYPE changing ALTER ATTRIBUTE a TYPE text'') FROM generate_series(1, 2) i');
SELECT first_of('SELECT jsonb_populate_record(NULL::changing, jsonb_build_object(''a'', i)), alters(''ALTER TYPE changing ALTER ATTRIBUTE a TYPE text'') FROM generate_series(1, 2) i');
CREATE TABLE rows_of (i int);
SELECT first_of('INSERT INTO rows_of VALUES (1) RETURNING ROW(i, ''x'')::changing, alters(''ALTER TYPE changing ALTER ATTRIBUTE a TYPE text'')');
SELECT first_of('INSERT INTO rows_of VALUES (1) RETURNING ROW(i, ''x'')::changing, i');
-- What leaves the rows as they are is no reason to end.
SELECT reads('SELECT ROW(i, ''x'')::changing FROM generate_series(1, 40) i', 'ALTER TYPE changing RENAME ATTRIBUTE a TO z');
SELECT reads('SELECT ROW(i, ''x'')::changing FROM generate_series(1, 40) i', 'CREATE FUNCTION another() RETURNS int LANGUAGE sql AS ''SELECT 1''');
SELECT reads('SELECT i FROM generate_series(1, 40) i', 'ALTER TYPE changing ADD ATTRIBUTE c int');
