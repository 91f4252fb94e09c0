-- RETURNS SETOF anyelement with a row type: its columns are put where columns are expected.
set role mallory;
do $$ begin
    execute 'create type ct4 as (' || (select string_agg(format('c%s int8', g), ',') from generate_series(1, 60) g) || ')';
end $$;
create function poly(x anyelement) returns setof anyelement language plgo as $$
    return []string{"(1" + strings.Repeat(",", 59) + ")"}
$$;
select to_jsonb(p) from poly(null::ct4) p;   -- c1 is 1, the others null
select 'alive';
