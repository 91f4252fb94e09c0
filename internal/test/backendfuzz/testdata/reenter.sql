-- The check of a domain calls the function whose set is being read, and lets it die.
-- session 0
create or replace function fz.int_ok(value int4) returns boolean language plpgsql as $plpgsql$
declare depth int := coalesce(nullif(current_setting('fz.depth', true), ''), '0')::int;
begin
	if depth < 2 then
		perform set_config('fz.depth', (depth + 1)::text, true);
		begin perform count(*) from fz.f_setsmall(-1); exception when others then null; end;
		perform set_config('fz.depth', depth::text, true);
	end if;
	return true;
end $plpgsql$;
;
-- session 0
select case when sum(x) = 1225 then 'ok' else 'BAD' end from fz.f_setsmall(50) x;
-- session 0
select case when sum(x) = 1225 then 'ok' else 'BAD' end from (select fz.f_setsmall(50)) s(x);
-- session 0
select fz.f_small(3);
-- session 0
select case when (select sum(x) from unnest(fz.f_smalls(50)) x) = 1225 then 'ok' else 'BAD' end;
