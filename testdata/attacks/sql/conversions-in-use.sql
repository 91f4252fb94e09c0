-- Checks that come back to the conversion, the plan and the function that they are run for.
set role mallory;
create function again(v text) returns bool language plpgsql as $$ begin return true; end $$;
create domain strict_text as text check (again(value)) check (value not like 'evil%');
create function one(n int) returns strict_text language plgo strict as $$
    if n == 1 { return "evil" + strings.Repeat("e", 3000) }
    return "ok"
$$;
create function many(n int) returns strict_text[] language plgo strict as $$
    if n == 1 { return []string{"fine", "evil" + strings.Repeat("e", 3000), "fine"} }
    return []string{"ok", "ok"}
$$;
create type holder as (a strict_text, n int);
create function held(n int) returns holder[] language plgo strict as $$
    if n == 1 { return []Holder{{A: "fine"}, {A: "evil" + strings.Repeat("e", 3000)}} }
    return []Holder{{A: "ok"}}
$$;
create function taken(x strict_text, h holder) returns int language plgo strict as $$ return int32(len(x) + len(h.A)) $$;
create function texts(n int) returns holder language plgo strict as $$ return Holder{A: []string{"ok", "evil" + strings.Repeat("e", 3000)}[n], N: n} $$;
select one(0), many(0), held(0), taken('a', ('b', 1)), texts(0);
create or replace function again(v text) returns bool language plpgsql as $$
declare x text;
begin
    if v like 'evil%' then
        x := one(0)::text || many(0)::text || held(0)::text || taken('a', ('b', 1)) || texts(0)::text;
        perform repeat('Z', 5000), repeat('Y', 3000);
    end if;
    return true;
end $$;
select left(one(1), 10);
select left(many(1)::text, 10);
select left(held(1)::text, 10);
select left(texts(1)::text, 10);
select left(x, 10) from unnest(many(1)) x;
-- The check fails inside, is caught there, and what it has left half done is used again.
create or replace function again(v text) returns bool language plpgsql as $$ begin
    if v = 'deep' then
        begin perform 1 / 0; exception when division_by_zero then null; end;
        begin perform one(1); exception when check_violation then null; end;
        begin perform many(1); exception when check_violation then null; end;
    end if;
    if v = 'fail' then raise 'no'; end if;
    return true;
end $$;
create function given(v text) returns strict_text[] language plgo strict as $$ return []string{v, v} $$;
select given('deep'), given('fine');
select given('fail');
select given('evil');
select given('fine');
-- The function is replaced, and dropped, while its result is made.
create or replace function again(v text) returns bool language plpgsql as $$ begin
    if v = 'replace' then
        execute $f$create or replace function given(v text) returns strict_text[] language plgo strict as $go$ return []string{"new", v} $go$ $f$;
        perform given('fine');
    end if;
    if v = 'drop' then execute 'drop function given(text)'; end if;
    return true;
end $$;
select given('replace');
select given('fine');
select given('drop');
select given('fine');
-- A range, and a multirange, over a domain.
create function not_five(v int) returns bool language plpgsql as $$ begin perform one(0); return v <> 5; end $$;
create domain number as int check (not_five(value));
create type numbers as range (subtype = number);
create function ranged(s text) returns numbers language plgo strict as $$ return s $$;
select ranged('[1,3]'), ranged('[5,6]');
drop type numbers cascade;
create type numbers as range (subtype = number, multirange_type_name = many_numbers);
create function multiranged(s text) returns many_numbers language plgo strict as $$ return s $$;
select multiranged('{[1,3],[7,8]}');
select multiranged('{[1,3],[5,8]}');
select 'alive';
