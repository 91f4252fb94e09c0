-- A row of more columns than a byte can count.
-- session 0
create or replace function fz.f_w260(x fz.w260) returns int8 language plgo strict as $$
return x.C4 + x.C260
$$;
-- session 0
select case when fz.f_w260(w) = 264 then 'ok' else 'BAD' end from fz.w260 w;
