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
-- Domains, INOUT, nested types and triggers with arrays of several dimensions.
create domain grid as int[] check (cardinality(value) < 10);
create function p2(g grid) returns grid language plgo strict as $$ return append(g, []int32{9,9}) $$;
select p2('{{1,2}}'); select p2('{{1,2},{1,2},{1,2},{1,2}}');
create function q4(m float8[], v float8[]) returns float8[] language plgo strict as $$
  r := make([]float64, len(m))
  for i, row := range m { for j, x := range row { r[i] += x * v[j] } }
  return r $$;
select q4('{{1,2},{3,4}}', '{5,6}');
create function q5(m int[]) returns int language plgo strict as $$ return m[0][0] + undefinedname $$;
create function q7(m int[], out s int[], out t text) language plgo strict as $$ for _, r := range m { s = append(s, r[0]) }; t = fmt.Sprint(len(m[0])) $$;
select * from q7('{{1,2},{3,4}}');
create procedure q9(inout m int[]) language plgo as $$ m = [][]int32{{1},{2}} $$;
call q9(null);
create function s4(r record) returns text language plgo strict as $$ var a time.Time; if err := r.Get("d", &a); err != nil { return "", err }; return fmt.Sprint(a == pg.Infinity) $$;
select s4(x) from (select date 'infinity' as d) x;
create function s5() returns trigger language plgo as $$ var g [][]int; if err := t.New.Get("g", &g); err != nil { return err }; g[0][0]++; return t.New.Set("g", g) $$;
create table tg(g int[], at timestamptz); create trigger s5 before insert on tg for each row execute function s5();
insert into tg values ('{{1,2}}', 'infinity'); select * from tg;
create type nest as (g int[], d date); create type nest2 as (ns nest[], one nest);
create function u1(n nest2) returns int language plgo strict as $$ return n.Ns[0].G[1][0] + n.One.G[0][0] $$;
select u1(row(array[row('{{1},{5}}', 'infinity')]::nest[], row('{{7}}',null)));
create function u2() returns nest2 language plgo as $$ return Nest2{Ns: []Nest{{G: [][]int32{{1,2}}, D: pg.Infinity}}} $$;
select u2();
