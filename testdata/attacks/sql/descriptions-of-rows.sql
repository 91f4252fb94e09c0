-- Rows of many descriptions in one place: each is read by its own, and what was read stays right.
set role mallory;
create function kinds(q text) returns text language plgo strict as $$
    out := ""
    var all []pg.Record
    for row, err := range pg.Query(q) {
        if err != nil { return "", err }
        var r pg.Record
        if err := row.Scan(&r); err != nil { return "", err }
        all = append(all, r)
    }
    for _, r := range all {
        for _, c := range r.Columns() {
            var v any
            if err := r.Get(c, &v); err != nil { return "", err }
            out += fmt.Sprintf("%s=%v ", c, v)
        }
        out += "; "
    }
    return out, nil
$$;
select kinds('select case when i % 3 = 0 then row(i) when i % 3 = 1 then row(i, ''x''::text) else row(array[i], true, 1.5) end from generate_series(1, 12) i');
create function each(r record) returns text language plgo strict as $$
    out := ""
    for _, c := range r.Columns() {
        var v any
        if err := r.Get(c, &v); err != nil { return "", err }
        out += fmt.Sprintf("%s=%v ", c, v)
    }
    return out, nil
$$;
select each(r) from (values (1, row(1)), (2, row('a'::text, 2)), (3, row(3))) v(i, r) order by i;
create type ab as (a int, b text);
create table t (i int, p ab);
insert into t values (1, (1, 'one')), (2, (2, 'two'));
select each(t) from t order by i;
alter type ab add attribute c int8;
alter table t add column q text default 'later';
insert into t values (3, (3, 'three', 33), 'q');
select each(t) from t order by i;
select each(p) from t order by i;
-- Two hundred of them in one call, and then the first ones again.
do $do$
declare a text; sum int := 0;
begin
    for n in 1..200 loop
        execute format('select each(row(%s))', (select string_agg(case when (n >> g) & 1 = 1 then '1::int8' else '''t''::text' end, ', ') from generate_series(0, 7) g)) into a;
        sum := sum + length(a);
    end loop;
    raise notice '%', sum;
end $do$;
select each(row(1)), each(row('a'::text, 2));
-- Old and new row, and a composite column that gets a new attribute between the rows of a statement.
create function touched() returns trigger language plgo as $$
    var p pg.Record
    if err := t.New.Get("p", &p); err != nil { return err }
    names := strings.Join(p.Columns(), ",")
    if _, err := pg.Exec("select grow()"); err != nil { return err }
    if err := t.New.Set("q", names); err != nil { return err }
    return t.New.Set("p", p)
$$;
create function grow() returns void language plpgsql as $$ begin
    if not exists (select from pg_attribute where attrelid = 'ab'::regclass and attname = 'd') then
        alter type ab add attribute d int;
    end if;
end $$;
create trigger touched before update on t for each row execute function touched();
update t set i = i + 1;
select * from t order by i;
-- A record that is passed on after its description has changed.
create function keep() returns text language plgo strict as $$
    var r pg.Record
    if err := pg.QueryRow("select row(1, 'x'::text)::ab2").Scan(&r); err != nil { return "", err }
    if _, err := pg.Exec("alter type ab2 add attribute c int8"); err != nil { return "", err }
    var s string
    err := pg.QueryRow("select $1::ab2::text", r).Scan(&s)
    return s, err
$$;
create type ab2 as (a int, b text);
select keep();
select 'alive';
