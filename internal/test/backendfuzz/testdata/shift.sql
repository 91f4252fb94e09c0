-- The type of a set's rows changes while they are made.
-- session 1
select case when a::text = '17' and b::text = '18' then 'ok' else 'BAD ' || length(a::text) end from fz.f_shift('alter type fz.shift alter attribute a type int8');
-- session 1
alter type fz.shift alter attribute a type text;
-- session 1
select case when a::text = '17' and b::text = '18' then 'ok' else 'BAD ' || length(a::text) end from fz.f_shift('alter type fz.shift alter attribute a type int8; alter type fz.shift alter attribute b type int8');
-- session 1
drop type if exists fz.shift cascade; create type fz.shift as (a text, b text);
-- session 1
create or replace function fz.f_shift(action text) returns setof fz.shift language plgo strict as $$
return func(yield func(Shift, error) bool) {
	if !yield(Shift{A: "17", B: "18"}, nil) {
		return
	}
	if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
		pg.Debug(err.Error())
	}
	for range 30 {
		if !yield(Shift{A: "17", B: "18"}, nil) {
			return
		}
	}
}
$$;
-- session 1
select case when (x).a::text = '17' and (x).b::text = '18' then 'ok' else 'BAD' end from (select fz.f_shift('alter type fz.shift drop attribute a; alter type fz.shift add attribute a text') x) s;
