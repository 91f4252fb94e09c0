-- a few small rows, and then large ones: no batch has many of them
\set ON_ERROR_STOP off
set role mallory;
create table numbers as select g from generate_series(1, 164) g;
create function lengths(query text, size int) returns text language plgo strict as $$
    n, sum, last := 0, 0, int32(0)
    for row, err := range pg.Query(query, size) {
        if err != nil { return "", err }
        var g int32
        var s string
        if err := row.Scan(&g, &s); err != nil { return "", err }
        if g != last+1 { return "", errors.New("a row is missing") }
        last = g
        sum += len(s)
        n++
    }
    return fmt.Sprint(n, " rows, ", sum, " bytes")
$$;
\set rows 'select g, case when g > 100 then repeat(''x'', $1) else ''x'' end from numbers order by g'
select lengths(:'rows', 1);
select lengths(:'rows', 100000);
select lengths(:'rows', 10000000);
select lengths('insert into numbers select g + 164 from numbers returning g - 164, case when g > 264 then repeat(''x'', $1) else ''x'' end', 100000);
delete from numbers where g > 164;
create procedure with_commits() language plgo as $$
    n, sum := 0, 0
    for row, err := range pg.Query("select repeat('x', 10000 * g) from numbers order by g") {
        if err != nil { return err }
        var s string
        if err := row.Scan(&s); err != nil { return err }
        sum += len(s)
        if n++; n%50 == 0 {
            if err := pg.Commit(); err != nil { return err }
        }
    }
    pg.Notice(fmt.Sprint(n, " rows, ", sum, " bytes"))
    return nil
$$;
call with_commits();
reset role;
select substring(pg_read_file('/proc/self/status') from 'VmHWM:\s*(\d+)')::int < 300000 as little;
