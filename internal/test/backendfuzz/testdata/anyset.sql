-- A polymorphic set of a row type, in both forms.
-- session 3
select case when bool_and(to_jsonb(y) = to_jsonb(x)) and count(*) = 3 then 'ok' else 'BAD' end from (select jsonb_populate_record(null::fz.pair, '{"a": 7, "b": "seven"}')) s(x), fz.f_anyset(x) y;
-- session 3
select case when bool_and(y::text = x::text) and count(*) = 3 then 'ok' else 'BAD' end from (select x, fz.f_anyset(x) y from (select jsonb_populate_record(null::fz.pair, '{"a": 7, "b": "seven"}')) s(x)) q;
