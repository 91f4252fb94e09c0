-- Subtransactions: what is undone, and what is not.

CREATE TABLE t (n int PRIMARY KEY);
CREATE FUNCTION insert_sub(n int, fail text) RETURNS text LANGUAGE plgo STRICT AS $$
    err := pg.Subtransaction(func() error {
        if _, err := pg.Exec("INSERT INTO t VALUES ($1)", n); err != nil {
            return err
        }
        switch fail {
        case "go":
            return errors.New("go says no")
        case "sql":
            _, err := pg.Exec("INSERT INTO t VALUES ($1)", n)
            return err
        case "dropped":
            pg.Exec("INSERT INTO t VALUES ($1)", n)
        }
        return nil
    })
    if err != nil {
        return err.Error()
    }
    return "done"
$$;
SELECT insert_sub(1, ''), insert_sub(2, 'go'), insert_sub(3, 'sql'), insert_sub(4, 'dropped'), insert_sub(5, '');
SELECT * FROM t ORDER BY n;

-- A panic undoes, and goes on.
CREATE FUNCTION panics_in(n int) RETURNS text LANGUAGE plgo STRICT AS $$
    func try(n int32) (message string) {
        defer func() { message = fmt.Sprint(recover()) }()
        pg.Subtransaction(func() error {
            pg.Exec("INSERT INTO t VALUES ($1)", n)
            panic("in the middle")
        })
        return "not reached"
    }

    return try(n)
$$;
SELECT panics_in(6);
SELECT * FROM t ORDER BY n;

-- Nested: the inner one fails, the outer one stays; and the other way round.
CREATE FUNCTION nested(inner_fails bool, outer_fails bool) RETURNS text LANGUAGE plgo STRICT AS $$
    insert := func(n int) error {
        _, err := pg.Exec("INSERT INTO t VALUES ($1)", n)
        return err
    }
    err := pg.Subtransaction(func() error {
        if err := insert(10); err != nil {
            return err
        }
        err := pg.Subtransaction(func() error {
            if err := insert(11); err != nil || !inner_fails {
                return err
            }
            return insert(10)
        })
        pg.Notice(fmt.Sprint("inner: ", err))
        if outer_fails {
            return errors.New("outer")
        }
        return nil
    })
    return fmt.Sprint(err)
$$;
BEGIN; SELECT nested(false, false); SELECT * FROM t WHERE n >= 10 ORDER BY n; ROLLBACK;
BEGIN; SELECT nested(true, false); SELECT * FROM t WHERE n >= 10 ORDER BY n; ROLLBACK;
BEGIN; SELECT nested(false, true); SELECT * FROM t WHERE n >= 10 ORDER BY n; ROLLBACK;
BEGIN; SELECT nested(true, true); SELECT * FROM t WHERE n >= 10 ORDER BY n; ROLLBACK;

-- Deep.
CREATE FUNCTION deep(depth int) RETURNS int LANGUAGE plgo STRICT AS $$
    var reached int32
    var down func() error
    down = func() error {
        reached++
        if reached == depth {
            return errors.New("bottom")
        }
        return pg.Subtransaction(down)
    }
    if err := down(); err == nil || err.Error() != "bottom" {
        return 0, fmt.Errorf("unexpected: %v", err)
    }
    return reached
$$;
SELECT deep(200);

-- Savepoints around a call.
BEGIN;
SAVEPOINT a;
SELECT insert_sub(20, '');
ROLLBACK TO a;
SELECT insert_sub(21, '');
RELEASE a;
COMMIT;
SELECT * FROM t WHERE n >= 20;

-- What SQL says in a subtransaction is seen behind it.
CREATE FUNCTION settings() RETURNS text LANGUAGE plgo AS $$
    var before, within, after string
    show := func(to *string) error { return pg.QueryRow("SELECT current_setting('application_name')").Scan(to) }
    if _, err := pg.Exec("SET application_name = 'outside'"); err != nil {
        return "", err
    }
    if err := show(&before); err != nil {
        return "", err
    }
    pg.Subtransaction(func() error {
        pg.Exec("SET application_name = 'inside'")
        show(&within)
        return errors.New("undo")
    })
    if err := show(&after); err != nil {
        return "", err
    }
    return before + " " + within + " " + after
$$;
SELECT settings();
-- A cancel is no error that could be caught.
CREATE FUNCTION catches_all() RETURNS text LANGUAGE plgo AS $$
    defer func() { recover() }()
    err := pg.Subtransaction(func() error { _, err := pg.Exec("SELECT pg_sleep(100)"); return err })
    return fmt.Sprint("caught ", err)
$$;
SET statement_timeout = '200ms';
SELECT catches_all();
RESET statement_timeout;
