-- The cursor of a query is declared again, with other types and with the same.
-- session 3
select fz.f_loop('do $do$ declare n text; begin foreach n in array (select coalesce(array_agg(name), ''{}'') from pg_cursors) loop begin execute format(''close %I'', n); execute format(''declare %I cursor for select ''''text''''::text, 77::int8 from generate_series(1, 100)'', n); exception when others then null; end; end loop; end $do$', 53);
-- session 3
select fz.f_loop('do $do$ declare n text; begin foreach n in array (select coalesce(array_agg(name), ''{}'') from pg_cursors) loop begin execute format(''close %I'', n); execute format(''declare %I cursor for select 77::int8, ''''seventy'''' from generate_series(1, 100)'', n); exception when others then null; end; end loop; end $do$', 9);
