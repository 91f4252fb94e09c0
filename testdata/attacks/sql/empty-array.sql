-- An index into an array without elements is no check in Go 1.26: it reads what lies behind a variable of the runtime.
set role mallory;
create function lies(i int) returns text language plgo as $$
    var none [0][2]string
    return none[i][0]
$$;
create function lies(i int) returns text language plgo as $$
    func at[A ~[0][2]string](a A, i int32) string { return a[i][0] }

    return at([0][2]string{}, i)
$$;
do language plgo $$
    for n := range 1 {
        func(s struct{ x [0]struct{ y [2]string } }) { pg.Notice(s.x[n].y[1]) }(struct{ x [0]struct{ y [2]string } }{})
    }
$$;
select 'alive';
