-- A state that outlives its world, and then all functions of its aggregate.
SELECT plgo.create_aggregate('doomed(v int) RETURNS int', $$
	type Doomed int
	func (d *Doomed) Step(v int32) {
		if v == 0 {
			go panic("nothing")
			select {}
		}
		*d += Doomed(v)
	}
	func (d *Doomed) Final() int32 { return int32(*d) }
$$);
CREATE AGGREGATE doomed_raw(int) (SFUNC = doomed_step, STYPE = plgo.state);
CREATE FUNCTION another() RETURNS int LANGUAGE plgo AS 'return 1';
BEGIN;
DECLARE c CURSOR FOR SELECT x, doomed_raw(x) OVER (ORDER BY x) IS NULL AS none FROM generate_series(1, 9) x;
FETCH 2 FROM c;
SAVEPOINT s;
SELECT doomed_raw(0) IS NULL;
ROLLBACK TO s;
DO $$ BEGIN EXECUTE replace(pg_get_functiondef('doomed_step'::regproc), 'nothing', 'still nothing'); END $$;
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
SELECT another();
CLOSE c;
SELECT another();
COMMIT;
DROP FUNCTION another();
-- What others need of an aggregate does not keep it.
CREATE VIEW needs AS SELECT doomed_final(NULL) IS NULL AS over;
DROP AGGREGATE doomed_raw(int), doomed(int);
SELECT proname FROM pg_proc WHERE proname LIKE 'doomed%';
DROP FUNCTION doomed_final CASCADE;
-- Go code has no number for one either.
CREATE TABLE forged (s plgo.state, list plgo.state[]);
CREATE FUNCTION forge() RETURNS trigger LANGUAGE plgo AS 'return t.New.Set(t.Args[0], map[string]any{"s": int64(1), "list": []int64{1}}[t.Args[0]])';
CREATE TRIGGER forge BEFORE INSERT ON forged FOR EACH ROW EXECUTE FUNCTION forge('s');
INSERT INTO forged DEFAULT VALUES;
CREATE OR REPLACE TRIGGER forge BEFORE INSERT ON forged FOR EACH ROW EXECUTE FUNCTION forge('list');
INSERT INTO forged DEFAULT VALUES;
DROP TABLE forged;
DROP FUNCTION forge();
-- A text is read in a time that goes with its length.
DO $$
BEGIN
	PERFORM plgo.create_aggregate('long(v int) RETURNS int', repeat(')Merge(', 3000000));
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '%', SQLERRM;
END $$;
