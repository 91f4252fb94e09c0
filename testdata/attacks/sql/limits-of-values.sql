-- What a world makes the host make of a value is bounded, and counts.
create function public.width(n int) returns text language sql as $$ select string_agg(format('c%s int', i), ', ') from generate_series(1, n) i $$;
set role mallory;
-- As wide as a row can be, both ways.
do $$ begin execute 'create type wide as (' || width(1600) || ')'; end $$;
create function last_of(w wide) returns int language plgo strict as $$ return w.C1600 $$;
do $$ declare n int; begin execute 'select last_of(row(' || (select string_agg(i::text, ',') from generate_series(1, 1600) i) || ')::wide)' into n; raise notice '%', n; end $$;
create function made(n int) returns wide language plgo strict as $$ return Wide{C1: n, C257: 257, C1600: 1600} $$;
select (m).c1, (m).c2, (m).c256, (m).c257, (m).c1600 from (select made(7) m offset 0) x;
create function columns(n int) returns record language plgo strict as $$
    var r pg.Record
    for i := range int(n) {
        if err := r.Set(fmt.Sprint("c", i), int64(i)); err != nil { return r, err }
    }
    return r, nil
$$;
select length(columns(1664)::text);
select columns(1665);
-- Nested to any depth, and in the end no more.
create function deep(n int) returns record language plgo strict as $$
    var r pg.Record
    if err := r.Set("a", "x"); err != nil { return r, err }
    for range n {
        var q pg.Record
        if err := q.Set("a", r); err != nil { return r, err }
        r = q
    }
    return r, nil
$$;
select length(deep(6)::text), deep(900) is not null;
select deep(1500);
-- Shared parts: of arrays, in arrays of records, in sets, in triggers.
create type item as (s text);
create function shared(n int) returns item[] language plgo strict as $$
    s := strings.Repeat("x", 20<<20)
    a := make([]Item, n)
    for i := range a { a[i].S = s }
    return a
$$;
select array_length(shared(2), 1);
select shared(40);
create function blobs(n int) returns bytea[] language plgo strict as $$
    s := make([]byte, 20<<20)
    a := make([][]byte, n)
    for i := range a { a[i] = s }
    return a
$$;
select array_length(blobs(2), 1);
select blobs(40);
create function set_of_shared(n int) returns setof item[] language plgo strict as $$
    s := strings.Repeat("x", 20<<20)
    a := make([]Item, n)
    for i := range a { a[i].S = s }
    return [][]Item{a}
$$;
select array_length(x, 1) from set_of_shared(2) x;
select array_length(x, 1) from set_of_shared(40) x;
create table t (a text, b text, c text, d text, e text, f text, g text, h text, i text, j text, k text, l text, m text, n text);
create function fill() returns trigger language plgo as $$
    s := strings.Repeat("x", 20<<20)
    for _, c := range t.New.Columns() {
        if err := t.New.Set(c, s); err != nil { return err }
    }
    return nil
$$;
create trigger fill before insert on t for each row execute function fill();
insert into t default values;
-- An array of NULLs takes a bit each.
create function counted(a "char"[]) returns int language plgo strict as $$ return int32(len(a)) $$;
select counted(array_fill(null::"char", array[100]));
select counted(array_fill(null::"char", array[30000000]));
-- Vectors of the catalog begin at 0.
create function vector(n int) returns int2vector language plgo strict as $$ return make([]int16, n) $$;
create function oids(n int) returns oidvector language plgo strict as $$ return make([]uint32, n) $$;
select array_lower(vector(2), 1), array_lower(oids(2), 1), vector(0), vector(2) = '0 0', oids(1) = '0';
-- A cast is a function: it takes the right to call it.
reset role;
create type secret as (v text);
create function to_secret(n int8) returns secret language sql as $$ select row('opened ' || n)::secret $$;
create cast (int8 as secret) with function to_secret(int8) as assignment;
revoke execute on function to_secret(int8) from public;
set role mallory;
create table s (v secret);
create function assign() returns trigger language plgo as $$ return t.New.Set("v", int64(7)) $$;
create trigger assign before insert on s for each row execute function assign();
insert into s default values;
-- The end of the day is a time, too.
create table times (t time);
create function midnight() returns trigger language plgo as $$ return t.New.Set("t", 24*time.Hour) $$;
create trigger midnight before insert on times for each row execute function midnight();
insert into times default values;
select * from times;
select 'alive';
