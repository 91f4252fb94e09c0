-- Calls of a trigger take turns with the room for what they change: nothing of one gets into another.
\set ON_ERROR_STOP off
\set VERBOSITY terse
set role mallory;
-- Making what a call has set runs code that calls the same trigger again.
create function inserts(v text) returns bool language plpgsql as $$ begin return true; end $$;
create domain checked as text check (inserts(value));
create table outer_rows(n int, x checked, y checked, z checked);
create table inner_rows(n int, x text, y text, z text);
create function fills() returns trigger language plgo as $$
    var n int
    if err := t.New.Get("n", &n); err != nil {
        return err
    }
    for i, column := range []string{"x", "y", "z"} {
        if err := t.New.Set(column, strings.Repeat(fmt.Sprint(n+i), 3000)); err != nil {
            return err
        }
    }
    return nil
$$;
create trigger fills before insert or update on outer_rows for each row execute function fills();
create trigger fills before insert or update on inner_rows for each row execute function fills();
create or replace function inserts(v text) returns bool language plpgsql as $$ begin insert into inner_rows values (5); return true; end $$;
insert into outer_rows values (1);
update outer_rows set n = 2;
insert into outer_rows select 3 from generate_series(1, 50);
select n, md5(x) = md5(repeat(n::text, 3000)) x, md5(y) = md5(repeat((n + 1)::text, 3000)) y, md5(z) = md5(repeat((n + 2)::text, 3000)) z, count(*)
  from outer_rows group by 1, 2, 3, 4 order by 1;
select left(x, 1), left(y, 1), left(z, 1), length(x || y || z), count(*) > 100 from inner_rows group by 1, 2, 3, 4;
-- What a call has kept of its rows is of no use in later ones.
create table kept_rows(n int, x text);
create function keeps() returns trigger language plgo as $$
    copied, set := *t.New, ""
    if err := t.New.Set("x", strings.Repeat("x", 3000)); err != nil {
        return err
    }
    if t.Event == pg.Update {
        time.Sleep(100 * time.Millisecond)
        runtime.GC()
        return nil
    }
    changed := *t.New
    go func() {
        time.Sleep(20 * time.Millisecond)
        for _, k := range []struct{ name string; r *pg.Record }{{"row", t.New}, {"copy", &copied}, {"copy of what is changed", &changed}} {
            name, r := k.name, k.r
            if err := r.Get("x", &set); err == nil {
                panic(name + " was read: " + set[:10])
            }
            if err := r.Set("x", strings.Repeat("late", 1000)); err == nil {
                panic(name + " was set")
            }
            if _, err := pg.Exec("select $1", *r); err == nil {
                panic(name + " was a parameter")
            }
            pg.Notice(name + " is of no use")
        }
    }()
    return nil
$$;
create trigger keeps before insert or update on kept_rows for each row execute function keeps();
insert into kept_rows select i from generate_series(1, 3) i;
update kept_rows set n = n;
select left(x, 10), count(*) from kept_rows group by 1;
select 'alive';
