-- A value that is a text in Go comes back as it was, whatever the session's settings are.
CREATE FUNCTION echo(v anyelement) RETURNS anyelement LANGUAGE plgo AS $$ return v $$;
CREATE FUNCTION echo_array(v anyarray) RETURNS anyarray LANGUAGE plgo AS $$ return v $$;
CREATE FUNCTION echo(v tstzrange) RETURNS tstzrange LANGUAGE plgo AS $$ return v $$;
CREATE FUNCTION echo(v tstzmultirange) RETURNS tstzmultirange LANGUAGE plgo AS $$ return v $$;
CREATE TYPE seen AS (at timestamptz, for_ interval, how float8);
CREATE TYPE floats AS RANGE (SUBTYPE = float8);
CREATE FUNCTION echo(v floats) RETURNS floats LANGUAGE plgo AS $$ return v $$;
CREATE FUNCTION lower_of(v tstzrange) RETURNS timestamptz LANGUAGE plgo AS $$
    var r pg.Range[time.Time]
    err := pg.QueryRow("SELECT $1::tstzrange", v).Scan(&r)
    return r.Lower, err
$$;
CREATE FUNCTION shown(query text) RETURNS text LANGUAGE plgo AS $$ var s string; return s, pg.QueryRow(query).Scan(&s) $$;
CREATE FUNCTION failing(query text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE query; RETURN 'none'; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $$;
CREATE TABLE v AS SELECT timestamptz '2024-06-01 12:00:00+00' AS at, date '2024-01-02' AS d, interval '-1 mon +2 days -03:04:05' AS i, 0.1::float8 + 0.2 AS f;
CREATE VIEW changed AS SELECT what FROM v, LATERAL (VALUES
    ('timestamptz', at = echo(at)), ('timestamptz[]', ARRAY[at] = echo_array(ARRAY[at])), ('date', d = echo(d)), ('interval', i = echo(i)),
    ('tstzrange', tstzrange(at, NULL) = echo(tstzrange(at, NULL))), ('tstzmultirange', tstzmultirange(tstzrange(at, NULL)) = echo(tstzmultirange(tstzrange(at, NULL)))),
    ('bound', at = lower_of(tstzrange(at, NULL))),
    ('float8', f = echo(f)), ('float4', f::float4 = echo(f::float4)), ('floats', floats(f, NULL) = echo(floats(f, NULL))),
    ('composite', ROW(at, i, f)::seen = echo(ROW(at, i, f)::seen))) x (what, same) WHERE same IS NOT TRUE;
SET timezone = 'Asia/Kolkata';
SET datestyle = 'Postgres, DMY'; SET intervalstyle = 'postgres_verbose'; SET extra_float_digits = 0;
TABLE changed;
SET datestyle = 'SQL, MDY'; SET intervalstyle = 'sql_standard'; SET extra_float_digits = -15;
TABLE changed;
SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 3;
TABLE changed;
-- What has a type in Go is shown as SQL does it, and the settings are as they were.
SELECT shown('SELECT at FROM v'), shown('SELECT tstzrange(at, NULL) FROM v'), at, f, tstzrange(at, NULL) FROM v;
SET extra_float_digits = -10;
SELECT shown('SELECT floats(f, NULL) FROM v'), f, floats(f, NULL) FROM v;
-- Also where a type's function fails.
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE moods AS SELECT 'high'::mood AS m;
DELETE FROM pg_enum WHERE enumlabel = 'high' AND enumtypid = 'mood'::regtype;
SELECT regexp_replace(e, '[0-9]+', 'N') FROM (SELECT failing('SELECT echo(ROW(1.5::float8, m)) FROM moods') AS e) _;
SELECT at, f FROM v;
SHOW datestyle; SHOW extra_float_digits;
