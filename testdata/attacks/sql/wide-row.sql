-- A row of 256 columns as an argument.
select 'CREATE TABLE w(' || string_agg(format('c%s int NOT NULL DEFAULT %s', i, i), ',') || ')' from generate_series(1, 256) i \gexec
insert into w default values;
create function f(x w) returns int language plgo strict as $$
    return x.C256
$$;
select f(x) from w x;   -- 256, or a clear error at CREATE FUNCTION
select 'alive';
