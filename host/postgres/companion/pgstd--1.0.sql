\echo Use "CREATE EXTENSION pgstd" to load this file. \quit

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;

CREATE FUNCTION @extschema@.discard_worlds() RETURNS pg_catalog.int4
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pgstd_companion_discard_worlds';

COMMENT ON FUNCTION @extschema@.discard_worlds()
IS 'discards the idle Go worlds of this session; returns how many';

CREATE FUNCTION @extschema@.worlds(
	OUT module pg_catalog.text,
	OUT owner pg_catalog.regrole,
	OUT role pg_catalog.regrole,
	OUT state pg_catalog.text,
	OUT memory pg_catalog.int8,
	OUT memory_limit pg_catalog.int8,
	OUT started_at pg_catalog.timestamptz,
	OUT deaths pg_catalog.int8,
	OUT isolation pg_catalog.text,
	OUT pid pg_catalog.int4,
	OUT cpu_time pg_catalog.interval,
	OUT resident pg_catalog.int8
) RETURNS SETOF pg_catalog.record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED ROWS 10
AS 'MODULE_PATHNAME', 'pgstd_companion_worlds';

COMMENT ON FUNCTION @extschema@.worlds()
IS 'Go worlds of this session';

CREATE VIEW @extschema@.worlds AS
SELECT module, owner, role, state, memory, memory_limit, started_at, deaths, isolation, pid, cpu_time, resident
FROM @extschema@.worlds();

COMMENT ON VIEW @extschema@.worlds
IS 'Go worlds of this session, one for each module, owner of functions that share a base, and role; pid, cpu_time and resident are of the cell, which has all of the role';

GRANT SELECT ON @extschema@.worlds TO PUBLIC;

CREATE FUNCTION @extschema@.start_profile(hertz pg_catalog.int4 DEFAULT 100) RETURNS pg_catalog.void
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pgstd_companion_start_profile';

COMMENT ON FUNCTION @extschema@.start_profile(pg_catalog.int4)
IS 'begins to note, so many times for each second of CPU time, which Go function of this session runs';

CREATE FUNCTION @extschema@.stop_profile() RETURNS pg_catalog.bytea
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pgstd_companion_stop_profile';

COMMENT ON FUNCTION @extschema@.stop_profile()
IS 'ends the profile that start_profile() has begun, and returns it as pprof reads it';

CREATE FUNCTION @extschema@.start_heap_profile(bytes pg_catalog.int4 DEFAULT 524288) RETURNS pg_catalog.void
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pgstd_companion_start_heap_profile';

COMMENT ON FUNCTION @extschema@.start_heap_profile(pg_catalog.int4)
IS 'begins to note, once for so many bytes on average, which Go function of this session allocates memory';

CREATE FUNCTION @extschema@.stop_heap_profile() RETURNS pg_catalog.bytea
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pgstd_companion_stop_heap_profile';

COMMENT ON FUNCTION @extschema@.stop_heap_profile()
IS 'ends the profile that start_heap_profile() has begun, and returns it as pprof reads it';

REVOKE ALL ON FUNCTION @extschema@.start_heap_profile(pg_catalog.int4) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.stop_heap_profile() FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.start_profile(pg_catalog.int4) FROM PUBLIC;
REVOKE ALL ON FUNCTION @extschema@.stop_profile() FROM PUBLIC;
