-- A type changes while a conversion to it is in use, and the function is called again meanwhile.
-- session 0
select case when fz.f_strict(x)::text is not distinct from x::text then 'ok' else 'BAD' end from (select jsonb_populate_record(null::fz.strict, '{"d": 4, "t": "four"}') offset 0) s(x);
-- session 0
create or replace function fz.int_ok(value int4) returns boolean language plpgsql as $plpgsql$
declare depth int := coalesce(nullif(current_setting('fz.depth', true), ''), '0')::int;
begin
	if depth < 2 then
		perform set_config('fz.depth', (depth + 1)::text, true);
		begin execute 'alter type fz.strict drop attribute t; alter type fz.strict add attribute t fz.word; select fz.f_strict(jsonb_populate_record(null::fz.strict, ''{"d": 4, "t": "four"}''))'; exception when others then null; end;
		perform set_config('fz.depth', depth::text, true);
	end if;
	return true;
end $plpgsql$;
;
-- session 0
select case when fz.f_strict(x)::text is not distinct from x::text then 'ok' else 'BAD' end from (select jsonb_populate_record(null::fz.strict, '{"d": 4, "t": "four"}') offset 0) s(x);
-- session 0
select case when bool_and(fz.f_strict(x)::text = x::text) then 'ok' else 'BAD' end from (select jsonb_populate_record(null::fz.strict, jsonb_build_object('d', g, 't', repeat('t', g * 100))) x from generate_series(1, 30) g) s;
-- session 0
select case when fz.f_strict(x)::text is not distinct from x::text then 'ok' else 'BAD' end from (select jsonb_populate_record(null::fz.strict, '{"d": 4, "t": "four"}') offset 0) s(x);
