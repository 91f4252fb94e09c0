-- Procedures that end transactions.

CREATE TABLE t (n int);
CREATE PROCEDURE fill(below int) LANGUAGE plgo AS $$
    for i := range *below {
        if _, err := pg.Exec("INSERT INTO t VALUES ($1)", i); err != nil {
            return err
        }
        end := pg.Commit
        if i%2 == 1 {
            end = pg.Rollback
        }
        if err := end(); err != nil {
            return err
        }
    }
$$;
CALL fill(6);
SELECT * FROM t ORDER BY n;
TRUNCATE t;

-- Not where a transaction is somebody else's.
BEGIN;
CALL fill(2);
ROLLBACK;
CREATE FUNCTION calls() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL fill(2); END $$;
SELECT calls();
CREATE FUNCTION commits() RETURNS void LANGUAGE plgo AS $$ return pg.Commit() $$;
SELECT commits();
CREATE PROCEDURE in_sub() LANGUAGE plgo AS $$
    return pg.Subtransaction(pg.Commit)
$$;
CALL in_sub();
CREATE PROCEDURE by_sql() LANGUAGE plgo AS $$ _, err := pg.Exec("COMMIT"); return err $$;
CALL by_sql();
CREATE PROCEDURE with_setting() LANGUAGE plgo SET work_mem = '1MB' AS $$ return pg.Commit() $$;
CALL with_setting();
CREATE PROCEDURE definer() LANGUAGE plgo SECURITY DEFINER AS $$ return pg.Commit() $$;
CALL definer();
SELECT * FROM t;

-- Through other procedures and blocks, non-atomic all the way.
CREATE PROCEDURE outer_pl(below int) LANGUAGE plpgsql AS $$ BEGIN CALL fill(below); COMMIT; CALL fill(below); END $$;
CALL outer_pl(2);
DO $$ BEGIN CALL fill(1); END $$;
SELECT * FROM t ORDER BY n;
TRUNCATE t;
CREATE PROCEDURE outer_go() LANGUAGE plgo AS $$ _, err := pg.Exec("CALL fill(2)"); return err $$;
CALL outer_go();

-- A loop goes on behind a commit.
INSERT INTO t SELECT generate_series(1, 500);
CREATE TABLE copy (n int, xid xid8 DEFAULT pg_current_xact_id());
CREATE PROCEDURE copies() LANGUAGE plgo AS $$
    var n, seen int32
    for row, err := range pg.Query("SELECT n FROM t ORDER BY n") {
        if err != nil {
            return err
        }
        if err := row.Scan(&n); err != nil {
            return err
        }
        if _, err := pg.Exec("INSERT INTO copy (n) VALUES ($1)", n); err != nil {
            return err
        }
        if seen++; seen%100 == 0 {
            if err := pg.Commit(); err != nil {
                return err
            }
        }
    }
$$;
CALL copies();
SELECT count(*), sum(n), count(DISTINCT xid) FROM copy;
CREATE PROCEDURE changes() LANGUAGE plgo AS $$
    for row, err := range pg.Query("UPDATE t SET n = n + 1 RETURNING n") {
        if err != nil {
            return err
        }
        _ = row
        if err := pg.Commit(); err != nil {
            return err
        }
    }
$$;
CALL changes();

-- Variables stay, sessions' temporary tables too, and the characteristics with AND CHAIN.
CREATE PROCEDURE chained() LANGUAGE plgo AS $$
    show := func() {
        var s string
        pg.QueryRow("SELECT current_setting('transaction_isolation')").Scan(&s)
        pg.Notice(s)
    }
    if err := pg.Commit(); err != nil {
        return err
    }
    if _, err := pg.Exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
        return err
    }
    show()
    if err := pg.CommitAndChain(); err != nil {
        return err
    }
    show()
    if err := pg.RollbackAndChain(); err != nil {
        return err
    }
    show()
    if err := pg.Commit(); err != nil {
        return err
    }
    show()
$$;
CALL chained();
-- After an error, what has been committed stays.
TRUNCATE t;
CREATE PROCEDURE fails_late() LANGUAGE plgo AS $$
    pg.Exec("INSERT INTO t VALUES (1)")
    if err := pg.Commit(); err != nil {
        return err
    }
    pg.Exec("INSERT INTO t VALUES (2)")
    return errors.New("too late")
$$;
CALL fails_late();
SELECT * FROM t;
-- A deferred constraint is checked at the commit.
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (id int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
CREATE PROCEDURE deferred() LANGUAGE plgo AS $$
    pg.Exec("INSERT INTO c VALUES (1)")
    err := pg.Commit()
    pg.Notice(fmt.Sprint(err))
    return err
$$;
CALL deferred();
SELECT * FROM c;

-- Arguments of procedures.
CREATE PROCEDURE with_out(a int, INOUT b int, OUT c text) LANGUAGE plgo AS $$
    sum := *a + *b
    b = &sum
    c = strconv.Itoa(int(sum))
$$;
CALL with_out(1, 2, NULL);
CREATE PROCEDURE with_default(a int DEFAULT 5, INOUT b int DEFAULT 6) LANGUAGE plgo AS $$ sum := *a * *b; b = &sum $$;
CALL with_default();
CALL with_default(b => 2);
DO $$ DECLARE x int := 4; y text; BEGIN CALL with_out(3, x, y); RAISE NOTICE '% %', x, y; END $$;
SELECT fill(1);
CALL commits();

-- A loop over a set that reads rows itself goes on in the next transaction, too.
CREATE FUNCTION numbers(n int) RETURNS SETOF int LANGUAGE plgo AS $$
    return func(yield func(int32) bool) {
        for row := range pg.Query("SELECT generate_series(1, $1)", n) {
            var i int32
            if row.Scan(&i) != nil || !yield(i) { return }
        }
    }
$$;
CREATE TABLE counted (n int);
CREATE PROCEDURE counts(query text) LANGUAGE plgo AS $$
    for row, err := range pg.Query(query) {
        if err != nil { return err }
        var i int32
        if err := row.Scan(&i); err != nil { return err }
        if _, err := pg.Exec("INSERT INTO counted VALUES ($1)", i); err != nil { return err }
        if i % 100 == 0 { if err := pg.Commit(); err != nil { return err } }
    }
    return nil
$$;
CALL counts('SELECT numbers(1000)');
SELECT count(*) FROM counted;
CALL counts('SELECT * FROM numbers(1000)');
SELECT count(*) FROM counted;
-- The same with sets in sets.
CREATE FUNCTION in_turn(n int) RETURNS SETOF int LANGUAGE plgo AS $$
    return func(yield func(int32) bool) {
        for outer := range pg.Query("SELECT numbers($1)", n) {
            var i int32
            if outer.Scan(&i) != nil { return }
            for row := range pg.Query("SELECT numbers(3) + $1", i) {
                if row.Scan(&i) != nil || !yield(i) { return }
            }
        }
    }
$$;
DO $$ BEGIN DELETE FROM counted; COMMIT; END $$;
CALL counts('SELECT in_turn(300)');
SELECT count(*) FROM counted;
-- PostgreSQL finds portals by a hash of their names: with sixty, some share a place.
SELECT 'CALL counts(''SELECT numbers(300)'')' FROM generate_series(1, 60) \gexec
SELECT 'CALL counts(''SELECT in_turn(200)'')' FROM generate_series(1, 60) \gexec
CREATE PROCEDURE counts_too() LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT in_turn(200) AS n LOOP
        INSERT INTO counted VALUES (r.n);
        IF r.n % 100 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$;
SELECT 'CALL counts_too()' FROM generate_series(1, 60) \gexec
SELECT count(*) FROM counted;
SELECT count(*) FROM pg_cursors;
