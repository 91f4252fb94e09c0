-- The procedural language plgo: Go between $$, compiled when the function is created.
-- Some of what follows fails, as it should.
\set ON_ERROR_STOP off
\set VERBOSITY default
\timing on

CREATE FUNCTION slug(title text) RETURNS text LANGUAGE plgo IMMUTABLE STRICT AS $$
    var nonword = regexp.MustCompile(`[^a-z0-9]+`)
    return strings.Trim(nonword.ReplaceAllString(strings.ToLower(title), "-"), "-"), nil
$$;
SELECT slug('Hello, World! It''s 2026');
\sf slug

-- Replaced, it is another function at the next call.
CREATE OR REPLACE FUNCTION slug(title text) RETURNS text LANGUAGE plgo IMMUTABLE STRICT AS $$
    return strings.Join(strings.Fields(strings.ToLower(title)), "_")
$$;
SELECT slug('Hello World');

-- A mistake is shown where it was made.
CREATE FUNCTION wrong(n int) RETURNS int LANGUAGE plgo AS $$
    total := 0
    return totl
$$;

-- Rows, queries, triggers.
CREATE FUNCTION primes(below int) RETURNS SETOF int LANGUAGE plgo STRICT AS $$
    return func(yield func(int32) bool) {
        for n := int32(2); n < below; n++ {
            if big.NewInt(int64(n)).ProbablyPrime(0) && !yield(n) {
                return
            }
        }
    }
$$;
SELECT count(*), sum(p) FROM primes(100000) p;
SELECT primes(2000000000) LIMIT 3;

-- What a function does wrong is an error of its statement, and the session goes on.
CREATE FUNCTION endless() RETURNS void LANGUAGE plgo AS $$ for {} $$;
SET statement_timeout = '500ms';
SELECT endless();
RESET statement_timeout;

CREATE FUNCTION nothing() RETURNS int LANGUAGE plgo AS $$
    var p *int32
    return *p
$$;
SELECT nothing();

CREATE FUNCTION passwords() RETURNS text LANGUAGE plgo AS $$
    data, err := os.ReadFile("/etc/passwd")
    return string(data), err
$$;
SELECT passwords();

CREATE FUNCTION forge() RETURNS bigint LANGUAGE plgo AS $$
    n := int64(1)
    return *(*int64)(reflect.ValueOf(&n).UnsafePointer())
$$;

-- At the speed of C: three million calls.
CREATE FUNCTION inc(n bigint) RETURNS bigint LANGUAGE plgo IMMUTABLE STRICT AS $$ return n + 1 $$;
SELECT sum(inc(i)) FROM generate_series(1, 3000000) i;

SELECT function, targets, object_bytes, go, round(compile_ms) AS compile_ms FROM plgo.functions;
