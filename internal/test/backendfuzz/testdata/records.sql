-- Rows of two record types in one column, read one after the other, with something in between.
-- session 0
select fz.f_looprec('select 1', 6);
-- session 0
select fz.f_looprec('select pgstd.discard_worlds()', 6);
-- session 0
select fz.f_looprec('select fz.f_looprec(''select 1'', 3)', 6);
