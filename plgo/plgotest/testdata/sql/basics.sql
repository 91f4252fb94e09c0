-- Arguments and results of every form.

-- Statements, with and without a last return, on one line and on many.
CREATE FUNCTION one() RETURNS int LANGUAGE plgo AS 'return 1';
CREATE FUNCTION with_error(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    if n < 0 {
        return 0, errors.New("negative")
    }
    return n * 2, nil
$$;
CREATE FUNCTION nothing() RETURNS void LANGUAGE plgo AS '';
CREATE FUNCTION nothing_but_comment() RETURNS void LANGUAGE plgo AS '// not much';
CREATE FUNCTION told(s text) RETURNS void LANGUAGE plgo STRICT AS $$ pg.Notice("told " + s) $$;
CREATE FUNCTION half_way(n int) RETURNS void LANGUAGE plgo STRICT AS $$
    if n > 10 {
        return
    }
    pg.Notice("small")
$$;
CREATE FUNCTION ends_badly() RETURNS void LANGUAGE plgo AS $$ return errors.New("a bad end") $$;
SELECT one(), with_error(4);
SELECT with_error(-4);
SELECT nothing(), nothing() IS NULL AS null;
SELECT nothing_but_comment();
SELECT told('you');
SELECT half_way(1);
SELECT half_way(11);
SELECT ends_badly();

-- NULL: never seen by a strict function, nil for any other.
CREATE FUNCTION strict_len(s text) RETURNS int LANGUAGE plgo STRICT AS $$ return int32(len(s)) $$;
CREATE FUNCTION null_len(s text) RETURNS int LANGUAGE plgo AS $$
    if s == nil {
        return -1
    }
    return int32(len(*s))
$$;
CREATE FUNCTION null_if_odd(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    if n%2 == 1 {
        return nil
    }
    return n
$$;
CREATE FUNCTION same(n int) RETURNS int LANGUAGE plgo AS $$ return n $$;
SELECT strict_len('abc'), strict_len(NULL), null_len('abc'), null_len(NULL);
SELECT null_if_odd(1), null_if_odd(2), same(3), same(NULL);

-- Arguments without names, by number and as a whole.
CREATE FUNCTION add(int, int) RETURNS int LANGUAGE plgo STRICT AS $$ return _1 + _2 $$;
CREATE FUNCTION mixed(int, b int) RETURNS int LANGUAGE plgo STRICT AS $$ return _1 * b + _2 $$;
CREATE FUNCTION total(int, int, int) RETURNS int LANGUAGE plgo STRICT AS $$
    sum := int32(0)
    for _, n := range args {
        sum += n
    }
    return sum
$$;
CREATE FUNCTION kinds(int, text) RETURNS text LANGUAGE plgo STRICT AS $$ return fmt.Sprintf("%T %T", args[0], args[1]) $$;
SELECT add(1, 2), mixed(3, 4), total(1, 2, 3), kinds(1, 'x');
SELECT mixed(b => 4, 3);
SELECT mixed(3, b => 4);

-- Defaults, by position and by name.
CREATE FUNCTION greet(who text DEFAULT 'world', mark text DEFAULT '!') RETURNS text LANGUAGE plgo STRICT AS $$
    return "hello " + who + mark
$$;
SELECT greet(), greet('you'), greet(mark => '?'), greet(mark := '.', who := 'all');

-- OUT, INOUT, TABLE.
CREATE FUNCTION divide(a int, b int, OUT quotient int, OUT remainder int) LANGUAGE plgo STRICT AS $$
    quotient, remainder = a/b, a%b
$$;
CREATE FUNCTION divide_return(a int, b int, OUT quotient int, OUT remainder int) LANGUAGE plgo STRICT AS $$
    return a / b, a % b
$$;
CREATE FUNCTION next(INOUT n int) LANGUAGE plgo STRICT AS $$ n++ $$;
CREATE FUNCTION swap(INOUT a text, INOUT b text) LANGUAGE plgo AS $$ a, b = b, a $$;
CREATE FUNCTION out_null(OUT a int, OUT b text) LANGUAGE plgo AS $$ a, b = 1, nil $$;
CREATE FUNCTION out_fails(OUT a int, OUT b text) LANGUAGE plgo AS $$
    a = 1
    return errors.New("no b")
$$;
CREATE FUNCTION out_one(n int, OUT twice int) LANGUAGE plgo STRICT AS $$ twice = 2 * n $$;
SELECT * FROM divide(17, 5);
SELECT divide_return(17, 5), next(1), out_one(4);
SELECT * FROM swap('a', NULL);
SELECT * FROM out_null();
SELECT * FROM out_fails();
\set VERBOSITY terse
SELECT * FROM divide(1, 0);
\set VERBOSITY default

-- VARIADIC, called with values, with an array, and with none.
CREATE FUNCTION joined(separator text, VARIADIC parts text[]) RETURNS text LANGUAGE plgo STRICT AS $$
    return strings.Join(parts, separator)
$$;
CREATE FUNCTION how_many(VARIADIC n int[] DEFAULT '{}') RETURNS int LANGUAGE plgo STRICT AS $$ return int32(len(n)) $$;
SELECT joined('-', 'a', 'b', 'c'), joined('+', VARIADIC '{x,y}'), how_many(), how_many(1, 2);
SELECT joined('-', 'a', NULL);

-- Overloading.
CREATE FUNCTION what(int) RETURNS text LANGUAGE plgo STRICT AS $$ return "int" $$;
CREATE FUNCTION what(text) RETURNS text LANGUAGE plgo STRICT AS $$ return "text" $$;
CREATE FUNCTION what(int, int) RETURNS text LANGUAGE plgo STRICT AS $$ return "two" $$;
SELECT what(1), what('x'::text), what(1, 2);

-- Declarations before the statements: imports, constants, types, functions, variables.
CREATE FUNCTION declared(s text) RETURNS text LANGUAGE plgo STRICT AS $$
    import (
        "sort"
        str "strings"
    )
    import "encoding/json"

    const mark = "!"

    type byLength []string

    func (b byLength) Len() int           { return len(b) }
    func (b byLength) Less(i, j int) bool { return len(b[i]) < len(b[j]) }
    func (b byLength) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

    func shout(s string) string { return str.ToUpper(s) + mark }

    words := str.Fields(s)
    sort.Stable(byLength(words))
    return shout(str.Join(words, " "))
$$;
SELECT declared('a longer word is here');
\sf declared

-- Control flow that a body may have.
CREATE FUNCTION flow(n int) RETURNS text LANGUAGE plgo STRICT AS $$
    defer func() {
        if r := recover(); r != nil {
            pg.Notice(fmt.Sprint("recovered: ", r))
            panic(r)
        }
    }()
outer:
    for i := range n {
        switch {
        case i == 3:
            break outer
        case i == 1:
            continue outer
        }
        pg.Notice(fmt.Sprint("step ", i))
    }
    if n == 0 {
        goto end
    }
    return "loops"
end:
    return "jumped"
$$;
SELECT flow(9);
SELECT flow(0);

-- Goroutines and channels within a call.
CREATE FUNCTION squares(n int) RETURNS bigint LANGUAGE plgo STRICT AS $$
    ch := make(chan int64)
    var wg sync.WaitGroup
    for i := range int64(n) {
        wg.Go(func() { ch <- i * i })
    }
    go func() { wg.Wait(); close(ch) }()
    var sum int64
    for v := range ch {
        sum += v
    }
    return sum
$$;
SELECT squares(100);

-- Functions that call functions, and themselves.
CREATE FUNCTION fact(n int) RETURNS bigint LANGUAGE plgo STRICT AS $$
    if n <= 1 {
        return 1
    }
    var below int64
    err := pg.QueryRow("SELECT fact($1)", n-1).Scan(&below)
    return int64(n) * below, err
$$;
CREATE FUNCTION even(n int) RETURNS bool LANGUAGE plgo STRICT AS $$
    if n == 0 {
        return true
    }
    var odd bool
    err := pg.QueryRow("SELECT odd($1)", n-1).Scan(&odd)
    return odd, err
$$;
CREATE FUNCTION odd(n int) RETURNS bool LANGUAGE plgo STRICT AS $$
    if n == 0 {
        return false
    }
    var even bool
    err := pg.QueryRow("SELECT even($1)", n-1).Scan(&even)
    return even, err
$$;
SELECT fact(10), even(9), odd(9);
CREATE FUNCTION forever(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    var deeper int32
    err := pg.QueryRow("SELECT forever($1)", n+1).Scan(&deeper)
    return deeper, err
$$;
\set VERBOSITY terse
SELECT forever(0);
\set VERBOSITY default
SELECT fact(5);

-- In other places than the select list.
CREATE TABLE t (n int, s text DEFAULT greet('table'), CHECK (with_error(n) < 100));
CREATE INDEX ON t (strict_len(s));
CREATE FUNCTION pure(s text) RETURNS int LANGUAGE plgo IMMUTABLE STRICT AS $$ return int32(len(s)) $$;
CREATE INDEX t_pure ON t (pure(s));
INSERT INTO t (n) VALUES (1), (2);
INSERT INTO t (n) VALUES (50);
INSERT INTO t (n) VALUES (-1);
SELECT * FROM t WHERE pure(s) = 12 ORDER BY n DESC;
CREATE VIEW v AS SELECT n, greet(s) AS g FROM t;
SELECT * FROM v ORDER BY n;
CREATE AGGREGATE product(int) (sfunc = mul, stype = int, initcond = 1);
CREATE FUNCTION mul(int, int) RETURNS int LANGUAGE plgo IMMUTABLE STRICT AS $$ return _1 * _2 $$;
CREATE AGGREGATE product(int) (sfunc = mul, stype = int, initcond = 1);
SELECT product(i), product(i) FILTER (WHERE i > 3) FROM generate_series(1, 5) i;
SELECT i, product(i) OVER (ORDER BY i) FROM generate_series(1, 4) i;
CREATE OPERATOR *** (leftarg = int, rightarg = int, function = mul);
SELECT 6 *** 7;
CREATE CAST (int AS t) WITH FUNCTION one();
-- a package with a method that has type parameters, since Go 1.27
CREATE FUNCTION dice(n int) RETURNS int LANGUAGE plgo AS $$
    import "math/rand/v2"
    return rand.New(rand.NewPCG(1, 2)).Int32N(n) + rand.N(n)
$$;
SELECT dice(1);
