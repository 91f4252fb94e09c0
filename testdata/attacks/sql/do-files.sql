-- Blocks, and what cannot be kept, leave no files.
set role mallory;
do $x$ begin
    for i in 1..5 loop
        execute format('do language plgo %L', format('if n := %s; n > 3 { pg.Notice(fmt.Sprint(n)) }', i));
    end loop;
end $x$;
set check_function_bodies = off;
create function late() returns int language plgo as $$ return 1 $$;
begin read only;
select late();
rollback;
reset role;
select count(*) from pg_ls_dir('pgstd_objects/' || (select oid from pg_database where datname = current_database()));
select 'alive';
