-- Texts that nobody has compiled cost nobody anything who drops something else.
set role mallory;
set check_function_bodies = off;
do $x$
begin
    for i in 1..5 loop
        execute format('create or replace function f%s() returns int language plgo as %L', i, '//' || repeat(chr(1), 15 * 1024 * 1024 - 100));
    end loop;
end $x$;
reset role;
create function alices() returns int language sql as 'select 1';
select pg_stat_force_next_flush();
select pg_stat_get_blocks_fetched(reltoastrelid) as before from pg_class where oid = 'pg_proc'::regclass \gset
drop function alices();
select pg_stat_force_next_flush();
select pg_stat_get_blocks_fetched(reltoastrelid) - :before as blocks_read from pg_class where oid = 'pg_proc'::regclass;
select 'alive';
