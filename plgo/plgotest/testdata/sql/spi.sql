-- Statements: parameters, results, prepared plans, what a function may do.
\pset null NULL
CREATE TABLE t (id int PRIMARY KEY, s text, n numeric, at timestamptz DEFAULT '2026-01-01 00:00+00', tags text[], doc jsonb);

CREATE FUNCTION run(query text) RETURNS bigint LANGUAGE plgo STRICT AS $$ return pg.Exec(query) $$;
SELECT run('INSERT INTO t VALUES (1, ''one'', 1.5), (2, NULL, NULL)'), run('UPDATE t SET s = s'), run('SELECT * FROM t'), run('CREATE TABLE more (n int)'), run('DELETE FROM t WHERE false');
-- Values of all kinds as parameters and columns.
CREATE FUNCTION keep(id int, s text, n numeric, at timestamptz, tags text[], doc jsonb) RETURNS text LANGUAGE plgo AS $$
    _, err := pg.Exec("INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6)", id, s, n, at, tags, doc)
    if err != nil {
        return "", err
    }
    var (
        s2   *string
        n2   *pg.Numeric
        at2  *time.Time
        tags2 []string
        doc2 *json.RawMessage
    )
    err = pg.QueryRow("SELECT s, n, at, coalesce(tags, '{}'), doc FROM t WHERE id = $1", id).Scan(&s2, &n2, pg.NullOf(&at2), &tags2, pg.NullOf(&doc2))
    return fmt.Sprint(s2 != nil, " ", n2 != nil, " ", at2 != nil, " ", tags2, " ", doc2 != nil), err
$$;
SELECT keep(10, 's', 2.50, '2026-02-03 04:05:06+00', '{a,b}', '{"x": 1}');
SELECT keep(11, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM t WHERE id >= 10 ORDER BY id;
-- Parameters are never text in a statement.
CREATE FUNCTION find(s text) RETURNS int LANGUAGE plgo STRICT AS $$
    var id *int32
    err := pg.QueryRow("SELECT max(id) FROM t WHERE s = $1", s).Scan(&id)
    return id, err
$$;
SELECT find('one'), find(''' OR true --'), find('x''); DROP TABLE t; --');
-- What does not fit.
CREATE FUNCTION too_few() RETURNS int LANGUAGE plgo AS $$ _, err := pg.Exec("SELECT $1::int + $2::int", 1); return 1, err $$;
CREATE FUNCTION too_many() RETURNS int LANGUAGE plgo AS $$ _, err := pg.Exec("SELECT $1::int", 1, 2); return 1, err $$;
CREATE FUNCTION bad_scan() RETURNS int LANGUAGE plgo AS $$ var n int32; err := pg.QueryRow("SELECT 'text'").Scan(&n); return n, err $$;
CREATE FUNCTION null_scan() RETURNS int LANGUAGE plgo AS $$ var n int32; err := pg.QueryRow("SELECT NULL::int").Scan(&n); return n, err $$;
CREATE FUNCTION big_scan() RETURNS int LANGUAGE plgo AS $$ var n int16; err := pg.QueryRow("SELECT 70000").Scan(&n); return int32(n), err $$;
CREATE FUNCTION no_row() RETURNS int LANGUAGE plgo AS $$ var n int32; err := pg.QueryRow("SELECT 1 WHERE false").Scan(&n); return n, err $$;
CREATE FUNCTION columns() RETURNS int LANGUAGE plgo AS $$ var n int32; err := pg.QueryRow("SELECT 1, 2").Scan(&n); return n, err $$;
CREATE FUNCTION bad_param() RETURNS int LANGUAGE plgo AS $$ _, err := pg.Exec("SELECT $1::int", func() {}); return 1, err $$;
SELECT too_few();
SELECT too_many();
SELECT bad_scan();
SELECT null_scan();
SELECT big_scan();
SELECT no_row();
SELECT columns();
SELECT bad_param();
-- Any.
CREATE FUNCTION kinds(query text) RETURNS text LANGUAGE plgo STRICT AS $$
    var v any
    err := pg.QueryRow(query).Scan(&v)
    return fmt.Sprintf("%T %v", v, v), err
$$;
SELECT q, kinds('SELECT ' || q) FROM (VALUES ('1'), ('1.5'), ('''x'''), ('true'), ('NULL'), ('''\x01''::bytea'), ('1::float4'), ('date ''2026-01-02'''), ('array[1,2]'), ('row(1, ''x''::text)'), ('row(2, ''y'')')) v(q);

-- Loops: nested, left early, over what changes rows, over nothing.
CREATE FUNCTION loops() RETURNS text LANGUAGE plgo AS $$
    var out []string
    for a, err := range pg.Query("SELECT generate_series(1, 3)") {
        if err != nil {
            return "", err
        }
        var i int
        if err := a.Scan(&i); err != nil {
            return "", err
        }
        for b, err := range pg.Query("SELECT generate_series($1::int, 100000)", i) {
            if err != nil {
                return "", err
            }
            var j int
            if err := b.Scan(&j); err != nil {
                return "", err
            }
            if j > i+1 {
                break
            }
            out = append(out, fmt.Sprint(i, j))
        }
    }
    return strings.Join(out, ",")
$$;
SELECT loops();
CREATE FUNCTION returns_rows() RETURNS bigint LANGUAGE plgo AS $$
    var sum, id int64
    for row, err := range pg.Query("UPDATE t SET s = upper(s) RETURNING id") {
        if err != nil {
            return 0, err
        }
        if err := row.Scan(&id); err != nil {
            return 0, err
        }
        sum += id
        break
    }
    return sum
$$;
SELECT returns_rows() > 0;
SELECT id, s FROM t ORDER BY id;
CREATE FUNCTION fails_within() RETURNS int LANGUAGE plgo AS $$
    n := int32(0)
    for _, err := range pg.Query("SELECT 1 / (3 - i) FROM generate_series(1, 5) i") {
        if err != nil {
            return n, err
        }
        n++
    }
    return n
$$;
SELECT fails_within();

-- Read-only functions see what the query sees, and change nothing.
CREATE FUNCTION stable_reads() RETURNS bigint LANGUAGE plgo STABLE AS $$
    var n int64
    err := pg.QueryRow("SELECT count(*) FROM t").Scan(&n)
    return n, err
$$;
CREATE FUNCTION stable_writes() RETURNS int LANGUAGE plgo STABLE AS $$ _, err := pg.Exec("DELETE FROM t"); return 1, err $$;
CREATE FUNCTION volatile_reads() RETURNS bigint LANGUAGE plgo AS $$
    var n int64
    err := pg.QueryRow("SELECT count(*) FROM t").Scan(&n)
    return n, err
$$;
SELECT stable_writes();
WITH i AS (INSERT INTO t SELECT g, 'x' FROM generate_series(100, 104) g RETURNING id) SELECT count(*), max(stable_reads()) FROM i;
SELECT stable_reads() = volatile_reads();

-- Prepared plans live on, and follow what they depend on.
CREATE FUNCTION planned() RETURNS text LANGUAGE plgo AS $$
    var s string
    err := pg.QueryRow("SELECT v::text FROM changing").Scan(&s)
    return s, err
$$;
CREATE TABLE changing (v int);
INSERT INTO changing VALUES (1);
SELECT planned();
ALTER TABLE changing ALTER v TYPE text USING 'was ' || v;
SELECT planned();
DROP TABLE changing;
SELECT planned();
CREATE TEMP TABLE changing AS SELECT 'temporary' AS v;
SELECT planned();
-- Search path of the call.
CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TABLE a.here AS SELECT 'a' AS v; CREATE TABLE b.here AS SELECT 'b' AS v;
CREATE FUNCTION here() RETURNS text LANGUAGE plgo AS $$ var s string; err := pg.QueryRow("SELECT v FROM here").Scan(&s); return s, err $$;
SET search_path = a, public; SELECT here();
SET search_path = b, public; SELECT here();
RESET search_path;
ALTER FUNCTION here() SET search_path = a, public;
SELECT here();
-- Cursors by name, notifications, utility statements.
CREATE FUNCTION cursor() RETURNS text LANGUAGE plgo AS $$
    for _, s := range []string{"DECLARE c CURSOR FOR SELECT generate_series(1, 5)", "MOVE 2 IN c"} {
        if _, err := pg.Exec(s); err != nil {
            return "", err
        }
    }
    var n int
    err := pg.QueryRow("FETCH 1 FROM c").Scan(&n)
    return strconv.Itoa(n), err
$$;
SELECT cursor();
SELECT run('LISTEN x'), run('VACUUM t');
-- Quoting is the server's.
CREATE FUNCTION quoted(name text, value text) RETURNS text LANGUAGE plgo STRICT AS $$
    var s string
    err := pg.QueryRow("SELECT format('%I = %L', $1::text, $2::text)", name, value).Scan(&s)
    return s, err
$$;
SELECT quoted('my "table"', E'it''s \\ x');
-- Only the goroutine that runs the function.
CREATE FUNCTION elsewhere() RETURNS text LANGUAGE plgo AS $$
    done := make(chan string)
    go func() {
        defer func() { done <- fmt.Sprint(recover()) }()
        pg.Exec("SELECT 1")
    }()
    return <-done
$$;
SELECT elsewhere();
-- Several statements in one text, without parameters: each has what those before it have made.
DO LANGUAGE plgo $$
    n, err := pg.Exec("CREATE TEMP TABLE several (a int); CREATE INDEX ON several (a); INSERT INTO several VALUES (1), (2);")
    if err != nil {
        return err
    }
    var sum int
    if err := pg.QueryRow("INSERT INTO several VALUES (3); SELECT sum(a) FROM several").Scan(&sum); err != nil {
        return err
    }
    var one string
    if err := pg.QueryRow("SELECT 'a;b'").Scan(&one); err != nil {
        return err
    }
    pg.Notice(fmt.Sprint(n, sum, one))
$$;
DO LANGUAGE plgo $$ _, err := pg.Exec("SELECT 1; SELEC 2"); return err $$;
DO LANGUAGE plgo $$ _, err := pg.Exec("DELETE FROM several; SELECT nosuch; SELECT 3"); return err $$;
SELECT count(*) FROM several;
DO LANGUAGE plgo $$ _, err := pg.Exec("SELECT 1; COMMIT"); return err $$;
DO LANGUAGE plgo $$ _, err := pg.Exec(" ; ;"); return err $$;
DO LANGUAGE plgo $$ n, err := pg.Exec("DELETE FROM several WHERE a = $1; UPDATE several SET a = 0", 3); pg.Notice(fmt.Sprint(n)); return err $$;
DO LANGUAGE plgo $$ for _, err := range pg.Query("SELECT 1; SELECT 2") { return err } $$;
CREATE FUNCTION several() RETURNS int LANGUAGE plgo STABLE AS $$ _, err := pg.Exec("SELECT 1; CREATE TABLE no (a int)"); return 1, err $$;
SELECT several();
-- An import that is written counts, also where nothing uses its name: what is passed as JSON, and what an any takes.
CREATE TABLE documents (j jsonb);
CREATE FUNCTION passes_struct() RETURNS text LANGUAGE plgo AS $$
    import "encoding/json"
    type S struct{ A int }
    var got string
    err := pg.QueryRow("INSERT INTO documents VALUES ($1) RETURNING j", S{1}).Scan(&got)
    return got, err
$$;
SELECT passes_struct();
CREATE FUNCTION moment() RETURNS text LANGUAGE plgo AS $$
    import "time"
    var x any
    err := pg.QueryRow("SELECT timestamptz '2024-01-01 00:00Z'").Scan(&x)
    return fmt.Sprintf("%T", x), err
$$;
SELECT moment();
