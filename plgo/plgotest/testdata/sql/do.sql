-- Blocks without a function.

DO LANGUAGE plgo $$ pg.Notice("from a block") $$;
DO $$
    type pair struct{ a, b int }
    p := pair{1, 2}
    pg.Notice(fmt.Sprint(p.a + p.b))
    return
$$ LANGUAGE plgo;
DO LANGUAGE plgo '';
DO LANGUAGE plgo $$ return errors.New("a block that fails") $$;
DO LANGUAGE plgo $$ return 1 $$;
DO LANGUAGE plgo $$
    x := 1
    pg.Notice(y)
$$;
DO LANGUAGE plgo $$ import "unsafe"; _ = unsafe.Pointer(nil) $$;
\set VERBOSITY terse
DO LANGUAGE plgo $$ var m map[string]int; m["a"] = 1 $$;
\set VERBOSITY default

-- SQL, transactions, and nothing that stays.
CREATE TABLE t (n int);
DO LANGUAGE plgo $$
    for i := range 4 {
        if _, err := pg.Exec("INSERT INTO t VALUES ($1)", i); err != nil {
            return err
        }
        if i%2 == 0 {
            err := pg.Commit()
            if err != nil {
                return err
            }
        } else if err := pg.Rollback(); err != nil {
            return err
        }
    }
$$;
SELECT * FROM t ORDER BY n;
BEGIN;
DO LANGUAGE plgo $$ return pg.Commit() $$;
ROLLBACK;
SELECT count(*) FROM plgo.object;

-- In a function of another language, and by another block.
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        EXECUTE format('DO LANGUAGE plgo $d$ pg.Notice("block %s") $d$', i);
    END LOOP;
END
$$;
DO LANGUAGE plgo $$
    _, err := pg.Exec(`DO LANGUAGE plgo 'pg.Notice("within")'`)
    pg.Notice("around")
    return err
$$;
-- With the same text, twice in a session.
DO LANGUAGE plgo $$ var n int; n++; pg.Notice(strconv.Itoa(n)) $$;
DO LANGUAGE plgo $$ var n int; n++; pg.Notice(strconv.Itoa(n)) $$;
-- In a read-only transaction.
BEGIN READ ONLY;
DO LANGUAGE plgo $$ pg.Notice("reads only") $$;
DO LANGUAGE plgo $$ _, err := pg.Exec("INSERT INTO t VALUES (9)"); return err $$;
ROLLBACK;
