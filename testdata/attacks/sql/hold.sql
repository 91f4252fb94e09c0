-- a cursor WITH HOLD over a set that itself reads a query is filled at COMMIT, when other cursors go
\set ON_ERROR_STOP off
set role mallory;
create function rows_of(n int) returns setof text language plgo strict as $$
    return func(yield func(string, error) bool) {
        for row, err := range pg.Query("select 'r' || g from generate_series(1, $1) g", int32(n)) {
            var s string
            if err == nil { err = row.Scan(&s) }
            if !yield(s, err) || err != nil { return }
        }
    }
$$;
create function sums(n int) returns setof int8 language plgo strict as $$
    return func(yield func(int64, error) bool) {
        for row, err := range pg.Query("select g from generate_series(1, $1) g", int32(n)) {
            var g int32
            sum := int64(0)
            if err == nil { err = row.Scan(&g) }
            if err == nil {
                for inner, err := range pg.Query("select rows_of($1)", g) {
                    var s string
                    if err == nil { err = inner.Scan(&s) }
                    if err != nil { yield(0, err); return }
                    sum++
                }
            }
            if !yield(sum, err) || err != nil { return }
        }
    }
$$;
begin;
declare a cursor with hold for select rows_of(100);
declare b cursor with hold for select rows_of(30), sums(30);
declare c cursor with hold for select count(*) from rows_of(50);
declare d cursor with hold for select rows_of(1000) limit 20;
declare e cursor for select rows_of(1000);
declare f cursor with hold for select sums(40);
fetch 2 from a;
fetch 2 from b;
fetch 2 from d;
fetch 2 from e;
fetch 2 from f;
commit;
fetch 2 from a;
fetch 2 from b;
fetch 2 from c;
fetch 2 from d;
fetch 2 from f;
move 1000 in a;
move 1000 in b;
move 1000 in d;
move 1000 in f;
close a; close b; close c; close d; close f;
select name, statement from pg_cursors;
begin;
declare g cursor with hold for select rows_of(100);
fetch 2 from g;
savepoint s;
declare h cursor with hold for select rows_of(100);
fetch 2 from h;
rollback to s;
fetch 2 from g;
rollback;
select name, statement from pg_cursors;
select 'alive';
