-- Triggers of all kinds.

CREATE TABLE items (id int PRIMARY KEY, name varchar(10), price numeric(6,2), changed int DEFAULT 0);
CREATE FUNCTION show() RETURNS trigger LANGUAGE plgo AS $$
    row := func(r *pg.Record) string {
        if r == nil {
            return "-"
        }
        var s []string
        for _, c := range r.Columns() {
            var v any
            if err := r.Get(c, &v); err != nil {
                return err.Error()
            }
            s = append(s, fmt.Sprint(c, "=", v))
        }
        return strings.Join(s, ",")
    }
    pg.Notice(fmt.Sprint(t.Name, " ", t.Schema, ".", t.Table, " ", t.When, " ", t.Event, " row:", t.ForEachRow, " args:", t.Args, " old:", row(t.Old), " new:", row(t.New)))
    return nil
$$;
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON items FOR EACH ROW EXECUTE FUNCTION show('one', 'two');
CREATE TRIGGER b_after AFTER INSERT OR UPDATE OR DELETE ON items FOR EACH ROW EXECUTE FUNCTION show();
CREATE TRIGGER c_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON items FOR EACH STATEMENT EXECUTE FUNCTION show('it''s');
INSERT INTO items VALUES (1, 'one', 1.5), (2, NULL, NULL);
UPDATE items SET price = 2 WHERE id = 2;
DELETE FROM items WHERE id = 2;
UPDATE items SET price = 2 WHERE false;
TRUNCATE items;
DROP TRIGGER a_before ON items;
DROP TRIGGER b_after ON items;
DROP TRIGGER c_statement ON items;

-- Changing, refusing, skipping.
CREATE FUNCTION adjust() RETURNS trigger LANGUAGE plgo AS $$
    var name *string
    if err := t.New.Get("name", &name); err != nil {
        return err
    }
    switch {
    case name == nil:
        return t.New.Set("name", "unnamed")
    case *name == "skip":
        t.Skip()
    case *name == "refuse":
        return &pg.Error{Code: "23514", Message: "refused", Hint: "another name"}
    case *name == "null":
        return t.New.Set("name", nil)
    case *name == "long":
        return t.New.Set("name", "longer than ten")
    case *name == "none":
        return t.New.Set("nothing", 1)
    case *name == "kind":
        return t.New.Set("price", "not a number")
    default:
        return t.New.Set("name", strings.ToUpper(*name))
    }
    return nil
$$;
CREATE TRIGGER adjust BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION adjust();
INSERT INTO items VALUES (1, NULL), (2, 'skip'), (3, 'null'), (4, 'lower');
INSERT INTO items VALUES (5, 'refuse');
INSERT INTO items VALUES (5, 'long');
INSERT INTO items VALUES (5, 'none');
INSERT INTO items VALUES (5, 'kind');
SELECT * FROM items ORDER BY id;
UPDATE items SET name = 'skip' WHERE id = 1;
UPDATE items SET changed = changed + 1;
SELECT * FROM items ORDER BY id;
INSERT INTO items VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET name = 'conflict';
SELECT * FROM items WHERE id = 1;
COPY items (id, name) FROM stdin;
10	copied
11	skip
\.
SELECT * FROM items WHERE id >= 10;
-- Columns that come and go.
ALTER TABLE items ADD COLUMN later text DEFAULT 'x';
ALTER TABLE items DROP COLUMN price;
INSERT INTO items (id, name) VALUES (20, 'dropped');
SELECT * FROM items WHERE id = 20;
ALTER TABLE items ADD COLUMN doubled int GENERATED ALWAYS AS (id * 2) STORED;
INSERT INTO items (id, name) VALUES (21, 'generated');
SELECT * FROM items WHERE id = 21;
-- What a trigger after the fact cannot do.
CREATE FUNCTION too_late() RETURNS trigger LANGUAGE plgo AS $$ return t.New.Set("name", "x") $$;
CREATE TRIGGER too_late AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION too_late();
INSERT INTO items (id) VALUES (30);
DROP TRIGGER too_late ON items;
SELECT too_late();
CREATE FUNCTION deletes() RETURNS trigger LANGUAGE plgo AS $$ t.Skip(); return nil $$;
CREATE TRIGGER deletes BEFORE DELETE ON items FOR EACH ROW EXECUTE FUNCTION deletes();
DELETE FROM items;
SELECT count(*) FROM items;

-- Views.
CREATE TABLE base (id int, v text);
CREATE VIEW upper AS SELECT id, upper(v) AS v FROM base;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plgo AS $$
    var id int32
    var v string
    switch t.Event {
    case pg.Insert:
        if err := errors.Join(t.New.Get("id", &id), t.New.Get("v", &v)); err != nil {
            return err
        }
        _, err := pg.Exec("INSERT INTO base VALUES ($1, $2)", id, strings.ToLower(v))
        return err
    case pg.Delete:
        if err := t.Old.Get("id", &id); err != nil {
            return err
        }
        _, err := pg.Exec("DELETE FROM base WHERE id = $1", id)
        return err
    }
    return errors.New("no " + t.Event.String())
$$;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON upper FOR EACH ROW EXECUTE FUNCTION instead();
INSERT INTO upper VALUES (1, 'ABC'), (2, 'DEF');
DELETE FROM upper WHERE id = 2;
UPDATE upper SET v = 'x';
SELECT * FROM base;

-- Transition tables.
CREATE TABLE log (what text, n bigint);
CREATE FUNCTION transitions() RETURNS trigger LANGUAGE plgo AS $$
    count := func(table string) (n int64, err error) {
        if table == "" {
            return -1, nil
        }
        err = pg.QueryRow("SELECT count(*) FROM " + table).Scan(&n)
        return n, err
    }
    before, err := count(t.OldTable)
    if err != nil {
        return err
    }
    after, err := count(t.NewTable)
    if err != nil {
        return err
    }
    _, err = pg.Exec("INSERT INTO log VALUES ($1, $2), ($3, $4)", t.Event.String()+" old", before, t.Event.String()+" new", after)
    return err
$$;
CREATE TRIGGER t_ins AFTER INSERT ON base REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION transitions();
CREATE TRIGGER t_upd AFTER UPDATE ON base REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION transitions();
CREATE TRIGGER t_del AFTER DELETE ON base REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION transitions();
INSERT INTO base SELECT i, 'x' FROM generate_series(1, 100) i;
UPDATE base SET v = 'y' WHERE id > 50;
DELETE FROM base WHERE id > 90;
SELECT * FROM log;

-- Triggers that lead to triggers; constraint triggers; partitions; WHEN; columns.
CREATE TABLE chain (n int);
CREATE FUNCTION chain() RETURNS trigger LANGUAGE plgo AS $$
    var n int32
    if err := t.New.Get("n", &n); err != nil || n == 0 {
        return err
    }
    _, err := pg.Exec("INSERT INTO chain VALUES ($1)", n-1)
    return err
$$;
CREATE TRIGGER chain AFTER INSERT ON chain FOR EACH ROW EXECUTE FUNCTION chain();
INSERT INTO chain VALUES (5);
SELECT array_agg(n ORDER BY n) FROM chain;
CREATE FUNCTION balanced() RETURNS trigger LANGUAGE plgo AS $$
    var sum int64
    if err := pg.QueryRow("SELECT coalesce(sum(n), 0) FROM ledger").Scan(&sum); err != nil {
        return err
    }
    if sum != 0 {
        return fmt.Errorf("the ledger is off by %d", sum)
    }
    return nil
$$;
CREATE TABLE ledger (n int);
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION balanced();
BEGIN;
INSERT INTO ledger VALUES (5);
INSERT INTO ledger VALUES (-5);
COMMIT;
BEGIN;
INSERT INTO ledger VALUES (7);
COMMIT;
SELECT * FROM ledger;
CREATE TABLE parted (k int, v text) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE part_2 (v text, gone int, k int);
ALTER TABLE part_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION part_2 FOR VALUES IN (2);
CREATE FUNCTION parted() RETURNS trigger LANGUAGE plgo AS $$ return t.New.Set("v", "of "+t.Table) $$;
CREATE TRIGGER parted BEFORE INSERT ON parted FOR EACH ROW WHEN (NEW.v IS NULL) EXECUTE FUNCTION parted();
INSERT INTO parted VALUES (1, NULL), (2, NULL), (1, 'own');
SELECT tableoid::regclass, k, v FROM parted ORDER BY 1, 2, 3;

-- Event triggers.
CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plgo AS $$
    pg.Notice(e.Event + " " + e.Tag)
    if e.Event == "ddl_command_end" {
        for row, err := range pg.Query("SELECT object_identity FROM pg_event_trigger_ddl_commands()") {
            if err != nil {
                return err
            }
            var s string
            if err := row.Scan(&s); err != nil {
                return err
            }
            pg.Notice(s)
        }
    }
    if e.Tag == "DROP TABLE" {
        return errors.New("tables stay")
    }
    return nil
$$;
CREATE EVENT TRIGGER ddl_start ON ddl_command_start EXECUTE FUNCTION ddl();
CREATE EVENT TRIGGER ddl_end ON ddl_command_end EXECUTE FUNCTION ddl();
CREATE TABLE watched (n int);
DROP TABLE watched;
CREATE FUNCTION watched() RETURNS int LANGUAGE plgo AS 'return 1';
DROP EVENT TRIGGER ddl_start;
DROP EVENT TRIGGER ddl_end;
SELECT ddl();
SELECT watched();
-- Replaced and dropped while a table has it.
CREATE OR REPLACE FUNCTION chain() RETURNS trigger LANGUAGE plgo AS $$ pg.Notice("replaced"); return nil $$;
INSERT INTO chain VALUES (9);
DROP FUNCTION chain;
-- A row that is not there is NULL to whatever takes rows.
CREATE TABLE audited (n int, s text);
CREATE TABLE audit (op text, old jsonb, new jsonb, kind text);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plgo AS $$
    _, err := pg.Exec("INSERT INTO audit VALUES ($1, to_jsonb($2), row_to_json($3), pg_typeof($2))", t.Event.String(), t.Old, t.New)
    return err
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON audited FOR EACH ROW EXECUTE FUNCTION audit();
INSERT INTO audited VALUES (1, 'a'), (2, NULL);
UPDATE audited SET n = n + 10;
DELETE FROM audited;
INSERT INTO audited VALUES (3, 'c');
TABLE audit;
DO LANGUAGE plgo $$
    var none *pg.Record
    var a, b *string
    if err := pg.QueryRow("SELECT to_jsonb($1)::text", none).Scan(&a); err != nil {
        return err
    }
    if err := pg.QueryRow("SELECT ($1::audited).s", none).Scan(&b); err != nil {
        return err
    }
    pg.Notice(fmt.Sprint(a == nil, b == nil))
    var n int64
    // A statement that asks for another type gets that type's NULL, and no row is as good as nil.
    if err := pg.QueryRow("SELECT count(*) FROM audited WHERE n = $1 OR $1 IS NULL", none).Scan(&n); err != nil {
        return err
    }
    pg.Notice(fmt.Sprint(n))
$$;

-- In the middle of a statement its function is replaced by one in another language.
CREATE TABLE turned (n int);
CREATE FUNCTION turns() RETURNS trigger LANGUAGE plgo AS $$
    _, err := pg.Exec("CREATE OR REPLACE FUNCTION turns() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'")
    return err
$$;
CREATE TRIGGER turns BEFORE INSERT ON turned FOR EACH ROW EXECUTE FUNCTION turns();
INSERT INTO turned VALUES (1), (2);
INSERT INTO turned VALUES (3);
INSERT INTO turned VALUES (4), (5);
TABLE turned;

-- A generated column is not computed before a BEFORE trigger, and does not show the old row's.
CREATE TABLE made (n int, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE FUNCTION made() RETURNS trigger LANGUAGE plgo AS $$
    if t.When == pg.Before {
        t.New.Set("n", 10)
    }
    for _, row := range []*pg.Record{t.Old, t.New} {
        var twice *int
        if row == nil {
            continue
        }
        if err := row.Get("twice", &twice); err != nil {
            return err
        }
        if twice == nil {
            pg.Notice("none yet")
        } else {
            pg.Notice(fmt.Sprint(*twice))
        }
    }
    return nil
$$;
CREATE TRIGGER before BEFORE INSERT OR UPDATE ON made FOR EACH ROW EXECUTE FUNCTION made();
INSERT INTO made VALUES (1);
UPDATE made SET n = 3;
DROP TRIGGER before ON made;
CREATE TRIGGER after AFTER UPDATE ON made FOR EACH ROW EXECUTE FUNCTION made();
UPDATE made SET n = 4;
