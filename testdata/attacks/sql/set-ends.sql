-- a set that ends runs code while the portal of its query is dropped
\set ON_ERROR_STOP off
set role mallory;
create function rows_until(at_end text) returns setof int language plgo strict as $$
    return func(yield func(int32, error) bool) {
        defer func() { pg.Exec(at_end) }()
        for i := int32(0); yield(i, nil); i++ {
        }
    }
$$;
begin; declare c cursor for select rows_until('fetch 1 from c'); fetch 2 from c; close c; rollback;
begin; declare c cursor for select rows_until('move 1 in c'); fetch 2 from c; commit;
begin; declare c cursor for select rows_until('close c'); fetch 2 from c; close c; rollback;
begin; declare c cursor for select rows_until('close c'); fetch 2 from c; commit;
begin; declare c cursor for select rows_until('close all'); fetch 2 from c; close c; commit;
begin; declare c cursor for select rows_until('close all'); fetch 2 from c; commit;
begin; declare c cursor for select rows_until('select 1'); fetch 2 from c; close c; commit;
select rows_until('close all') limit 2;
-- it fails, and the portal is there still
begin; declare c cursor for select rows_until('select 1/0'); fetch 2 from c; savepoint a;
close c; rollback to a; fetch 1 from c; rollback to a; close c; rollback to a; select 1 as goes_on; commit;
-- the portal is one of a loop in Go
create function in_a_loop(at_end text) returns int language plgo strict as $$
    n := int32(0)
    for row, err := range pg.Query("select rows_until($1) limit 5", at_end) {
        if err != nil { return 0, err }
        if err := row.Scan(&n); err != nil { return 0, err }
    }
    return n
$$;
select in_a_loop('select 1');
select in_a_loop('close all');
select in_a_loop('select in_a_loop(''close all'')');
-- and of a loop whose world ends meanwhile
create function dies(n int) returns int language plgo strict as $$
    if n == 0 { go panic("over"); select {} }
    for row, err := range pg.Query("select rows_until('select dies(0)') limit 2") {
        if err != nil { return 0, err }
        _ = row
    }
    return n
$$;
\set VERBOSITY terse
select dies(1);
