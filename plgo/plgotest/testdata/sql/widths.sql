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
-- Sets, fields and lists of numbers of other widths.
create function set1(n int) returns setof bigint language plgo strict as $$ var r []int; for i := range int(n) { r = append(r, i) }; return r $$;
select set1(2);
create function set2() returns setof bigint language plgo as $$ return slices.Values([]int{1, 2}) $$;
select set2();
create function set3(n int) returns setof smallint language plgo strict as $$
    return func(yield func(int, error) bool) {
        for i := range int(n) {
            if !yield(i * 16384, nil) {
                return
            }
        }
    }
$$;
select set3(2); select set3(9); select set3(9) limit 1;
create function set4() returns setof bigint language plgo as $$ return []*int{nil, new(int)} $$;
select set4();
create function set5() returns setof float8 language plgo as $$
    func load() (iter.Seq[float32], error) { return slices.Values([]float32{1.5}), nil }
    return load()
$$;
select set5();
create function set6() returns setof int language plgo as $$
    func load() ([]int64, error) { return nil, errors.New("nothing there") }
    return load()
$$;
select set6();
create function set7() returns setof bigint[] language plgo as $$ return [][]int{{1, 2}, nil} $$;
select set7();
create function set8() returns setof bigint language plgo as $$ type id int; return []id{7} $$;
select set8();
create function field1(s text) returns table(n int, k smallint, f float8) language plgo strict as $$
    var r Row
    r.N, r.K = len(s), len(s) * 8192
    return []Row{r, {N: len(s), F: len(s)}}
$$;
select * from field1('abc'); select * from field1('abcd');
create function field2(n int) returns setof price language plgo strict as $$
    return func(yield func(Price) bool) {
        for i := int64(1); yield(Price{N: i << int(n), P: i}); i++ {
        }
    }
$$;
select field2(1) limit 2; select field2(30) limit 2;
create function field3(n bigint) returns price language plgo strict as $$
    var ( calls int )
    func one(n int64) Price { return Price{N: n, P: calls} }
    calls++
    return one(n)
$$;
select field3(1); select field3(1::bigint << 40); select field3(2);
create function field4(n bigint) returns price language plgo strict as $$
    defer func() {
        if r := recover(); r != nil {
            pg.Notice(fmt.Sprint(r))
        }
    }()
    return Price{N: n}
$$;
select field4(1::bigint << 40); select field4(5);
create function list1() returns bigint[] language plgo as $$ return []int{1, 2} $$;
create function list2(out a int[], out b bigint[], out n numeric) language plgo as $$
    one := 1
    a, n = []int{3}, one
    b = []*int{nil, &one}
$$;
create function list3() returns smallint[] language plgo as $$ return [][]int{{1}, {70000}} $$;
select list1(), list2(); select list3();
create function ptr1(n int, out a bigint, out b smallint) language plgo as $$
    if n == nil {
        return nil, nil
    }
    v := int(*n)
    return &v, v
$$;
select ptr1(1), ptr1(null); select ptr1(70000);
-- Maps, structs and lists are JSON where SQL wants that.
create function json1() returns setof jsonb language plgo as $$ return []map[string]int{{"a": 1}} $$;
create function json2(out j jsonb, out k json) language plgo as $$ j, k = map[string]int{"a": 1}, []any{1, nil, "x"} $$;
create function json3(b bool) returns jsonb language plgo strict as $$
    type S struct { A int `json:"a"` }
    if b {
        return nil
    }
    return S{3}
$$;
create function json4() returns table(n int, j jsonb) language plgo as $$ return []Row{{N: 1, J: map[string]any{"a": nil}}, {N: 2, J: nil}} $$;
create function json5() returns jsonb language plgo as $$ return map[string]any{"c": make(chan int)} $$;
create function json6() returns table(n int, j jsonb) language plgo as $$ return []Row{{J: map[string]any{"c": make(chan int)}}} $$;
select json1(); select * from json2(); select json3(false), json3(true) is null; select * from json4(); select json5(); select * from json6();
-- What is no number stays what it is.
create function no1() returns bigint language plgo as $$ return 1.5 * float64(2) $$;
create function no2() returns int[] language plgo as $$ return []byte("x") $$;
create function no3(p price) returns jsonb language plgo as $$ return p $$;
