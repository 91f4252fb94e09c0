-- Making a value runs code that lets the world die from which the value came: nothing of it is read again.
set role mallory;
create function deadly(v text) returns bool language plpgsql as $$ begin
    if v = 'die' then
        begin perform killer(); exception when others then null; end;
        perform repeat('Z', 100000);
    end if;
    return true;
end $$;
create domain fatal as text check (deadly(value));
create type two as (a fatal, b text);
create or replace function killer() returns void language plpgsql as $$ begin
    perform single('panic'); end $$;
create function single(v text) returns fatal language plgo strict as $$
    if v == "panic" { go panic("die"); select {} }
    return v
$$;
select single('live');
select single('die');
select single('live');
create function in_array(v text) returns fatal[] language plgo strict as $$
    if v == "panic" { go panic("die"); select {} }
    return []string{v, strings.Repeat("x", 10000), v}
$$;
create or replace function killer() returns void language plpgsql as $$ begin perform in_array('panic'); end $$;
select length(in_array('die')::text);
create function in_record(v text) returns two language plgo strict as $$
    if v == "panic" { go panic("die"); select {} }
    return Two{A: v, B: strings.Repeat("x", 10000)}
$$;
create or replace function killer() returns void language plpgsql as $$ begin perform in_record('panic'); end $$;
select length(in_record('die')::text);
create function in_set(v text) returns setof two language plgo strict as $$
    if v == "panic" { go panic("die"); select {} }
    return []Two{{A: "first"}, {A: v}, {A: "last"}}
$$;
create or replace function killer() returns void language plpgsql as $$ begin perform * from in_set('panic'); end $$;
select in_set('live');
select in_set('die');
select * from in_set('die');
select * from in_set('live');
-- The iterator is there no more for the rest of its rows, and another query's is.
begin;
declare c cursor for select in_set('live');
fetch 1 from c;
savepoint s;
do $$ begin perform in_set('panic'); exception when others then raise notice '%', sqlerrm; end $$;
fetch 1 from c;
rollback to s;
rollback;
begin;
declare c cursor for select in_set('live');
fetch 1 from c;
do $$ begin perform in_set('panic'); exception when others then null; end $$;
fetch 1 from c;
rollback;
-- A trigger sets two columns, and the world dies with the first.
create table t (a fatal, b text);
create function sets() returns trigger language plgo as $$
    var v string
    if err := t.New.Get("b", &v); err != nil { return err }
    if v == "panic" { go panic("die"); select {} }
    if err := t.New.Set("a", v); err != nil { return err }
    return t.New.Set("b", strings.Repeat("x", 20))
$$;
create trigger sets before insert on t for each row execute function sets();
create or replace function killer() returns void language plpgsql as $$ begin insert into t values ('live', 'panic'); end $$;
insert into t values ('live', 'live'), ('live', 'die');
select * from t;
-- What a set's first row fails with does not leave its iterator behind.
create function fails_first() returns setof fatal language plgo strict as $$
    return func(yield func(string, error) bool) {
        defer func() { _, _ = pg.Exec("select 1") }()
        yield("", errors.New("no row"))
    }
$$;
select fails_first();
select fails_first();
select 'alive';
