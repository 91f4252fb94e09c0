-- Numbers of other widths for OUT arguments, numerics without a value, names of rows.
create function k2(s text, out n int, out m bigint, out f float8) language plgo strict as $$ n = len(s); m = len(s) * 2; f = float32(1.5) $$;
select * from k2('abc');
create function k3(inout n int) language plgo strict as $$ n = len("abc") + int(n) $$;
select k3(4);
create function k4(s text, out n smallint, out m int) language plgo strict as $$ return len(s), len(s) * 100000000 $$;
select * from k4('abc'); select * from k4('abcdefghijklmnopqrstuvwxyz');
create function k5(s text, out n int, out e text) language plgo strict as $$
    n, e = len(s), "x"
    if s == "" {
        return errors.New("empty")
    }
$$;
select * from k5('abc'); select * from k5('');
create function k6(s text, out n smallint, out e text) language plgo strict as $$
    set := func() { n = len(s) * 100000 }
    set()
    e = "set"
    return
$$;
select * from k6(''); select * from k6('x');
create function k7(n bigint, out "N (half)" smallint, out m int) language plgo as $$
    if n == nil {
        return nil, nil
    }
    return *n / 2, *n, nil
$$;
select * from k7(8); select * from k7(null); select * from k7(70000);
create function k9() returns table(n int, p numeric) language plgo as $$ return []Row{{N: 1}, {N: 2, P: "1.5"}} $$;
select * from k9();
create type price as (n int, p numeric);
create function l1() returns price language plgo as $$ return Price{N: 1, P: pg.Numeric("")} $$;
select l1();
create function l2() returns numeric[] language plgo as $$ return []pg.Numeric{"1", ""} $$;
select l2();
create function l3() returns text language plgo as $$ var s string; err := pg.QueryRow("SELECT $1", pg.Numeric("")).Scan(&s); return s, err $$;
select l3();
create table "Row"(a int);
create function tab(r "Row") returns table(a int, b int) language plgo strict as $$ return []Row{{A: r.A, B: 2}} $$;
select * from tab(row(1));
create function rows() returns setof "Row" language plgo as $$ return []Row{{A: 1}} $$;
select * from rows();
create table ren(a int); insert into ren values (1);
create function renamed(r ren) returns int language plgo strict as $$ return r.A $$;
select renamed(ren) from ren;
alter table ren rename column a to b;
select renamed(ren) from ren;
