-- Sets: iterators and slices, whole and given up early.
\pset null NULL

CREATE FUNCTION up_to(n int) RETURNS SETOF int LANGUAGE plgo STRICT AS $$
    return func(yield func(int32) bool) {
        for i := range n {
            if !yield(i + 1) {
                return
            }
        }
    }
$$;
CREATE FUNCTION from_slice(s text) RETURNS SETOF text LANGUAGE plgo STRICT AS $$ return strings.Fields(s) $$;
CREATE FUNCTION from_seq(s text) RETURNS SETOF text LANGUAGE plgo STRICT AS $$ return strings.FieldsSeq(s) $$;
CREATE FUNCTION empty_set() RETURNS SETOF int LANGUAGE plgo AS $$ return nil $$;
CREATE FUNCTION with_nulls() RETURNS SETOF text LANGUAGE plgo AS $$ a := "a"; return []*string{&a, nil} $$;
CREATE FUNCTION fails_first() RETURNS SETOF int LANGUAGE plgo AS $$ return nil, errors.New("no rows today") $$;
CREATE FUNCTION fails_later(n int) RETURNS SETOF int LANGUAGE plgo STRICT AS $$
    return func(yield func(int32, error) bool) {
        for i := range n {
            if !yield(i, nil) {
                return
            }
        }
        yield(0, errors.New("that was all"))
    }
$$;
SELECT * FROM up_to(3);
SELECT up_to(2), from_slice('a b c');
SELECT * FROM from_slice('x y') WITH ORDINALITY;
SELECT string_agg(w, '|') FROM from_seq('to be or not') w;
SELECT count(*) FROM empty_set();
SELECT * FROM with_nulls();
SELECT * FROM fails_first();
SELECT * FROM fails_later(2);
SELECT fails_later(5) LIMIT 2;
SELECT n, up_to(n) FROM (VALUES (2), (0), (1), (NULL)) v(n);
SELECT a, b FROM up_to(2) a, LATERAL up_to(a) b;
SELECT sum(n) FROM up_to(1000000) n;

-- Rows of several columns.
CREATE FUNCTION words(s text) RETURNS TABLE (pos int, word text) LANGUAGE plgo STRICT AS $$
    return func(yield func(Row) bool) {
        n := int32(0)
        for w := range strings.FieldsSeq(s) {
            n++
            if !yield(Row{n, w}) {
                return
            }
        }
    }
$$;
CREATE FUNCTION words_slice(s text) RETURNS TABLE (pos int, word text) LANGUAGE plgo STRICT AS $$
    var rows []Row
    for i, w := range strings.Fields(s) {
        rows = append(rows, Row{int32(i), w})
    }
    return rows
$$;
CREATE FUNCTION one_column() RETURNS TABLE (n int) LANGUAGE plgo AS $$ return []int32{4, 5} $$;
CREATE FUNCTION outs(OUT a int, OUT b text) RETURNS SETOF record LANGUAGE plgo AS $$ return []Row{{1, "x"}, {2, "y"}} $$;
CREATE TABLE items (id int, name text);
CREATE FUNCTION all_items() RETURNS SETOF items LANGUAGE plgo AS $$ return []Items{{1, "one"}, {2, "two"}} $$;
CREATE FUNCTION null_columns() RETURNS SETOF items LANGUAGE plgo AS $$ n := int32(1); return []Items{{Id: &n}, {}} $$;
SELECT * FROM words('to be or') WHERE pos > 1;
SELECT words('a b');
SELECT (words('a b')).word;
SELECT * FROM words_slice('a b');
SELECT * FROM one_column();
SELECT * FROM outs();
SELECT * FROM all_items();
SELECT (all_items()).name;
SELECT * FROM null_columns();
ALTER TABLE items ADD COLUMN extra int;
SELECT * FROM null_columns();

-- Rows that are read on the way, with queries.
CREATE TABLE t AS SELECT i AS n, 'row ' || i AS s FROM generate_series(1, 1000) i;
CREATE FUNCTION filtered(every int) RETURNS SETOF text LANGUAGE plgo STRICT AS $$
    return func(yield func(string, error) bool) {
        var n int32
        var s string
        for row, err := range pg.Query("SELECT n, s FROM t ORDER BY n") {
            if err == nil {
                err = row.Scan(&n, &s)
            }
            if err != nil {
                yield("", err)
                return
            }
            if n%every == 0 && !yield(s, nil) {
                return
            }
        }
    }
$$;
SELECT * FROM filtered(300);
SELECT filtered(1) LIMIT 3;

-- Given up early: deferred functions run. Each row by itself, other calls in between.
CREATE FUNCTION endless() RETURNS SETOF bigint LANGUAGE plgo AS $$
    return func(yield func(int64) bool) {
        defer pg.Notice("the end of the endless")
        for n := int64(1); ; n++ {
            if !yield(n) {
                return
            }
        }
    }
$$;
SELECT endless() LIMIT 3;
-- Whether the planner keeps the inner rows is not the same on all majors.
SET enable_material = off;
SELECT a.n, b.n FROM (SELECT endless() n LIMIT 2) a, (SELECT endless() n LIMIT 2) b;
RESET enable_material;
BEGIN;
DECLARE c CURSOR FOR SELECT endless();
FETCH 2 FROM c;
FETCH 2 FROM c;
CLOSE c;
DECLARE c CURSOR WITH HOLD FOR SELECT up_to(4);
FETCH 1 FROM c;
COMMIT;
FETCH 2 FROM c;
CLOSE c;
BEGIN;
DECLARE c CURSOR FOR SELECT endless();
FETCH 2 FROM c;
ROLLBACK;
SELECT up_to(1);
-- With EXISTS, in a function of SQL, as a scalar subquery.
SELECT EXISTS (SELECT endless());
CREATE FUNCTION sql_first() RETURNS bigint LANGUAGE sql AS 'SELECT endless()';
SELECT sql_first();
-- Failing in the middle, and going on afterwards.
CREATE FUNCTION dies_at(at int) RETURNS SETOF int LANGUAGE plgo STRICT AS $$
    return func(yield func(int32) bool) {
        for i := int32(1); ; i++ {
            if i == at {
                panic("at the end")
            }
            if !yield(i) {
                return
            }
        }
    }
$$;
\set VERBOSITY terse
SELECT dies_at(3);
SELECT * FROM dies_at(3);
\set VERBOSITY default
SELECT dies_at(3) LIMIT 2;
-- In the right places only.
SELECT * FROM t WHERE n IN (SELECT up_to(3)) ORDER BY n;
SELECT CASE WHEN true THEN up_to(2) END;
INSERT INTO t SELECT n, 'new' FROM up_to(3) n RETURNING n;
-- A function that is called before it is known what it returns.
CREATE FUNCTION wrong_rows() RETURNS SETOF int LANGUAGE plgo AS $$ return 5 $$;
CREATE FUNCTION wrong_rows() RETURNS SETOF int LANGUAGE plgo AS $$ return []string{"x"} $$;
CREATE FUNCTION wrong_value(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    if n == 0 {
        return nil
    }
    return "text"
$$;
-- An iterator that ends its goroutine has not made all of its rows; where no more are wanted, none is missing.
CREATE FUNCTION leaves() RETURNS SETOF int LANGUAGE plgo AS $$
    return func(yield func(int32) bool) {
        defer runtime.Goexit()
        yield(1)
    }
$$;
SELECT leaves();
SELECT leaves() LIMIT 1;
SELECT * FROM leaves();
DROP FUNCTION leaves();
