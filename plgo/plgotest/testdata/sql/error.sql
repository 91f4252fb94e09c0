-- Errors: from Go to SQL, from SQL to Go, and all the way through.

CREATE FUNCTION plain() RETURNS int LANGUAGE plgo AS $$ return 0, errors.New("something plain") $$;
CREATE FUNCTION whole() RETURNS int LANGUAGE plgo AS $$
    return 0, &pg.Error{Code: "23514", Message: "too whole", Detail: "the detail", Hint: "the hint",
        Schema: "s", Table: "t", Column: "c", DataType: "d", Constraint: "k"}
$$;
CREATE FUNCTION wrapped() RETURNS int LANGUAGE plgo AS $$
    return 0, fmt.Errorf("row %d: %w", 7, &pg.Error{Code: "22023", Message: "bad value", Hint: "use another one"})
$$;
CREATE FUNCTION bad_code() RETURNS int LANGUAGE plgo AS $$ return 0, &pg.Error{Code: "xyz", Message: "whatever"} $$;
CREATE FUNCTION joined() RETURNS int LANGUAGE plgo AS $$ return 0, errors.Join(errors.New("one"), errors.New("two")) $$;
CREATE FUNCTION many_lines() RETURNS int LANGUAGE plgo AS $$ return 0, errors.New("first\nsecond\n\tthird äöü") $$;
CREATE FUNCTION empty() RETURNS int LANGUAGE plgo AS $$ return 0, errors.New("") $$;
CREATE FUNCTION not_text() RETURNS int LANGUAGE plgo AS $$ return 0, errors.New("a\xff\x00b") $$;
SELECT plain();
SELECT whole();
\errverbose
\set VERBOSITY verbose
SELECT wrapped();
\set VERBOSITY default
SELECT bad_code();
SELECT joined();
SELECT many_lines();
SELECT empty();
SELECT not_text();

-- PL/pgSQL sees all of it.
CREATE FUNCTION seen(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text; message text; detail text; hint text; con text; tab text; col text; typ text; sch text; x int;
BEGIN
    EXECUTE query INTO x;
    RETURN x;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        con = CONSTRAINT_NAME, tab = TABLE_NAME, col = COLUMN_NAME, typ = PG_DATATYPE_NAME, sch = SCHEMA_NAME;
    RETURN concat_ws('|', code, message, detail, hint, con, tab, col, typ, sch);
END
$$;
SELECT seen('SELECT plain()'), seen('SELECT whole()');

-- An error of SQL ends the call with all that PostgreSQL said of it, even if Go drops it.
CREATE TABLE t (id int PRIMARY KEY, s varchar(3) NOT NULL);
INSERT INTO t VALUES (1, 'a');
CREATE FUNCTION dropped() RETURNS int LANGUAGE plgo AS $$
    pg.Exec("INSERT INTO t VALUES (1, 'b')")
    return 1
$$;
CREATE FUNCTION replaced() RETURNS int LANGUAGE plgo AS $$
    if _, err := pg.Exec("INSERT INTO t VALUES (1, 'b')"); err != nil {
        return 0, errors.New("another error")
    }
    return 1
$$;
CREATE FUNCTION passed() RETURNS int LANGUAGE plgo AS $$
    _, err := pg.Exec("INSERT INTO t VALUES (1, 'b')")
    return 1, err
$$;
CREATE FUNCTION wrapped_sql() RETURNS int LANGUAGE plgo AS $$
    if _, err := pg.Exec("SELECT nothing FROM t"); err != nil {
        return 0, fmt.Errorf("while reading: %w", err)
    }
    return 1
$$;
CREATE FUNCTION goes_on() RETURNS int LANGUAGE plgo AS $$
    pg.Exec("INSERT INTO t VALUES (1, 'b')")
    _, err := pg.Exec("SELECT 1")
    pg.Notice(err.Error())
    return 1
$$;
SELECT dropped();
SELECT replaced();
SELECT passed();
SELECT seen('SELECT passed()');
SELECT wrapped_sql();
SELECT goes_on();
-- Any of PostgreSQL's errors.
CREATE FUNCTION run(query text) RETURNS text LANGUAGE plgo STRICT AS $$
    err := pg.Subtransaction(func() error {
        _, err := pg.Exec(query)
        return err
    })
    if e, ok := errors.AsType[*pg.Error](err); ok {
        return fmt.Sprint(e.Code, " ", e.Message, " [", e.Detail, "] [", e.Hint, "] ", e.Schema, " ", e.Table, " ", e.Column, " ", e.Constraint, " ", e.DataType)
    }
    return "fine", err
$$;
SELECT run(q) FROM (VALUES ('SELECT 1/0'), ('SELECT nothing'), ('not a statement'), ('INSERT INTO t VALUES (1, ''x'')'), ('INSERT INTO t VALUES (2, NULL)'),
    ('INSERT INTO t VALUES (3, ''long text'')'), ('SELECT whole()'), ('SELECT 1; SELECT 2'), (''), ('COMMIT'), ('COPY t TO STDOUT'), ('INSERT INTO t VALUES (5, ''ok'')')) v(q);
SELECT * FROM t;

-- Panics and other deaths: the session goes on.
CREATE FUNCTION die(how text) RETURNS int LANGUAGE plgo STRICT AS $$
    var nilMap map[string]int
    var nilPointer *int32
    var list []int32
    zero := int32(len(list))
    var deep func(int) int
    deep = func(n int) int { return deep(n+1) + 1 }
    switch how {
    case "panic":
        panic("for no reason")
    case "error":
        panic(errors.New("an error as panic"))
    case "pg":
        panic(&pg.Error{Code: "22012", Message: "a pg.Error as panic"})
    case "map":
        nilMap[how] = 1
    case "nil":
        return *nilPointer
    case "index":
        return list[zero]
    case "zero":
        return 1 / zero
    case "stack":
        return int32(deep(0))
    case "deadlock":
        select {}
    case "exit":
        os.Exit(3)
    case "goexit":
        runtime.Goexit()
    case "conversion":
        var v any = how
        return v.(int32)
    case "closed":
        ch := make(chan int)
        close(ch)
        close(ch)
    case "goroutine":
        go panic("elsewhere")
        runtime.Gosched()
    case "lock":
        var mu sync.Mutex
        mu.Unlock()
    }
    return 1
$$;
\set VERBOSITY terse
SELECT die('panic');
SELECT die('error');
SELECT die('pg');
SELECT die('map');
SELECT die('nil');
SELECT die('index');
SELECT die('zero');
SELECT die('stack');
SELECT die('deadlock');
SELECT die('exit');
SELECT die('goexit');
SELECT die('conversion');
SELECT die('closed');
SELECT die('goroutine');
SELECT die('lock');
SELECT die('not');
\set VERBOSITY default
-- Where: the line of the text, by the function's name.
CREATE FUNCTION where_it_was(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
    RETURN where_it_panics(n);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN (SELECT string_agg(l[1], '; ') FROM regexp_matches(detail, '[^\s/]*where_it_panics[^\s(]*:\d+', 'g') l);
END
$$;
CREATE FUNCTION where_it_panics(n int) RETURNS int LANGUAGE plgo STRICT AS $$
    func deeper(n int32) int32 {
        var list []int32
        return list[n]
    }

    // called here
    return deeper(n)
$$;
SELECT where_it_was(5);
-- Recovered, it is no death.
CREATE FUNCTION survives(n int) RETURNS text LANGUAGE plgo STRICT AS $$
    func try(n int32) (message string) {
        defer func() { message = fmt.Sprint(recover()) }()
        var list []int32
        list[n] = 1
        return "no"
    }
    return try(n)
$$;
SELECT survives(3);

-- The context says where from.
CREATE FUNCTION outer_go() RETURNS int LANGUAGE plgo AS $$
    var n int32
    err := pg.QueryRow("SELECT inner_sql()").Scan(&n)
    return n, err
$$;
CREATE FUNCTION inner_sql() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN inner_go(); END $$;
CREATE FUNCTION inner_go() RETURNS int LANGUAGE plgo AS $$
    _, err := pg.Exec("SELECT 1/0")
    return 0, err
$$;
SELECT outer_go();
-- Caught by Go, by PL/pgSQL, and by Go again.
CREATE FUNCTION catch(query text) RETURNS text LANGUAGE plgo STRICT AS $$
    err := pg.Subtransaction(func() error { _, err := pg.Exec(query); return err })
    if err == nil {
        return "fine"
    }
    return "caught: " + err.Error()
$$;
SELECT catch('SELECT outer_go()'), catch($$SELECT die('nil')$$) LIKE 'caught:%nil pointer%' AS died, catch('SELECT seen(''SELECT plain()'')');
-- A statement that has failed is the error, also where Go code panics because of it.
CREATE FUNCTION no_err() RETURNS int LANGUAGE plgo AS $$
    for row := range pg.Query("SELECT * FROM nosuch") {
        var n int
        row.Scan(&n)
        return n
    }
    return 0
$$;
CREATE FUNCTION no_err_later() RETURNS int LANGUAGE plgo AS $$
    sum := 0
    for row := range pg.Query("SELECT 1 / (20 - i) FROM generate_series(1, 30) i") {
        var n int
        if err := row.Scan(&n); err != nil {
            values, also := row.Values()
            pg.Notice(fmt.Sprint(err, " ", values, " ", also, " ", row.Columns()))
        }
        sum += n
    }
    return sum
$$;
CREATE FUNCTION no_err_within() RETURNS text LANGUAGE plgo AS $$
    return fmt.Sprint(pg.Subtransaction(func() error {
        for row := range pg.Query("SELECT * FROM nosuch") {
            var n int
            row.Scan(&n)
        }
        return nil
    }))
$$;
CREATE FUNCTION panics_after(query text, how text) RETURNS int LANGUAGE plgo AS $$
    var list []int
    _, err := pg.Exec(query)
    switch {
    case err == nil:
    case how == "text":
        panic("mine")
    case how == "error":
        panic(err)
    default:
        list[len(query)] = 1
    }
    panic("of its own")
$$;
CREATE FUNCTION panics_in_set() RETURNS SETOF int LANGUAGE plgo AS $$
    return func(yield func(int) bool) {
        yield(1)
        if _, err := pg.Exec("SELECT 1/0"); err != nil { panic("mine") }
    }
$$;
CREATE FUNCTION panics_undone() RETURNS int LANGUAGE plgo AS $$
    if err := pg.Subtransaction(func() error { _, err := pg.Exec("SELECT 1/0"); return err }); err != nil { panic("mine") }
    return 1
$$;
SELECT no_err();
SELECT no_err_later();
SELECT no_err_within();
SELECT panics_after('SELECT 1/0', 'text');
SELECT panics_after('INSERT INTO t VALUES (1, ''b'')', 'error');
SELECT panics_after('SELECT nosuch()', 'index');
SELECT panics_after('SELECT 1', 'text');
SELECT seen('SELECT panics_in_set()');
SELECT panics_undone();
SELECT seen('SELECT panics_after(''INSERT INTO t VALUES (1, null)'', ''text'')');
SELECT catch('SELECT panics_after(''SELECT 1/0'', ''text'')');
