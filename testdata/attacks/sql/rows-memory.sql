-- rows that queries have open are memory of the backend: all of a world's together have its limit
\set ON_ERROR_STOP off
set role mallory;
create function kept(n int, size int) returns text language plgo strict as $$
type blocks struct{}
func (blocks) Scan(any) error { entered <- struct{}{}; select {} }
var ( entered = make(chan struct{}) )
    for range n {
        for row, err := range pg.Query("select 1, repeat('b', $1)", int32(size)) {
            if err != nil { return "", err }
            go func() { var s string; row.Scan(blocks{}, &s) }()
            <-entered
            break
        }
    }
    return "kept", nil
$$;
\set VERBOSITY terse
select kept(1000, 1000000);
select kept(4, 100000000);
-- queries in one another: in a new session, as what is kept above counts for all functions of its owner, on a shared base
\c
set role mallory;
create function nested(n int, size int) returns int language plgo strict as $$
    levels := int32(n)
    var down func(n int32) error
    down = func(n int32) error {
        if n == 0 { return nil }
        for _, err := range pg.Query("select 1, repeat('b', $1)", int32(size)) {
            if err != nil { return err }
            if err := down(n - 1); err != nil { return err }
        }
        return nil
    }
    return levels, down(levels)
$$;
select nested(500, 1000000);
select nested(100, 1000000);
-- large rows in one batch, behind small ones
create function wide(small int, large int, size int) returns int8 language plgo strict as $$
    sum := int64(0)
    for row, err := range pg.Query("select repeat('b', case when g > $1 then $2 else 1 end) from generate_series(1, $1 + $3) g", int32(small), int32(size), int32(large)) {
        if err != nil { return 0, err }
        var s string
        if err := row.Scan(&s); err != nil { return 0, err }
        sum += int64(len(s))
    }
    return sum, nil
$$;
select wide(500, 64, 20000000);
select wide(500, 64, 200000);
-- what is over is not counted any more, nor what has failed
create function again(n int, size int, text text) returns int language plgo strict as $$
    failed := int32(0)
    for range n {
        if pg.Subtransaction(func() error {
            for _, err := range pg.Query(text, int32(size)) { if err != nil { return err } }
            return nil
        }) != nil { failed++ }
    }
    return failed, nil
$$;
select again(500, 1000000, 'select repeat(''b'', $1)');
select again(500, 1000000, 'select repeat(''b'', $1), 1 / (g - 2) from generate_series(1, 4) g');
select again(10000, 0, 'select 1 / $1');
select again(10, 1000000, 'select repeat(''b'', $1)');
select 'alive';
