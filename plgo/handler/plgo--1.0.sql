\echo Use "CREATE EXTENSION plgo" to load this file. \quit

CREATE FUNCTION plgo_call_handler() RETURNS language_handler
    LANGUAGE c AS 'MODULE_PATHNAME';

CREATE FUNCTION plgo_inline_handler(internal) RETURNS void
    STRICT LANGUAGE c AS 'MODULE_PATHNAME';

CREATE FUNCTION plgo_validator(oid) RETURNS void
    STRICT LANGUAGE c AS 'MODULE_PATHNAME';

CREATE TRUSTED LANGUAGE plgo
    HANDLER plgo_call_handler
    INLINE plgo_inline_handler
    VALIDATOR plgo_validator;

COMMENT ON LANGUAGE plgo IS 'Go, compiled to native code; trusted';

CREATE SCHEMA plgo;

-- The state of an aggregate: a number that means something to the session whose query
-- it is of, while that runs. It has no text.
CREATE TYPE plgo.state;
CREATE FUNCTION plgo.state_in(cstring) RETURNS plgo.state
    STABLE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_state_in';
CREATE FUNCTION plgo.state_out(plgo.state) RETURNS cstring
    STABLE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_state_out';
CREATE TYPE plgo.state (INPUT = plgo.state_in, OUTPUT = plgo.state_out,
    INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double);
COMMENT ON TYPE plgo.state IS 'the state of an aggregate in plgo, while its query runs';

-- What functions have been compiled to. The handler reads and writes it; what
-- stands in it is believed, so nobody else has a right to. Nothing is unique in it:
-- who writes a row waits for nobody. Each session opens it at its first call: a default would have that read one
-- more catalog, and what inserts rows in another way comes past the trigger below.
CREATE TABLE plgo.object (
    function     oid         NOT NULL,  -- that the row belongs to; 0: a restore has brought it
    cluster      int8        NOT NULL,  -- in which that is the number of the function; 0: in none
    key          bytea       NOT NULL,  -- SHA-256 of source, signature and policy
    target       text        COLLATE "C" NOT NULL,
    digest       bytea       NOT NULL,  -- SHA-256 of the object
    kit          text        NOT NULL,
    go           text        NOT NULL,
    modules      text        NOT NULL,  -- as PATH VERSION, one a line
    milliseconds float8      NOT NULL,
    compiled     timestamptz NOT NULL,
    object       bytea       NOT NULL,
    signature    text        -- of the object, as minisign writes it
);
CREATE INDEX object_function ON plgo.object (function);
CREATE INDEX object_key ON plgo.object (key, target);
CREATE INDEX object_digest ON plgo.object (digest);

-- lz4 takes less time than to write what it saves. pglz takes longer than the compiler has: a server
-- that has nothing else leaves objects as they are.
ALTER TABLE plgo.object ALTER object SET STORAGE EXTERNAL;
DO $$
BEGIN
    ALTER TABLE plgo.object ALTER object SET COMPRESSION lz4;
    ALTER TABLE plgo.object ALTER object SET STORAGE EXTENDED;
EXCEPTION
    WHEN feature_not_supported THEN
        NULL;
END
$$;

-- A restore may bring objects of functions that it has called already.
CREATE FUNCTION plgo.restored() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_restored';
CREATE TRIGGER restored BEFORE INSERT ON plgo.object
    FOR EACH ROW EXECUTE FUNCTION plgo.restored();

SELECT pg_catalog.pg_extension_config_dump('plgo.object', '');

CREATE FUNCTION plgo.key(regprocedure) RETURNS bytea
    STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_key';

CREATE FUNCTION plgo.compile(regprocedure) RETURNS float8
    STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_compile';
COMMENT ON FUNCTION plgo.compile(regprocedure) IS 'compiles a function anew; returns the milliseconds that it took';

CREATE FUNCTION plgo.recompile_all() RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_recompile_all';
COMMENT ON FUNCTION plgo.recompile_all() IS 'compiles all functions of this database anew; returns how many';

CREATE FUNCTION plgo.source(regprocedure) RETURNS text
    STABLE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_source';
COMMENT ON FUNCTION plgo.source(regprocedure) IS 'the Go file that a function is compiled from';

CREATE FUNCTION plgo.check(source text, signature text DEFAULT '() RETURNS void') RETURNS void
    STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_check';
COMMENT ON FUNCTION plgo.check(text, text) IS 'whether a text could be a function of that signature; creates nothing';

CREATE FUNCTION plgo.create_aggregate(signature text, source text) RETURNS regprocedure
    STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_create_aggregate';
COMMENT ON FUNCTION plgo.create_aggregate(text, text) IS 'makes an aggregate, and its functions, of a text with a type that has the methods Step and Final';

CREATE FUNCTION plgo.prepare() RETURNS void
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_prepare';
COMMENT ON FUNCTION plgo.prepare() IS 'waits until the compiler is ready: the first time on a machine it compiles the standard library';

CREATE FUNCTION plgo.debugger() RETURNS text
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_debugger';
COMMENT ON FUNCTION plgo.debugger() IS 'commands by which gdb finds the functions that this session has loaded under plgo.debug';

CREATE FUNCTION plgo.tidy() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_tidy';

-- Functions that go with something else wait for the next of these.
CREATE EVENT TRIGGER plgo_tidy ON sql_drop
    WHEN TAG IN ('DROP FUNCTION', 'DROP AGGREGATE', 'DROP PROCEDURE', 'DROP ROUTINE', 'DROP SCHEMA',
                 'DROP TYPE', 'DROP DOMAIN', 'DROP EXTENSION', 'DROP OWNED')
    EXECUTE FUNCTION plgo.tidy();

CREATE VIEW plgo.functions AS
    SELECT p.oid::regprocedure AS function,
           array_agg(DISTINCT o.target ORDER BY o.target) FILTER (WHERE o.target IS NOT NULL) AS targets,
           max(octet_length(o.object)) AS object_bytes,
           max(o.go) AS go,
           max(o.kit) AS kit,
           max(o.modules) AS modules,
           max(o.milliseconds) AS compile_ms,
           max(o.compiled) AS compiled,
           -- As pgstd.worlds names it. A module has the base's digest from its 17th byte on.
           max(encode(substring(o.object FROM 17 FOR 4), 'hex'))
               FILTER (WHERE o.target OPERATOR(pg_catalog.~~) '%+base') AS base
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang AND l.lanname OPERATOR(pg_catalog.=) 'plgo'
    LEFT JOIN plgo.object o ON o.key OPERATOR(pg_catalog.=) plgo.key(p.oid)
        -- Rows of others are what it runs if it has none of its own.
        AND (o.function OPERATOR(pg_catalog.=) p.oid OR NOT EXISTS (
            SELECT FROM plgo.object own
            WHERE own.function OPERATOR(pg_catalog.=) p.oid AND own.key OPERATOR(pg_catalog.=) o.key
                AND own.cluster OPERATOR(pg_catalog.=) (SELECT system_identifier FROM pg_catalog.pg_control_system())))
    GROUP BY p.oid;

-- Whoever creates the extension: all of it belongs to the bootstrap superuser, as the
-- handler believes nobody else.
DO $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT o.type, o.identity
        FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND d.refobjid OPERATOR(pg_catalog.=) e.oid AND d.deptype OPERATOR(pg_catalog.=) 'e',
            pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) o
        WHERE e.extname OPERATOR(pg_catalog.=) 'plgo'
            AND o.type OPERATOR(pg_catalog.=) ANY (ARRAY['schema', 'table', 'view', 'function', 'language', 'event trigger'])
    LOOP
        EXECUTE pg_catalog.format('ALTER %s %s OWNER TO %s', member.type, member.identity, 10::pg_catalog.regrole);
    END LOOP;
    EXECUTE pg_catalog.format('ALTER TYPE plgo.state OWNER TO %s', 10::pg_catalog.regrole);
END
$$;

-- Rights come after that. C functions are for nobody but what they have been made for.
REVOKE ALL ON plgo.object FROM PUBLIC;
REVOKE ALL ON FUNCTION plgo_call_handler(), plgo_inline_handler(internal), plgo_validator(oid),
    plgo.restored(), plgo.tidy(), plgo.recompile_all(), plgo.debugger() FROM PUBLIC;
GRANT USAGE ON SCHEMA plgo TO PUBLIC;
GRANT SELECT ON plgo.functions TO PUBLIC;

-- Whoever owns the extension can dump its database, without being a superuser.
DO $$
BEGIN
    EXECUTE pg_catalog.format('GRANT SELECT ON plgo.object TO %s', (
        SELECT e.extowner::pg_catalog.regrole
        FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'plgo'));
END
$$;

-- The first function need not wait for it.
SELECT plgo.prepare();
