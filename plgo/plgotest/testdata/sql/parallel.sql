-- In parallel workers.
CREATE TABLE t AS SELECT i AS n FROM generate_series(1, 20000) i;
ANALYZE t;
CREATE FUNCTION safe(n int) RETURNS int LANGUAGE plgo PARALLEL SAFE IMMUTABLE STRICT AS $$ return n % 7 $$;
CREATE FUNCTION worker(n int) RETURNS bool LANGUAGE plgo PARALLEL SAFE STRICT AS $$
    var leader *int
    err := pg.QueryRow("SELECT leader_pid FROM pg_stat_activity WHERE pid = pg_backend_pid()").Scan(&leader)
    return leader != nil, err
$$;
CREATE FUNCTION fails_at(n int) RETURNS int LANGUAGE plgo PARALLEL SAFE STRICT AS $$
    if n == 15000 {
        return 0, &pg.Error{Code: "22023", Message: "not this one", Detail: "a detail"}
    }
    return n
$$;
CREATE FUNCTION dies_at(n int) RETURNS int LANGUAGE plgo PARALLEL SAFE STRICT AS $$
    if n == 15000 {
        panic("in a worker")
    }
    return n
$$;
CREATE FUNCTION writes(n int) RETURNS int LANGUAGE plgo PARALLEL SAFE STRICT AS $$ _, err := pg.Exec("INSERT INTO t VALUES (0)"); return n, err $$;
CREATE FUNCTION combine(a bigint, b bigint) RETURNS bigint LANGUAGE plgo PARALLEL SAFE IMMUTABLE STRICT AS $$ return a + b $$;
CREATE FUNCTION step(a bigint, n int) RETURNS bigint LANGUAGE plgo PARALLEL SAFE IMMUTABLE STRICT AS $$ return a + int64(n) $$;
CREATE AGGREGATE total(int) (sfunc = step, stype = bigint, initcond = 0, combinefunc = combine, parallel = safe);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT count(*) FROM t WHERE safe(n) = 3;
SELECT count(*) FROM t WHERE safe(n) = 3;
SELECT total(n) FROM t;
SET parallel_leader_participation = off;
SELECT bool_and(worker(n)) FROM t WHERE n <= 10;
SELECT max(fails_at(n)) FROM t;
\set VERBOSITY terse
SELECT max(dies_at(n)) FROM t;
SELECT max(writes(n)) FROM t;
\set VERBOSITY default
SELECT count(*) FROM t WHERE safe(n) = 3;
-- A worker compiles nothing into the table, and runs all the same.
RESET ALL;
SET check_function_bodies = off;
CREATE FUNCTION not_yet(n int) RETURNS int LANGUAGE plgo PARALLEL SAFE STRICT AS $$ return n % 5 $$;
RESET check_function_bodies;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;
SELECT max(not_yet(n)) FROM t;
SELECT count(*) FROM plgo.object WHERE key = plgo.key('not_yet(int)');
RESET ALL;
SELECT not_yet(8);
SELECT count(*) FROM plgo.object WHERE key = plgo.key('not_yet(int)');
