-- Arrays of several dimensions, infinity, and rows whose columns nobody reads.
\pset null NULL
set timezone='UTC';
create function g1(m float8[]) returns float8 language plgo strict as $$ return m[1][0] $$;
select g1('{{1,2},{3,4}}'); -- 3
create function g2(m int[]) returns int[] language plgo strict as $$
  out := make([][]int32, len(m[0]))
  for i := range out { for _, row := range m { out[i] = append(out[i], row[i]) } }
  return out $$;
select g2('{{1,2,3},{4,5,6}}'), g2('{{1}}'); -- {{1,4},{2,5},{3,6}}
create function g3(a int[], m int[]) returns int language plgo strict as $$ return a[0] + m[0][1] $$;
select g3('{10}', '{{1,2}}'); -- 12
create function g4() returns int[] language plgo as $$ return [][]int32{{1,2},{3,4}} $$;
select g4();
create function g5() returns setof int[] language plgo as $$ return [][][]int32{{{1}},{{2},{3}}} $$;
select g5();
create function g6(out m text[], out n int) language plgo as $$ m = [][]string{{"a","b"}}; n = 1 $$;
select * from g6();
create function g7() returns table(k int, m int[]) language plgo as $$ return []Row{{K: 1, M: [][]int32{{1},{2}}}, {K: 2}} $$;
select * from g7();
create function g8(t text[]) returns text language plgo strict as $$ return t[1][0] $$;
select g8('{{a,b},{c,d}}'); -- c
create function g9(m int[]) returns text language plgo strict as $$ var g [][]int32 = m; return fmt.Sprint(g) $$;
select g9('{{1,2}}');
create function g10(m int[]) returns int language plgo strict as $$ s := int32(0); for _, r := range m { for _, x := range r { s += x } }; return s $$;
select g10('{{1,2},{3,4}}'); select g10('{1,2}');
create function g11(m int[]) returns int language plgo strict as $$ return m[0][0][1] $$;
select g11('{{{1,9}}}');
create function g12(m int[]) returns bigint language plgo as $$ if m == nil { return -1 }; var s int64; for _, r := range *m { for _, x := range r { if x != nil { s += int64(*x) } } }; return s $$;
select g12(null), g12('{{1,null}}');
create table pg2(id int, mail text, at timestamptz, grid int[], d date, names text[], o numeric);
insert into pg2 values (1, null, 'infinity', '{{1,2},{3,4}}', '-infinity', '{a,null}', 'NaN'), (2, null, null, null, null, null, null);
create function h1(r pg2) returns int language plgo strict as $$ return r.Grid[1][0] $$;
select h1(pg2) from pg2 where id = 1; select h1(pg2) from pg2 where id = 2;
create function h2(r pg2) returns pg2 language plgo strict as $$ r.Id *= 10; return r $$;
select h2(pg2) from pg2;
create function h3(r pg2) returns bool language plgo strict as $$ var same bool; err := pg.QueryRow("SELECT $1::pg2 IS NOT DISTINCT FROM (SELECT pg2 FROM pg2 WHERE id = $2)", r, r.Id).Scan(&same); return same, err $$;
select h3(pg2) from pg2;
create function h4(r pg2) returns text language plgo strict as $$ b, err := json.Marshal(r); return string(b), err $$;
select h4(pg2) from pg2 where id = 2; select h4(pg2) from pg2 where id = 1;
create function h5(r pg2) returns bool language plgo strict as $$ return r.At == pg.Infinity && r.D.Before(time.Now()) $$;
select h5(pg2) from pg2 where id = 1;
create function h6() returns timestamptz language plgo as $$ return pg.Infinity $$;
create function h7(d date) returns date language plgo strict as $$ return d.AddDate(0, 1, 0) $$;
create function h8(d date) returns text language plgo strict as $$ return fmt.Sprint(d) $$;
select h6(), h7('infinity'), h7('-infinity'), h7('2024-01-01'), h8('infinity'), h8('-infinity');
create type inn as (a int, b text); create type outr as (i inn, n int, l inn[]);
create function i1(o outr) returns outr language plgo strict as $$ var back Outr; err := pg.QueryRow("SELECT $1::outr", o).Scan(&back); return back, err $$;
select i1(row(row(1,null),2,array[row(3,null)]::inn[])::outr), i1(row(null,null,null));
create function i2(o outr) returns text language plgo strict as $$ var t string; err := pg.QueryRow("SELECT $1::outr::text", o).Scan(&t); return t, err $$;
select i2(row(row(1,null),2,array[row(3,null)]::inn[])::outr), i2(row(null,null,null));
create function i3(o outr) returns int language plgo strict as $$ return o.L[1].A $$;
select i3(row(null,null,array[null, row(7,null)]::inn[])), i3(row(null,null,array[row(1,1), row(7,null)]::inn[]));
create function i4(o outr[]) returns int language plgo strict as $$ n := int32(0); for _, x := range o { for _, y := range x.L { n += y.A } }; return n $$;
select i4(array[row(null,1,array[row(1,'x'),row(2,null)]::inn[]),row(null,null,'{}')]::outr[]);
create function i5() returns outr language plgo as $$ return Outr{I: Inn{A: 1, B: "x"}, L: []Inn{{A: 2}, {B: "y"}}} $$;
select i5();
create function i6() returns outr[] language plgo as $$ return []Outr{{N: 1}, {I: Inn{A: 5}}} $$;
select i6();
-- The element that is NULL is named, whichever row it is in.
create function grid(a int[]) returns int language plgo as $$ return a[0][1] $$;
select grid('{{1,2},{3,4}}');
select grid('{{1,2},{3,NULL}}');
select grid('{{NULL,2},{3,4}}');
create function cube(a int[]) returns int language plgo as $$ return a[0][0][0] $$;
select cube('{{{1},{2}},{{NULL},{4}}}');
-- What is compared with nil is a pointer, also where the text goes on as if it were a value.
create function holes(a int[]) returns int[] language plgo as $$
    for i, v := range a {
        if v == nil {
            a[i] = 0
        }
    }
    return a
$$;
-- What only looks at elements reads them where they are, with no memory of its own; the rest has a copy.
create function looked_at(a bigint[]) returns bigint language plgo as $$
    var sum int64
    for i, v := range a {
        sum += v * a[len(a)-1-i]
    }
    return sum
$$;
create function looked_at_numbers(bigint[], real[]) returns float8 language plgo as $$ return float64(_1[0]) + float64(_2[0]) $$;
create function looked_at_inout(inout a bigint[], out n int) language plgo as $$ n = int32(len(a)) $$;
create function handed_on(a bigint[]) returns bigint language plgo as $$ return slices.Max(a) $$;
select looked_at('{1,2,3}'), looked_at('{}'), looked_at_numbers('{1}', '{2}'), looked_at_inout('{4,5}'), handed_on('{6,7}');
select looked_at('{1,null}');
set pgstd.max_memory = '32MB';
select looked_at(array_agg(1)) from generate_series(1, 5000000) i;
select handed_on(array_agg(1)) from generate_series(1, 5000000) i;
reset pgstd.max_memory;
-- An array that is returned as it has come is one of both, by a single use.
CREATE FUNCTION moved(a int[]) RETURNS int[] LANGUAGE plgo STRICT AS $$ a.LowerBounds = []int{0}; return a $$;
SELECT moved('{7,8}');
CREATE FUNCTION cleared(a text[]) RETURNS text[] LANGUAGE plgo AS $$ clear(a.Elements); return a $$;
SELECT cleared('[2:3]={a,b}');
CREATE FUNCTION negative(m float8[]) RETURNS float8[] LANGUAGE plgo STRICT AS $$ m.Set(0, 1, -m.At(0, 1)); return m $$;
SELECT negative('{{1,2}}');
-- Subscripts are those of SQL, however many, unless the text says that it is about a matrix.
CREATE FUNCTION subscripted(a int[]) RETURNS int LANGUAGE plgo AS $$ v, _ := a.At(2, 2); return v $$;
CREATE FUNCTION of_matrix(m int[]) RETURNS int LANGUAGE plgo AS $$ return m.At(m.Rows-1, m.Columns-1) $$;
CREATE FUNCTION handed_matrix(m int[]) RETURNS int LANGUAGE plgo AS $$
    func trace(m pg.Matrix[int32]) int32 { return m.At(0, 0) + m.At(1, 1) }
    return trace(m) - m.At(0, 0)
$$;
SELECT subscripted('{{1,2},{3,4}}'), of_matrix('{{1,2},{3,4}}'), handed_matrix('{{1,2},{3,4}}');
CREATE FUNCTION subscripted_only(a int[]) RETURNS int LANGUAGE plgo AS $$ return a.At(1, 1) $$;
CREATE FUNCTION subscripted_sum(a int[]) RETURNS int LANGUAGE plgo AS $$ return a.At(1, 1) + int32(len(a.Sizes)) $$;
CREATE FUNCTION subscripted_one(a int[]) RETURNS int LANGUAGE plgo AS $$ x := a.At(2); return x $$;
