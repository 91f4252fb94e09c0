-- a statement that has returned rows returns none when it is run again
\set ON_ERROR_STOP off
set role mallory;
create table wrote(x int);
create function again(before text[], query text, n int) returns int language plgo strict as $$
    rows := int32(0)
    for i := range n {
        if _, err := pg.Exec(before[int(i)%len(before)]); err != nil { return 0, err }
        for row, err := range pg.Query(query) {
            if err != nil { return 0, err }
            _ = row
            rows++
        }
    }
    return rows
$$;
begin; select again('{declare c cursor for select 1, close c}', 'fetch 1 from c', 2); rollback;
begin; select again('{declare c cursor for select 1, close c}', 'fetch 1 from c', 1); rollback;
select again('{prepare p as select 1, deallocate p}', 'execute p', 2);
begin; select again('{prepare p as select 1, deallocate p, prepare p as insert into wrote values (1)}', 'execute p', 1); deallocate p; rollback;
create function twice() returns int language plgo as $$
    rows := int32(0)
    for _, sql := range []string{"prepare q as select 1", "prepare q as insert into wrote values (1)", "prepare q as select 1, 2"} {
        if _, err := pg.Exec(sql); err != nil { return 0, err }
        for row, err := range pg.Query("execute q") {
            if err != nil { return rows, err }
            _ = row
            rows++
        }
        if _, err := pg.Exec("deallocate q"); err != nil { return 0, err }
    }
    return rows
$$;
select twice();
select count(*) from wrote;
