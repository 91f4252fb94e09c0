-- the cursor behind pg.Query can be named by SQL, which closes it and declares another
\set ON_ERROR_STOP off
set role mallory;
create function swap(do_first text, then_do text) returns text language plgo strict as $$
    n := 0
    var out []string
    for row, err := range pg.Query("select 'x'::text || g from generate_series(1, 100) g") {
        if err != nil { return strings.Join(out, " "), err }
        if n == 0 {
            var name string
            err := pg.QueryRow("select name from pg_cursors where statement like '%generate_series(1, 100)%' limit 1").Scan(&name)
            if err != nil { return "", err }
            for _, sql := range []string{do_first, then_do} {
                if sql == "" { continue }
                if _, err := pg.Exec(strings.ReplaceAll(sql, "CURSOR", `"`+name+`"`)); err != nil { return "", err }
            }
        }
        n++
        var s string
        if err := row.Scan(&s); err != nil { return "", err }
        if n > 6 { out = append(out, s) }
        if n == 11 { break }
    }
    return strings.Join(out, " ")
$$;
select swap('', '');
select swap('close CURSOR', 'declare CURSOR cursor for select 4467570868545::bigint from generate_series(1, 100)');
select swap('close CURSOR', 'declare CURSOR cursor for select ''y''::text from generate_series(1, 100)');
select swap('close CURSOR', 'declare CURSOR cursor with hold for select array[1,2,3] from generate_series(1, 100)');
select swap('close CURSOR', 'declare CURSOR cursor for select 1, 2, 3');
select swap('close CURSOR', '');
select swap('close all', '');
select swap('close all', 'declare CURSOR cursor for select row(1, 2) from generate_series(1, 100)');
-- to move it is the author's own affair
select swap('move 10 in CURSOR', '');
select swap('move 1000 in CURSOR', '');
select swap('fetch 2 from CURSOR', 'move backward 5 in CURSOR');
-- while it runs, and through a function that is called by it
create function close_it(g int) returns int language plpgsql as $$
declare name text;
begin
    for name in select c.name from pg_cursors c where statement like '%close_it(g)%' and statement not like '%pg_cursors%' loop
        execute format('close %I', name);
    end loop;
    return g;
end $$;
create function running() returns int language plgo as $$
    n := int32(0)
    for row, err := range pg.Query("select close_it(g) from generate_series(1, 20) g") {
        if err != nil { return 0, err }
        var g int32
        if err := row.Scan(&g); err != nil { return 0, err }
        n += g
    }
    return n
$$;
select running();
-- between the rows of a set
create function rows_of(n int) returns setof text language plgo strict as $$
    return func(yield func(string, error) bool) {
        for row, err := range pg.Query("select 'r' || g from generate_series(1, $1) g", int32(n)) {
            var s string
            if err == nil { err = row.Scan(&s) }
            if !yield(s, err) || err != nil { return }
        }
    }
$$;
begin;
declare mine cursor for select rows_of(50);
fetch 2 from mine;
do $$ declare name text; begin
    for name in select c.name from pg_cursors c where statement like '%select ''r'' ||%' and statement not like '%pg_cursors%' loop
        execute format('close %I', name);
        execute format('declare %I cursor for select 12345678901234::int8 from generate_series(1, 50)', name);
    end loop;
end $$;
fetch 3 from mine;
fetch 10 from mine;
rollback;
select 'alive';
