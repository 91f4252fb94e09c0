-- The check of a domain runs the conversion again that has called it.
-- session 0
select case when fz.f_word(x)::text is not distinct from x::text then 'ok' else 'BAD' end from (select repeat('word', 1000) offset 0) s(x);
-- session 0
create or replace function fz.text_ok(value text) returns boolean language plpgsql as $plpgsql$
declare depth int := coalesce(nullif(current_setting('fz.depth', true), ''), '0')::int;
begin
	if depth < 2 then
		perform set_config('fz.depth', (depth + 1)::text, true);
		begin perform fz.f_word('again' || repeat('a', 3000)), fz.f_strict(jsonb_populate_record(null::fz.strict, '{"d": 4, "t": "four"}')); exception when others then null; end;
		perform set_config('fz.depth', depth::text, true);
	end if;
	return true;
end $plpgsql$;
;
-- session 0
select case when fz.f_word('evil' || repeat('e', 3000)) is null then 'ok' else 'BAD' end;
-- session 0
select case when fz.f_word(x)::text is not distinct from x::text then 'ok' else 'BAD' end from (select repeat('word', 1000) offset 0) s(x);
