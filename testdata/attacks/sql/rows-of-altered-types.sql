-- Types that are altered between the rows of a set, and while a value is made.
set role mallory;
create type pair as (a int, b text);
create function alter_in(sql text) returns setof pair language plgo strict as $$
    return func(yield func(Pair, error) bool) {
        if !yield(Pair{A: 1, B: "before"}, nil) { return }
        if _, err := pg.Exec(sql); err != nil { yield(Pair{}, err); return }
        yield(Pair{A: 2, B: "after"}, nil)
    }
$$;
select * from alter_in('alter type pair add attribute c int8');
alter type pair drop attribute if exists c;
select * from alter_in('alter type pair drop attribute b');
alter type pair drop attribute if exists b, add attribute b text;
select alter_in('alter type pair add attribute c int8');
select alter_in('alter type pair alter attribute b type int8');
select (alter_in('alter type pair alter attribute a type text')).a;
-- The names may change: what is where, and of what type, does not.
select * from alter_in('alter type pair rename attribute b to c');
-- Rows that say themselves what they are.
create type trio as (x text, y text, z text);
create function trios(sql text) returns setof record language plgo strict as $$
    return func(yield func(pg.Record, error) bool) {
        var r pg.Record
        for i := range 2 {
            if err := pg.QueryRow("select row('1099511693313'::text, 'y'::text, row('a', 'b', '1099511693313')::trio)").Scan(&r); err != nil { yield(r, err); return }
            if !yield(r, nil) || i > 0 { return }
            if _, err := pg.Exec(sql); err != nil { yield(r, err); return }
        }
    }
$$;
select x, y, (z).z from trios('select 1') as (x text, y text, z trio);
-- PostgreSQL itself refuses the row that was made before, in some releases, and in others we do.
do $$ begin
    perform length(x), z from trios('alter type trio alter attribute z type int8') as (x text, y text, z trio);
exception when others then raise notice '%', substring(sqlerrm from 'was altered');
end $$;
select x from trios('select 1') as (x int8, y text, z trio);
select x from trios('select 1') as (x text, y text);
-- A domain over the type.
create type plain as (n text);
create domain checked as plain check ((value).n is not null);
create function chosen(sql text) returns setof checked language plgo strict as $$
    return func(yield func(Plain, error) bool) {
        if !yield(Plain{N: "one"}, nil) { return }
        if _, err := pg.Exec(sql); err != nil { yield(Plain{}, err); return }
        yield(Plain{N: "1099511693313"}, nil)
    }
$$;
select * from chosen('select 1');
select * from chosen('alter type plain add attribute m int8');
-- Elements of one array are rows of two descriptions: the check of the second alters the type of the first.
create function alters(v text) returns bool language plpgsql as $$ begin
    if v = 'now' then execute 'alter type cell add attribute more int8'; end if;
    return true;
end $$;
create domain trap as text check (alters(value));
create type cell as (t text);
create type row_of as (cells cell[], d trap);
create function paired(d text) returns row_of language plgo strict as $$
    return RowOf{Cells: []Cell{{T: "a"}}, D: d}
$$;
select paired('later');
select paired('now');
select paired('later');
select 'alive';
