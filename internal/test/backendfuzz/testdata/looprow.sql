-- session 2
alter type fz.pair alter attribute a type text;
-- session 3
select fz.f_looprow('alter type fz.pair alter attribute a type int8', 12);
