-- Functions that share a base: who may, what they share, and what ends with what.
\pset null NULL
SET plgo.shared_base = on;
CREATE VIEW kinds AS SELECT function, CASE WHEN targets::text LIKE '%+base%' THEN 'module' ELSE 'object' END AS kind FROM plgo.functions;
CREATE VIEW shared AS SELECT owner, role, state, deaths FROM pgstd.worlds WHERE module LIKE 'plgo base %' ORDER BY owner::text, role::text;
CREATE FUNCTION counter() RETURNS bigint LANGUAGE plgo AS $$
    var ( n int64 )
    n++
    return n
$$;
CREATE FUNCTION slug(title text) RETURNS text LANGUAGE plgo AS $$ return strings.ReplaceAll(strings.ToLower(title), " ", "-") $$;
SELECT counter(), counter(), slug('Hello World');
TABLE kinds ORDER BY 1::text;
TABLE shared;
SELECT f.function, f.base ~ '^[0-9a-f]{8}$' AS has, 'plgo base ' || f.base = w.module AS runs FROM plgo.functions f, pgstd.worlds w WHERE w.module LIKE 'plgo base %' ORDER BY 1::text;
SELECT max(octet_length(object)) < 100000 AS small FROM plgo.object WHERE target LIKE '%+base';
-- A panic ends the call, and says where; frames have names without what makes packages unlike.
CREATE FUNCTION fails(n int) RETURNS int LANGUAGE plgo AS $$
    func deep(k int32) int32 { if k == 0 { return []int32{1}[n] }; return deep(k - 1) }
    return deep(2)
$$;
SELECT fails(3);
SET pgstd.traceback = 'full';
SELECT fails(3);
RESET pgstd.traceback;
SELECT counter();
-- What ends the world ends it for all.
CREATE FUNCTION endless(n int) RETURNS int LANGUAGE plgo AS $$
    func f(k int32) int32 { return f(k + 1) + 1 }
    return f(n)
$$;
\set VERBOSITY terse
SELECT endless(1);
\set VERBOSITY default
SELECT counter(), slug('A B');
TABLE shared;
SELECT pgstd.discard_worlds() > 0 AS discarded;
SELECT counter(), counter();
-- One function in another, in the same world, which is loaded meanwhile.
CREATE FUNCTION inner_one() RETURNS int LANGUAGE plgo AS $$ return 42 $$;
CREATE FUNCTION outer_one() RETURNS int LANGUAGE plgo AS $$
    var n int32
    err := pg.QueryRow("SELECT inner_one()").Scan(&n)
    return n + 1, err
$$;
SELECT outer_one();
-- Init functions: with a statement, with one that comes back here, with a panic.
CREATE FUNCTION begins() RETURNS text LANGUAGE plgo AS $$
    var ( first = func() string { var s string; pg.QueryRow("SELECT slug('In It')").Scan(&s); return s }() )
    return first
$$;
SELECT begins();
CREATE FUNCTION circle() RETURNS text LANGUAGE plgo AS $$
    var ( first = func() string { var s string; err := pg.QueryRow("SELECT circle()").Scan(&s); return fmt.Sprint(err) }() )
    return first
$$;
SELECT circle();
CREATE FUNCTION breaks() RETURNS int LANGUAGE plgo AS $$
    var ( table = []int{1, 2}[len(os.Args)+7] )
    return int32(table)
$$;
SELECT breaks();
SELECT breaks();
SELECT counter();
-- Sets, triggers, records.
CREATE FUNCTION upto(n int) RETURNS SETOF int LANGUAGE plgo AS $$ return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } } $$;
SELECT sum(u), count(*) FROM upto(1000) u;
SELECT upto(3);
CREATE TABLE t (n int, s text);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plgo AS $$ return t.New.Set("s", "touched") $$;
CREATE TRIGGER touch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO t VALUES (1, 'x') RETURNING *;
CREATE FUNCTION row_of(r t) RETURNS t LANGUAGE plgo AS $$ r.N *= 2; return r $$;
SELECT row_of(t) FROM t;
-- Replaced and dropped, also while a query has it.
CREATE OR REPLACE FUNCTION inner_one() RETURNS int LANGUAGE plgo AS $$ return 43 $$;
SELECT outer_one();
BEGIN;
DECLARE c CURSOR FOR SELECT counter() FROM generate_series(1, 3);
FETCH c;
DROP FUNCTION inner_one();
FETCH c;
SELECT outer_one();
ROLLBACK;
SELECT outer_one();
DO $$ BEGIN
    FOR i IN 1..5 LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION inner_one() RETURNS int LANGUAGE plgo AS %L', 'return ' || i);
        PERFORM outer_one();
    END LOOP;
END $$;
SELECT outer_one(), counter();
-- Roles: a world each, and owners, too.
CREATE ROLE base_alice;
GRANT CREATE ON SCHEMA public TO base_alice;
SET ROLE base_alice;
SELECT counter();
CREATE FUNCTION hers() RETURNS int LANGUAGE plgo AS $$ return 1 $$;
SELECT hers();
RESET ROLE;
SELECT counter();
TABLE shared;
SELECT * FROM kinds WHERE function::text IN ('hers()', 'counter()') ORDER BY 1::text;
-- What there is runs, whatever the setting says; recompile_all makes it so.
SET plgo.shared_base = off;
SELECT slug('Still A Module');
SELECT * FROM kinds WHERE function::text = 'slug(text)';
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT plgo.recompile_all() > 5 AS compiled;
RESET client_min_messages;
\set VERBOSITY default
SELECT kind, count(*) > 1 AS some FROM kinds GROUP BY kind;
SELECT count(*) AS bases FROM plgo.object WHERE key = digest;
\c
SELECT slug('An Object Now'), outer_one();
TABLE shared;
-- What has been compiled to an object meanwhile, by whomever, is that from when a role's world would load the module.
SET plgo.shared_base = on;
CREATE FUNCTION early() RETURNS bigint LANGUAGE plgo AS $$
    var ( n int64 )
    n++
    return n
$$;
CREATE ROLE base_bob;
SELECT early(), early();
SET plgo.shared_base = off;
SELECT plgo.compile('early()') > 0 AS compiled;
SELECT early();
SET ROLE base_bob;
SELECT early();
RESET ROLE;
SELECT early(), early();
SELECT * FROM kinds WHERE function::text = 'early()';
DROP ROLE base_bob;
-- A module that has no place in its world, and what is too large to be one.
SET plgo.shared_base = on;
CREATE FUNCTION large() RETURNS int LANGUAGE plgo AS $$ var ( table [20 << 20]byte ); table[1]++; return int32(table[1]) $$;
CREATE FUNCTION huge() RETURNS int LANGUAGE plgo AS $$ var ( table [70 << 20]byte ); table[1]++; return int32(table[1]) $$;
SELECT large(), huge();
SELECT * FROM kinds WHERE function::text IN ('large()', 'huge()') ORDER BY 1::text;
SELECT pgstd.discard_worlds() > 0 AS discarded;
SET pgstd.max_memory = '16MB';
SELECT large();
\echo :LAST_ERROR_SQLSTATE
RESET pgstd.max_memory;
SELECT large(), large();
-- A type that package reflect has made before a module brings it is that of the module's type switches, and there is one of each that it is a part of.
CREATE FUNCTION reflected() RETURNS text LANGUAGE plgo AS $$
    var ( array, function, row reflect.Type )
    a := reflect.ArrayOf(37, reflect.TypeFor[uint16]())
    f := reflect.FuncOf([]reflect.Type{a}, nil, false)
    r := reflect.StructOf([]reflect.StructField{{Name: "Thing", Type: a}})
    if array != nil { return fmt.Sprint(array == a, function == f, row == r) }
    array, function, row = a, f, r
    value := reflect.Zero(a).Interface()
    expvar.Publish("reflected", expvar.Func(func() any { return value }))
    return a.String()
$$;
CREATE FUNCTION switches() RETURNS text LANGUAGE plgo AS $$
    switch v := expvar.Get("reflected").(expvar.Func)().(type) {
    case []byte, string, map[string]int: return "another"
    case int, bool, error: return "none"
    case [37]uint16: return fmt.Sprint(len(v))
    }
    return "nothing"
$$;
SELECT reflected();
SELECT switches();
SELECT reflected();
DROP FUNCTION reflected(), switches();
-- Only a superuser says what is compiled.
SET ROLE base_alice;
SET plgo.shared_base = on;
RESET ROLE;
DROP OWNED BY base_alice CASCADE;
DROP ROLE base_alice;
