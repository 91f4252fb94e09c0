-- what a range type's index calls runs while the server holds the lock of a page
\set ON_ERROR_STOP off
set role mallory;
create function far(a float8, b float8) returns float8 language plgo immutable strict as $$
    var n int64
    if a == 3001 {
        for {
        }
    }
    if a == 4001 {
        err := pg.Subtransaction(func() error {
            return pg.QueryRow("select 1/0").Scan(&n)
        })
        return 0, err
    }
    if a == 5001 {
        _, err := pg.Exec("insert into spans values ('[1,2]')")
        return 0, err
    }
    return a - b
$$;
create type span as range (subtype = float8, subtype_diff = far);
create table spans (s span);
create index on spans using gist (s);
insert into spans select span(i, i + 1) from generate_series(1, 2000) i;
\set VERBOSITY sqlstate
set statement_timeout = '300ms'\; insert into spans values ('[3000,3001]');
insert into spans values ('[4000,4001]');
insert into spans values ('[5000,5001]');
insert into spans values ('[2500,2501]');
\set VERBOSITY default
select count(*) from spans where s && '[2000,9000]';
drop table spans;
drop type span;
drop function far;
