-- what is kept for a statement of one role, path or function is not there for another's
\set ON_ERROR_STOP off
create schema app; grant usage on schema app to public;
create table app.log (msg text, extra jsonb);
create function app.add_log(m text) returns text language plgo security definer set search_path = app, pg_temp as $$
    var found string
    err := pg.QueryRow("insert into log (extra) values ($1) returning pg_typeof(extra)::text || ' of ' || current_user", json.RawMessage(`{"a":1}`)).Scan(&found)
    return found, err
$$;
create function app.find() returns text language plgo security definer set search_path = app, pg_temp as $$
    var found string
    err := pg.QueryRow("select 'one' <~> $1 || current_user", "two").Scan(&found)
    return found, err
$$;
create function app.found(text, text) returns text language sql as $$ select 'app: ' $$;
create operator app.<~> (leftarg = text, rightarg = text, function = app.found);
create function app.superusers() returns bigint language sql as $$
    select count(*) from pg_roles where rolsuper and rolname = 'mallory' $$;
grant create on database :DBNAME to mallory;
select set_config('test.owner', current_user, false) is not null as owner;
set role mallory;
create schema evil; grant usage on schema evil to public;
create table evil.booty (who text, super text); grant all on evil.booty to public;
create function evil.chk(v jsonb) returns bool language plpgsql as $$
begin
    insert into evil.booty values (current_user, current_setting('is_superuser'));
    begin execute 'alter role mallory superuser'; exception when others then null; end;
    return true;
end $$;
create domain evil.d as jsonb check (evil.chk(value));
create table evil.log (msg text, extra evil.d); grant all on evil.log to public;
create function evil.found(text, text) returns text language plpgsql as $$
begin
    insert into evil.booty values (current_user, current_setting('is_superuser'));
    return 'evil: ';
end $$;
create operator evil.<~> (leftarg = text, rightarg = text, function = evil.found);
create function evil.poison() returns text language plgo set search_path = evil, pg_temp as $$
    var found, other string
    err := pg.QueryRow("insert into log (extra) values ($1) returning pg_typeof(extra)::text || ' of ' || current_user", json.RawMessage(`{"a":1}`)).Scan(&found)
    if err == nil { err = pg.QueryRow("select 'one' <~> $1 || current_user", "two").Scan(&other) }
    return found + ", " + other, err
$$;
create function evil.report() returns table (who text, times bigint) language sql as $$
    select case who when current_setting('test.owner') then 'the superuser' else who end, count(*) from evil.booty group by 1 order by 1 $$;
-- another role, path and function, the same text
select evil.poison();
select * from evil.report();
reset role;
select replace(app.add_log('x'), current_user, 'the superuser'), replace(app.find(), current_user, 'the superuser');
select * from evil.report();
select app.superusers();
-- the same function and role, another path: a table, an operator and a temporary table
create function public.by_path() returns text language plgo as $$
    var found, other string
    err := pg.QueryRow("insert into log (extra) values ($1) returning pg_typeof(extra)", json.RawMessage(`{"a":1}`)).Scan(&found)
    if err == nil { err = pg.QueryRow("select 'one' <~> $1", "two").Scan(&other) }
    return found + ", " + other, err
$$;
reset role;
grant insert, select on app.log to alice;
set role alice;
set search_path = evil, public; select public.by_path();
set search_path = app, public; select public.by_path();
set search_path = evil, public; select public.by_path();
create temporary table log (msg text, extra json);
set search_path = app, public; select public.by_path();
set search_path = app, public, pg_temp; select public.by_path();
drop table pg_temp.log;
set search_path = app, public; select public.by_path();
-- the same function and path, another role
reset role;
create function public.my_log() returns text language plgo as $$
    var found string
    err := pg.QueryRow("insert into log (extra) values ($1) returning pg_typeof(extra)", json.RawMessage(`{"a":1}`)).Scan(&found)
    return found, err
$$;
create schema alice authorization alice; create schema mallory authorization mallory;
set role alice; create table alice.log (extra text);
set role mallory; create table mallory.log (extra evil.d);
reset role; set search_path = "$user", public;
set role mallory; select public.my_log();
set role alice; select public.my_log();
set role mallory; select public.my_log();
set role alice; select public.my_log();
-- settings that say what a text means
create function public.read(q text) returns text language plgo strict as $$
    var found string
    err := pg.QueryRow(q).Scan(&found)
    return found, err
$$;
set standard_conforming_strings = on; select public.read($$select length('\\')::text$$);
-- from 19 on there are no such strings
select :SERVER_VERSION_NUM < 190000 as escapes \gset
\if :escapes
set standard_conforming_strings = off; set escape_string_warning = off; select public.read($$select length('\\')::text$$) as length \gset
\else
\set length 1
\endif
\echo :length
reset standard_conforming_strings; select public.read($$select length('\\')::text$$);
set transform_null_equals = on; select public.read('select (1 = null)::text');
set transform_null_equals = off; select public.read('select coalesce((1 = null)::text, $q$unknown$q$)'), public.read('select coalesce((1 = null)::text, $q$unknown$q$)');
set datestyle = 'ISO, MDY'; select public.read($$select to_char(date '01/02/2003', 'DD.MM.')$$);
set datestyle = 'ISO, DMY'; select public.read($$select to_char(date '01/02/2003', 'DD.MM.')$$);
reset datestyle;
set timezone = 'UTC'; select public.read($$select extract(epoch from timestamptz '2020-01-01 00:00')::int8::text$$);
set timezone = 'Asia/Tokyo'; select public.read($$select extract(epoch from timestamptz '2020-01-01 00:00')::int8::text$$);
reset timezone;
-- a type that was found out is found out again when the table has changed
create table alice.changing (a json);
create function public.change() returns text language plgo as $$
    var found string
    err := pg.QueryRow("insert into alice.changing values ($1) returning pg_typeof(a)::text || ' ' || a::text", json.RawMessage("1")).Scan(&found)
    return found, err
$$;
select public.change(), public.change();
alter table alice.changing alter a type varchar(10);
select public.change();
alter table alice.changing alter a type jsonb using a::jsonb;
select public.change();
drop table alice.changing; create table alice.changing (a text);
select public.change();
-- an index function in a superuser's REINDEX leaves nothing behind
set role mallory;
set search_path = evil, public;
create function evil.indexed(a int) returns int language plgo immutable strict set search_path = evil, pg_temp as $$
    var other string
    err := pg.QueryRow("select 'one' <~> $1 || current_user", "two").Scan(&other)
    return a, err
$$;
create function evil.quiet(text, text) returns text language sql as $$ select 'quiet: ' $$;
drop operator evil.<~> (text, text);
create operator evil.<~> (leftarg = text, rightarg = text, function = evil.quiet);
create table evil.t (a int);
insert into evil.t values (1), (2);
create index on evil.t (evil.indexed(a));
drop operator evil.<~> (text, text);
create operator evil.<~> (leftarg = text, rightarg = text, function = evil.found);
delete from evil.booty;
reset role;
reindex table evil.t;
select replace(app.find(), current_user, 'the superuser');
select * from evil.report();
select app.superusers();
select 'alive';
