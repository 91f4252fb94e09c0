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
GRANT USAGE ON SCHEMA plgo TO PUBLIC;

-- What functions have been compiled to. The handler reads and writes it; what
-- stands in it is believed, so nobody else has a right to.
CREATE TABLE plgo.object (
    key          bytea       NOT NULL,  -- SHA-256 of source, signature and policy
    target       text        COLLATE "C" NOT NULL,
    digest       bytea       NOT NULL,  -- SHA-256 of the object
    kit          text        NOT NULL,
    go           text        NOT NULL,
    modules      text        NOT NULL,  -- as PATH VERSION, one a line
    milliseconds float8      NOT NULL,
    compiled     timestamptz NOT NULL,
    object       bytea       NOT NULL,
    signature    text,                  -- of the object, as minisign writes it
    PRIMARY KEY (key, target)
);
ALTER TABLE plgo.object ALTER object SET STORAGE EXTERNAL;
REVOKE ALL ON plgo.object FROM PUBLIC;

-- A restore may bring objects of functions that it has called already.
CREATE FUNCTION plgo.skip_known() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_skip_known';
CREATE TRIGGER skip_known BEFORE INSERT ON plgo.object
    FOR EACH ROW EXECUTE FUNCTION plgo.skip_known();

-- Whoever owns the extension can dump its database, without being a superuser.
DO $$
BEGIN
    EXECUTE pg_catalog.format('GRANT SELECT ON plgo.object TO %s', (
        SELECT e.extowner::pg_catalog.regrole
        FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) 'plgo'));
END
$$;
SELECT pg_catalog.pg_extension_config_dump('plgo.object', '');

CREATE FUNCTION plgo.key(regprocedure) RETURNS bytea
    STABLE STRICT PARALLEL SAFE LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_key';

CREATE FUNCTION plgo.compile(regprocedure) RETURNS float8
    STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_compile';
COMMENT ON FUNCTION plgo.compile(regprocedure) IS 'compiles a function anew; returns the milliseconds that it took';

CREATE FUNCTION plgo.recompile_all() RETURNS integer
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_recompile_all';
REVOKE ALL ON FUNCTION plgo.recompile_all() FROM PUBLIC;
COMMENT ON FUNCTION plgo.recompile_all() IS 'compiles all functions of this database anew; returns how many';

CREATE FUNCTION plgo.source(regprocedure) RETURNS text
    STABLE STRICT LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_source';
COMMENT ON FUNCTION plgo.source(regprocedure) IS 'the Go file that a function is compiled from';

CREATE FUNCTION plgo.tidy() RETURNS event_trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'plgo_sql_tidy';

-- Functions that go with something else wait for the next of these.
CREATE EVENT TRIGGER plgo_tidy ON sql_drop
    WHEN TAG IN ('DROP FUNCTION', 'DROP PROCEDURE', 'DROP ROUTINE', 'DROP SCHEMA',
                 'DROP TYPE', 'DROP DOMAIN', 'DROP EXTENSION', 'DROP OWNED')
    EXECUTE FUNCTION plgo.tidy();

CREATE VIEW plgo.functions AS
    SELECT p.oid::regprocedure AS function,
           array_agg(o.target ORDER BY o.target) FILTER (WHERE o.target IS NOT NULL) AS targets,
           max(octet_length(o.object)) AS object_bytes,
           max(o.go) AS go,
           max(o.kit) AS kit,
           max(o.modules) AS modules,
           max(o.milliseconds) AS compile_ms,
           max(o.compiled) AS compiled
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname = 'plgo'
    LEFT JOIN plgo.object o ON o.key = plgo.key(p.oid)
    GROUP BY p.oid;
GRANT SELECT ON plgo.functions TO PUBLIC;
