-- A text that comes back as it came is the value that the server has.
CREATE FUNCTION echo(s text) RETURNS text LANGUAGE plgo AS $$ return s $$;
CREATE FUNCTION second(a text, b text) RETURNS text LANGUAGE plgo AS $$ if b > "" { return b, nil }; return a, nil $$;
CREATE FUNCTION trimmed(s text) RETURNS text LANGUAGE plgo IMMUTABLE AS $$ return strings.TrimSpace(s) $$;
CREATE FUNCTION longer(a text, b text) RETURNS text LANGUAGE plgo IMMUTABLE STRICT AS $$ if len(b) > len(a) { return b }; return a $$;
-- In whatever form it lies.
CREATE TABLE forms (name text, short text, plain text, packed text, outside text, packed_outside text);
ALTER TABLE forms ALTER plain SET STORAGE PLAIN, ALTER packed SET STORAGE MAIN, ALTER outside SET STORAGE EXTERNAL;
INSERT INTO forms VALUES ('short', 'ab', 'ab', 'ab', 'ab', 'ab'), ('empty', '', '', '', '', ''), ('null', NULL, NULL, NULL, NULL, NULL),
    ('long', repeat('é', 60), repeat('é', 700), repeat('é', 3000), repeat('é', 3000), (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i));
SELECT name, echo(short) IS NOT DISTINCT FROM short AS short, echo(plain) IS NOT DISTINCT FROM plain AS plain, echo(packed) IS NOT DISTINCT FROM packed AS packed,
    echo(outside) IS NOT DISTINCT FROM outside AS outside, echo(packed_outside) IS NOT DISTINCT FROM packed_outside AS packed_outside FROM forms ORDER BY name;
SELECT second('a', ''), second('a', 'b'), second(repeat('x', 5), repeat('y', 3)), trimmed('a'), trimmed(' a '), trimmed(repeat('z', 3) || ' ');
-- What is kept of it.
CREATE TABLE kept (t text PRIMARY KEY);
INSERT INTO kept SELECT echo(repeat('k', i)) FROM generate_series(1, 200) i;
CREATE INDEX ON kept (trimmed(t));
UPDATE kept SET t = echo(t) || echo('') WHERE length(t) < 100;
SELECT count(*), sum(length(t)), sum(length(trimmed(t))) FROM kept;
SELECT max(length(echo(t))), string_agg(echo(left(t, 1)), '') FROM (SELECT t FROM kept ORDER BY echo(t) LIMIT 5) k;
SELECT echo(g), count(*) FROM (SELECT repeat('g', 1 + i % 3) AS g FROM generate_series(1, 1000) i) x GROUP BY echo(g) ORDER BY 1;
-- By an aggregate and a window that keep it between rows.
CREATE AGGREGATE longest(text) (SFUNC = longer, STYPE = text);
SELECT longest(repeat('a', i)), longest(repeat('b', 10 - i)) FROM generate_series(1, 9) i;
SELECT i, longest(repeat('a', (7 * i) % 10)) OVER (ORDER BY i ROWS 2 PRECEDING) FROM generate_series(1, 6) i;
-- By PL/pgSQL, which changes and frees its variables.
DO $$
DECLARE
    a text := 'a';
    b text;
BEGIN
    FOR i IN 1 .. 300 LOOP
        b := echo(a);
        a := a || echo(b) || 'c';
        a := echo(right(a, 50));
        a := echo(a);
    END LOOP;
    RAISE NOTICE '% %', length(a), md5(b);
    a := longer(a, longer(b, a));
    a := NULL;
    RAISE NOTICE '%', md5(b);
END $$;
-- Where the argument is of another type of texts, the result is of its own.
CREATE FUNCTION varied(s varchar) RETURNS text LANGUAGE plgo AS $$ return s $$;
CREATE FUNCTION padded(s char) RETURNS text LANGUAGE plgo AS $$ return s $$;
CREATE FUNCTION named(s text) RETURNS name LANGUAGE plgo AS $$ return s $$;
CREATE DOMAIN short AS text CHECK (length(VALUE) < 4);
CREATE FUNCTION domained(s text) RETURNS short LANGUAGE plgo AS $$ return s $$;
CREATE FUNCTION undomained(s short) RETURNS text LANGUAGE plgo AS $$ return s $$;
SELECT varied('v'), padded('p'), named('n'), domained('d'), undomained('u');
SELECT domained('too long');
SELECT named(repeat('n', 70));
-- A large one is let go of at once, and can be returned again and again.
SELECT sum(length(echo(x))) FROM (SELECT repeat('l', 5000000 + i) AS x FROM generate_series(1, 20) i OFFSET 0) l;
