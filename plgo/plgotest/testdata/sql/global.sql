-- What stays between calls: package variables, by session and role, until something ends them.

CREATE FUNCTION counter() RETURNS int LANGUAGE plgo AS $$
    var (
        n int32
    )
    n++
    return n
$$;
CREATE FUNCTION other() RETURNS int LANGUAGE plgo AS $$
    var (
        n int32
    )
    n += 10
    return n
$$;
SELECT counter(), counter();
SELECT counter(), other(), other();
-- A new session begins anew.
\c
SELECT counter();
-- Transactions do not matter.
BEGIN; SELECT counter(); ROLLBACK;
SELECT counter();
-- An ordinary error does not either, nor does a panic; a death does.
CREATE FUNCTION fragile(how text) RETURNS int LANGUAGE plgo STRICT AS $$
    var (
        n int32
    )
    n++
    switch how {
    case "error":
        return 0, fmt.Errorf("error at %d", n)
    case "sql":
        _, err := pg.Exec("SELECT 1/0")
        return n, err
    case "panic":
        panic(fmt.Sprint("panic at ", n))
    case "die":
        os.Exit(1)
    }
    return n
$$;
\set VERBOSITY terse
SELECT fragile('');
SELECT fragile('error');
SELECT fragile('sql');
SELECT fragile('');
SELECT fragile('panic');
SELECT fragile('');
SELECT fragile('die');
SELECT fragile('');
-- The others live on.
SELECT counter();
\set VERBOSITY default
-- A change of the function begins anew; one that leaves it as it is compiles nothing.
CREATE OR REPLACE FUNCTION counter() RETURNS int LANGUAGE plgo AS $$
    var (
        n int32 = 100
    )
    n++
    return n
$$;
SELECT counter();
SELECT counter();
-- Each role has variables of its own.
CREATE ROLE global_a; CREATE ROLE global_b;
SET ROLE global_a; SELECT counter(), counter();
SET ROLE global_b; SELECT counter();
SET ROLE global_a; SELECT counter();
RESET ROLE;
SELECT counter();
-- Whose they are in a function that runs as its owner.
CREATE FUNCTION as_owner() RETURNS int LANGUAGE plgo SECURITY DEFINER AS $$
    var (
        n int32
    )
    n++
    return n
$$;
SELECT as_owner();
SET ROLE global_a; SELECT as_owner(); RESET ROLE;
SET SESSION AUTHORIZATION global_b; SELECT as_owner(), counter(); RESET SESSION AUTHORIZATION;
DROP ROLE global_a, global_b;
-- Initialised once, when it is first called; a cache between calls.
CREATE FUNCTION cached(pattern text, s text) RETURNS text LANGUAGE plgo STRICT AS $$
    var (
        compiled = map[string]*regexp.Regexp{}
    )

    func get(pattern string) (*regexp.Regexp, error) {
        if re := compiled[pattern]; re != nil {
            return re, nil
        }
        pg.Notice("compiling " + pattern)
        re, err := regexp.Compile(pattern)
        compiled[pattern] = re
        return re, err
    }

    re, err := get(pattern)
    if err != nil {
        return "", err
    }
    return re.FindString(s)
$$;
SELECT cached('[0-9]+', 'abc 123 def'), cached('[0-9]+', '45'), cached('[a-z]+', '1x');
SELECT cached('(', 'x');
-- The number of functions with state is not limited by what a session can load at a time.
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        EXECUTE format('CREATE FUNCTION n_%s() RETURNS int LANGUAGE plgo AS $f$ var ( n = int32(%s) ); n++; return n $f$', i, i * 1000);
    END LOOP;
END
$$;
SELECT n_1(), n_2(), n_3();
SELECT n_1(), n_2(), n_3();
