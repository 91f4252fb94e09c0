-- A set that no base can have: functions that import it are objects, and plgo.compile() says why. The others are modules.
CREATE FUNCTION j(n int) RETURNS text LANGUAGE plgo AS $$ return shape.Point{Y: int(n)}.String() + "?" $$;
CREATE FUNCTION k() RETURNS text LANGUAGE plgo AS $$ return "k" $$;
-- What was a module goes on as that.
SELECT f(1), g(), j(1), k();
SELECT function, targets::text LIKE '%+base}' AS module, modules FROM plgo.functions WHERE function::text ~ '^[fgjk]' ORDER BY 1::text;
SELECT plgo.compile('j(int)') > 0 AS compiled;
SELECT plgo.compile('k()') > 0 AS compiled;
SELECT plgo.compile('f(int)') > 0 AS compiled;
SELECT f(1);
