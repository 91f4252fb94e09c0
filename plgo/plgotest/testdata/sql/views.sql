-- What people see of compiled functions, and what they can do about it.
CREATE FUNCTION small(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    import "math/bits"

    return int32(bits.OnesCount32(uint32(n)))
$$;
CREATE FUNCTION printed(n int) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprint(n) $$;
SELECT small(7), printed(8);
SELECT function, targets, object_bytes > 100000 AS bytes, go ~ '^go1\.' AS go, kit <> '' AS kit, modules, compile_ms > 0 AS ms, compiled > now() - interval '1 hour' AS recent
    FROM plgo.functions ORDER BY function::text;
SELECT plgo.source('small(int)');
SELECT plgo.source('lower(text)');
SELECT plgo.source('nothing(text)');
SELECT plgo.source(0);
SELECT plgo.compile('small(int)') > 0;
SELECT plgo.compile('lower(text)');
SELECT plgo.compile(NULL);
BEGIN READ ONLY;
SELECT plgo.compile('small(int)');
ROLLBACK;
SELECT plgo.recompile_all();
-- Those that cannot be compiled any more do not hold up the others.
SET check_function_bodies = off;
CREATE FUNCTION wrong() RETURNS int LANGUAGE plgo AS $$ return nothing $$;
RESET check_function_bodies;
SELECT plgo.recompile_all();
SELECT function, targets IS NULL AS missing FROM plgo.functions ORDER BY function::text;
DROP FUNCTION wrong;
-- Objects for other architectures.
SET plgo.targets = 'arm64';
SHOW plgo.targets;
SET plgo.targets = 'amd64, riscv';
SET plgo.targets = 'amd64, arm64';
CREATE FUNCTION everywhere(n int) RETURNS int LANGUAGE plgo STRICT AS $$ return n + 1 $$;
SELECT function, targets FROM plgo.functions WHERE function = 'everywhere(int)'::regprocedure;
SELECT target, count(*) FROM plgo.object WHERE key = plgo.key('everywhere(int)') GROUP BY target ORDER BY target;
SELECT everywhere(1);
RESET plgo.targets;
-- More than one batch.
DO $$
BEGIN
    FOR i IN 1..17 LOOP
        EXECUTE format('CREATE FUNCTION n%s() RETURNS int LANGUAGE plgo AS $f$ return %s $f$', i, i);
    END LOOP;
END
$$;
SELECT plgo.recompile_all();
SELECT n1() + n17();
-- Without files, from the table; with damaged files, from the table too.
SELECT count(*) > 0 AS there FROM pg_ls_dir('pgstd_objects/' || (SELECT oid FROM pg_database WHERE datname = current_database())) f;
-- Memory that functions have shows in PostgreSQL's own view.
SELECT count(*) > 0 AS there FROM pg_backend_memory_contexts WHERE name LIKE 'plgo%';
