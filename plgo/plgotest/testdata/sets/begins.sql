-- What packages of a set do when they are initialised, in a world that others' functions of the owner share.
CREATE FUNCTION counts() RETURNS bigint LANGUAGE plgo AS $$ return spawn.Count() $$;
CREATE FUNCTION booms() RETURNS int LANGUAGE plgo AS $$ return boom.F() $$;
CREATE FUNCTION exits() RETURNS int LANGUAGE plgo AS $$ return exits.F() $$;
CREATE FUNCTION asks() RETURNS text LANGUAGE plgo AS $$ return asks.Answer $$;
SELECT counts(), counts();
-- A panic ends the world, as the package is in no state that is one; each time, with the same error.
SELECT booms();
SELECT counts(), counts();
SELECT booms();
SELECT counts(), counts();
SELECT exits();
SELECT counts();
-- A statement of an init function can call functions of the same world.
CREATE FUNCTION answers() RETURNS text LANGUAGE plgo AS $$ return fmt.Sprint("counted ", spawn.Count()) $$;
SELECT asks(), counts();
SELECT asks(), counts();
-- Not one that needs the package that is being initialised: that call ends, and what has called it goes on.
SELECT pgstd.discard_worlds() > 0 AS discarded;
CREATE OR REPLACE FUNCTION answers() RETURNS text LANGUAGE plgo AS $$ return "it is " + asks.Answer $$;
SELECT asks();
SELECT answers();
-- Nor is it the end of the world if the function panics that it calls.
SELECT pgstd.discard_worlds() > 0 AS discarded;
CREATE OR REPLACE FUNCTION answers() RETURNS text LANGUAGE plgo AS $$ var list []string; return list[len(list)] $$;
SELECT counts();
SELECT asks(), counts();
-- But if what it calls cannot be initialised.
SELECT pgstd.discard_worlds() > 0 AS discarded;
CREATE OR REPLACE FUNCTION answers() RETURNS text LANGUAGE plgo AS $$ return fmt.Sprint(boom.F()) $$;
SELECT counts();
SELECT asks();
SELECT counts();
SELECT function, targets::text LIKE '%+base}' AS module FROM plgo.functions ORDER BY function::text;
