-- subtransactions take memory of the backend that no limit counts: there are not more than a thousand in one another
\set ON_ERROR_STOP off
set role mallory;
create function deep(n int) returns int language plgo strict as $$
    reached := int32(0)
    var down func(n int32) error
    down = func(n int32) error {
        reached++
        if n == 0 { return nil }
        return pg.Subtransaction(func() error { return down(n - 1) })
    }
    err := down(int32(n))
    return reached, err
$$;
select deep(10), deep(1000);
select deep(1001);
select deep(100000);
-- one after the other there can be any number
create function flat(n int) returns int language plgo strict as $$
    failed := int32(0)
    for i := range n {
        err := pg.Subtransaction(func() error {
            if i%2 == 0 { _, err := pg.Exec("select 1 / 0"); return err }
            return nil
        })
        if err != nil { failed++ }
    }
    return failed
$$;
select flat(5000);
-- the limit is one error like any other
create function caught(n int) returns text language plgo strict as $$
    levels := int32(n)
    var down func(n int32) error
    down = func(n int32) error {
        if n == 0 { return nil }
        return pg.Subtransaction(func() error { return down(n - 1) })
    }
    first := pg.Subtransaction(func() error { return down(levels) })
    second := pg.Subtransaction(func() error { return down(10) })
    return fmt.Sprintf("%v, then %v", first, second)
$$;
select caught(5000);
select 'alive';
