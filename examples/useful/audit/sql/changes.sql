CREATE TABLE audit_changes (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	who text NOT NULL DEFAULT session_user,
	what text NOT NULL,
	tab regclass NOT NULL,
	old jsonb,
	new jsonb
);
SELECT pg_catalog.pg_extension_config_dump('audit_changes', '');
-- Where the table is, and nowhere where others can put one.
ALTER FUNCTION audit() SET search_path = pg_catalog, @extschema@, pg_temp;
