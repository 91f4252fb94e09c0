-- Records that share their parts are copied once for each path to them: that counts, and can be cancelled.
set role mallory;
create function fan(n int) returns record language plgo strict as $$
    var r pg.Record
    if err := r.Set("a", int64(1)); err != nil {
        return nil, err
    }
    for range n {
        var q pg.Record
        if err := q.Set("a", r); err != nil {
            return nil, err
        }
        if err := q.Set("b", r); err != nil {
            return nil, err
        }
        r = q
    }
    return r, nil
$$;
select length(fan(10)::text);
select length(fan(28)::text);
select length(fan(62)::text);
select 'alive';
