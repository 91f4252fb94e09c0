-- Calls that fail, one after the other at the same depth of the stack, leave nothing behind.
CREATE FUNCTION fails(words text[]) RETURNS int LANGUAGE plgo AS $$
	if len(words) > 0 {
		return errors.New("no")
	}
	return 0
$$;
CREATE FUNCTION used() RETURNS bigint LANGUAGE sql AS $$
	SELECT used_bytes FROM pg_backend_memory_contexts WHERE name = 'TopMemoryContext'
$$;
CREATE FUNCTION failures(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	failed int := 0;
BEGIN
	FOR i IN 1 .. n LOOP
		BEGIN
			PERFORM fails(ARRAY['x']);
		EXCEPTION WHEN OTHERS THEN
			failed := failed + 1;
		END;
	END LOOP;
	RETURN failed;
END
$$;
SELECT failures(10);
SELECT used() AS before \gset
SELECT failures(5000);
SELECT used() - :before < 8192 AS nothing_is_left;
