-- The first row of a statement that changes several changes all of them.
CREATE TABLE q (id int, st text DEFAULT 'new');
CREATE TABLE log (id int);
CREATE FUNCTION taken() RETURNS bigint LANGUAGE plgo AS $$ var n int64; return n, pg.QueryRow("SELECT count(*) FROM q WHERE st = 'taken'").Scan(&n) $$;
CREATE FUNCTION first(query text, VARIADIC args int[] DEFAULT '{}') RETURNS int LANGUAGE plgo AS $$
    list := make([]any, len(args))
    for i := range args { list[i] = args[i] }
    var id int
    err := pg.QueryRow(query, list...).Scan(&id)
    return id, err
$$;
INSERT INTO q SELECT generate_series(1, 10);
SELECT first('UPDATE q SET st = ''taken'' WHERE id <= $1 RETURNING id', 5);
SELECT count(*) FROM q WHERE st = 'taken';
-- A plan that is kept does the same.
SELECT first('UPDATE q SET st = ''taken'' WHERE id <= $1 RETURNING id', 8);
SELECT count(*) FROM q WHERE st = 'taken';
SELECT first('INSERT INTO q SELECT generate_series($1, $2) RETURNING id', 11, 16);
SELECT count(*) FROM q;
SELECT first('WITH gone AS (SELECT $1::int AS n) DELETE FROM q USING gone WHERE id <= n RETURNING id', 2);
SELECT count(*) FROM q;
-- What a WITH changes, under a SELECT that stops.
SELECT first('WITH gone AS (DELETE FROM q WHERE id <= $1 RETURNING id) SELECT id FROM gone', 6);
SELECT count(*) FROM q;
-- Several statements in one text.
SELECT first('DELETE FROM q WHERE id <= 8 RETURNING id; SELECT 1');
SELECT count(*) FROM q;
-- By way of a view's rule, and with a trigger for each row.
CREATE VIEW v AS SELECT id, st FROM q;
CREATE RULE change AS ON UPDATE TO v DO INSTEAD UPDATE q SET st = NEW.st WHERE id = OLD.id RETURNING id, st;
CREATE FUNCTION logs() RETURNS trigger LANGUAGE plgo AS $$
    var id int
    if err := t.New.Get("id", &id); err != nil { return err }
    _, err := pg.Exec("INSERT INTO log VALUES ($1)", id)
    return err
$$;
CREATE TRIGGER logs AFTER UPDATE ON q FOR EACH ROW EXECUTE FUNCTION logs();
SELECT first('UPDATE v SET st = ''seen'' RETURNING id');
SELECT count(*) FROM q WHERE st = 'seen';
SELECT count(*) FROM log;
-- Prepared by name, in a subtransaction, of a statement that only some majors have.
PREPARE p AS DELETE FROM q WHERE id <= 10 RETURNING id;
SELECT first('EXECUTE p');
SELECT count(*) FROM q;
DO LANGUAGE plgo $$
    tx, err := pg.Begin()
    if err != nil { return err }
    defer tx.Rollback()
    var id, version int
    if err := tx.QueryRow("UPDATE q SET st = 'tx' RETURNING id").Scan(&id); err != nil { return err }
    if err := tx.QueryRow("SELECT current_setting('server_version_num')::int").Scan(&version); err != nil { return err }
    merge := "UPDATE q SET st = 'merged' RETURNING id"
    if version >= 170000 {
        merge = "MERGE INTO q USING (SELECT generate_series(1, 20) AS n) s ON q.id = s.n WHEN MATCHED THEN UPDATE SET st = 'merged' RETURNING id"
    }
    var n int
    if err := tx.QueryRow("SELECT count(*) FROM q WHERE st = 'tx'").Scan(&n); err != nil { return err }
    if err := tx.QueryRow(merge).Scan(&id); err != nil { return err }
    pg.Notice(strconv.Itoa(n))
    return tx.Commit()
$$;
SELECT st, count(*) FROM q GROUP BY st;
-- A statement that fails at a later row fails.
ALTER TABLE q ADD CHECK (id <> 99);
SELECT first('INSERT INTO q SELECT generate_series(98, 99) RETURNING id');
-- No row is no row.
SELECT first('DELETE FROM q WHERE false RETURNING id');
-- A SELECT stops at its first row, and so does what it calls and locks.
CREATE SEQUENCE s;
SELECT first('SELECT nextval(''s'')::int FROM generate_series(1, 10)'), first('SELECT nextval(''s'')::int FROM generate_series(1, $1)', 10);
SELECT last_value FROM s;
