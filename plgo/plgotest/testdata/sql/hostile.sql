-- Users of the language against others, and against the server.

create role mallory;
grant create on schema public to mallory;
set role mallory;

-- A value that was set before the handler is loaded does not stay.
set plgo.compiler = 'touch /tmp/mallory';

-- What is compiled is not for users to write, and the handlers are not functions.
insert into plgo.object select * from plgo.object;
select count(*) from plgo.object;
do language plpgsql $$ begin
    perform plgo_validator('pg_catalog.now()'::regprocedure::oid);
exception when insufficient_privilege then raise notice 'not for others';
end $$;
select plgo.key('pg_catalog.now()');
select plgo.compile('pg_catalog.now()');
select plgo.recompile_all();
select plgo.tidy();

-- What a compiler is reached at, and files on its machine, are not for everybody.
show plgo.compiler;
set plgo.compiler = 'touch /tmp/mallory';
show plgo.policy;
create function f() returns int language plgo set plgo.compiler = '' as $$ return 1 $$;
select setting from pg_settings where name in ('plgo.compiler', 'plgo.policy');

-- The arguments of a window function are not where others have them.
create function w(a uuid) returns int8 language plgo window strict as $$ return int64(a[0]) $$;
set check_function_bodies = off;
create function w(a uuid) returns int8 language plgo window strict as $$ return int64(a[0]) $$;
set check_function_bodies = on;
select w('00000000-0000-0000-0000-000000000000') over ();
drop function w;

-- Functions that nobody can compile do not keep others from dropping what is theirs.
create type t1 as (a int);
create type t2 as (a t1[], b t1[]);
create type t3 as (a t2[], b t2[]);
create type t4 as (a t3[], b t3[]);
create type t5 as (a t4[], b t4[]);
create function deep(t5) returns int language plgo as $$ return 1 $$;
set check_function_bodies = off;
create function deep(t5) returns int language plgo as $$ return 1 $$;
do language plpgsql $$ begin
    execute format('create function long() returns int language plgo as %L', repeat(chr(1), 20000000));
end $$;
set check_function_bodies = on;
select deep(null);
select long();
reset role;
create table mine ();
drop table mine;
set role mallory;
drop function deep, long;

-- Neither do they others from seeing and compiling.
set check_function_bodies = off;
create function deep(t5) returns int language plgo as $$ return 1 $$;
set check_function_bodies = on;
select function, targets from plgo.functions;
reset role;
select plgo.recompile_all();
set role mallory;
drop function deep;

-- A type can be wide without being deep.
do language plpgsql $$ declare list text;
begin
    select string_agg(format('c%s int', i), ', ') into list from generate_series(1, 150) i;
    execute format('create type wide1 as (%s)', list);
    select string_agg(format('c%s wide1', i), ', ') into list from generate_series(1, 150) i;
    execute format('create type wide2 as (%s)', list);
    select string_agg(format('c%s wide2', i), ', ') into list from generate_series(1, 150) i;
    execute format('create type wide3 as (%s)', list);
end $$;
create function wide(wide3) returns int language plgo as $$ return 1 $$;

reset role;
drop owned by mallory;
drop role mallory;
