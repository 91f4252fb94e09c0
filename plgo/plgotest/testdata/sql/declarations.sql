-- What stands before the statements: variables are the call's, a group is kept.
CREATE FUNCTION d1(s text) RETURNS text LANGUAGE plgo STRICT AS $$
    var x = strings.ToUpper(s)
    return x
$$;
SELECT d1('a');
CREATE TABLE visits (id serial);
CREATE FUNCTION d2() RETURNS void LANGUAGE plgo AS $$
    var _, err = pg.Exec("INSERT INTO visits DEFAULT VALUES")
    return err
$$;
SELECT d2(), d2(); SELECT d2();
SELECT count(*) FROM visits;
CREATE FUNCTION d3(s text) RETURNS text LANGUAGE plgo STRICT AS $$
    var h = sha256.New()
    h.Write([]byte(s))
    return hex.EncodeToString(h.Sum(nil))
$$;
SELECT d3('a') = d3('a');
CREATE FUNCTION d4() RETURNS text LANGUAGE plgo AS $$
    var b = strings.Builder{}
    b.WriteString("x")
    return b.String()
$$;
SELECT d4(), d4();
CREATE FUNCTION d5(a int) RETURNS int LANGUAGE plgo STRICT AS $$
    type R struct{ a int32 }
    r := R{a: a}
    return r.a
$$;
SELECT d5(3);
CREATE FUNCTION now_twice() RETURNS bool LANGUAGE plgo AS $$
    var at = time.Now()
    return time.Since(at) < time.Minute
$$;
SELECT now_twice();
-- Rows are read anew; a group is a cache, and what uses an argument is not of it.
CREATE FUNCTION cached(key text) RETURNS text LANGUAGE plgo STRICT AS $$
    var (
        seen = map[string]int{}
        lower = strings.ToLower(key)
    )
    seen[lower]++
    return fmt.Sprint(lower, seen[lower], len(seen))
$$;
SELECT cached('A'), cached('a'), cached('B');
-- Functions see variables of the call; recursion through SQL has its own.
CREATE FUNCTION depth(n int) RETURNS text LANGUAGE plgo STRICT AS $$
    var trail = []string{fmt.Sprint(n)}
    func add(s string) { trail = append(trail, s) }
    if n > 0 {
        var below string
        if err := pg.QueryRow("SELECT depth($1)", n-1).Scan(&below); err != nil {
            return "", err
        }
        add(below)
    }
    return strings.Join(trail, " ")
$$;
SELECT depth(3), depth(1);
-- Sets take turns.
CREATE FUNCTION turns(n int) RETURNS SETOF int LANGUAGE plgo STRICT AS $$
    var count = n
    return func(yield func(int32) bool) {
        for range 2 {
            count++
            if !yield(count) {
                return
            }
        }
    }
$$;
SELECT turns(10), turns(20);
-- Errors have the lines of the text.
CREATE FUNCTION misplaced(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    type counter int

    func (c counter) next() int32 { return n }
    return counter(1).next()
$$;
CREATE FUNCTION unused(n int) RETURNS int LANGUAGE plgo STRICT AS $$

    var x = n
    return n
$$;
CREATE FUNCTION dies(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    var list = []int32{1}

    var x = list[n]
    return x
$$;
\set VERBOSITY terse
SELECT dies(0), dies(5);
\set VERBOSITY default
DO LANGUAGE plgo $$
    var s = fmt.Sprint("in ", "DO")
    pg.Notice(s)
$$;
