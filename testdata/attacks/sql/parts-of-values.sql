-- a type is altered after something has been made of it that is part of another value, by a function that does not say so
\set ON_ERROR_STOP off
set role mallory;
create type inner_t as (x int8, y int8);
create function evil(v int) returns bool language plpgsql as $$
begin
    if v = 1 then alter type inner_t alter attribute y type text; end if;
    return true;
end $$;
create domain dom as int check (evil(value));
create type rng as range (subtype = inner_t);
create type middle as (i inner_t);
create function to_inner(int8) returns inner_t language sql as $$ select row($1, $1)::inner_t $$;
create cast (int8 as inner_t) with function to_inner(int8) as assignment;
create type by_cast as (a inner_t, b dom);
create type by_array as (a inner_t[], b dom);
create type by_range as (a rng, b dom);
create type by_multirange as (a rng_multirange, b dom);
create type by_row as (a middle, b dom);
create function as_sql(whole text, a text, b int) returns text language plgo strict as $$
    r := &pg.Record{}
    if n, err := strconv.ParseInt(a, 10, 64); err == nil {
        if err := r.Set("a", n); err != nil { return "", err }
    } else if err := r.Set("a", a); err != nil { return "", err }
    if err := r.Set("b", b); err != nil { return "", err }
    var s string
    err := pg.QueryRow("select q.a::text from (select $1::"+whole+" as x offset 0) w, lateral (select (x).a) q", r).Scan(&s)
    return s, err
$$;
\set again 'alter type inner_t drop attribute y, add attribute y int8;'
select as_sql('by_cast', '1193046', 0);
select as_sql('by_cast', '1193046', 1);
:again
select as_sql('by_array', '{"(1,1193046)"}', 0);
select as_sql('by_array', '{"(1,1193046)"}', 1);
:again
select as_sql('by_range', '["(1,1193046)","(2,1193046)"]', 0);
select as_sql('by_range', '["(1,1193046)","(2,1193046)"]', 1);
:again
select as_sql('by_multirange', '{["(1,1193046)","(2,1193046)"]}', 0);
select as_sql('by_multirange', '{["(1,1193046)","(2,1193046)"]}', 1);
:again
select as_sql('by_row', '("(1,1193046)")', 0);
select as_sql('by_row', '("(1,1193046)")', 1);
:again
-- a cast may take the length, too
create function with_length(v int8, length int4) returns inner_t language plgo strict as $$ return InnerT{X: v, Y: int64(length)} $$;
drop cast (int8 as inner_t);
create cast (int8 as inner_t) with function with_length(int8, int4) as assignment;
select as_sql('by_cast', '7', 0);
-- one parameter after another
create type outer_t as (a inner_t);
create function two(n int) returns text language plgo strict as $$
    r, in := &pg.Record{}, &pg.Record{}
    in.Set("x", int64(1))
    in.Set("y", int64(1193046))
    if err := r.Set("a", in); err != nil { return "", err }
    var s string
    err := pg.QueryRow("select q.a::text from (select $1::outer_t as x, $2::dom offset 0) w, lateral (select (x).a) q",
        r, json.RawMessage(fmt.Sprint(n))).Scan(&s)
    return s, err
$$;
select two(0);
select two(1);
