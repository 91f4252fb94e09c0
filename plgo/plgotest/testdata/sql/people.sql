-- What people write without a second thought has the value that they mean.
-- A row keeps what nobody looks into, wherever it comes from.
create table emp(id int, name text, tags text[], grid int[]);
insert into emp values (1, 'ann', '{x,NULL}', '[0:1][5:5]={{1},{2}}'), (2, null, null, null), (3, 'cy', '{}', '{7}');
create function p1() returns setof emp language plgo as $$
	var all []Emp
	for row, err := range pg.Query("SELECT * FROM emp ORDER BY id") {
		if err != nil {
			return err
		}
		var e Emp
		if err := row.Scan(&e); err != nil {
			return err
		}
		all = append(all, e)
	}
	return all
$$;
select * from p1();
create function p2() returns setof emp language plgo as $$ return pg.CollectRows(pg.Query("SELECT * FROM emp ORDER BY id"), pg.RowToStructByName[Emp]) $$;
select * from p2();
create function p3(e emp) returns emp language plgo strict as $$ e.Id++; return e $$;
select p3(emp) from emp;
create function p4(e emp) returns jsonb language plgo strict as $$ return json.Marshal(e) $$;
select p4(emp) from emp;
create function p5(j jsonb) returns emp language plgo strict as $$ var e Emp; err := json.Unmarshal(j, &e); return e, err $$;
select p5('{"id": 4, "name": "di", "tags": ["a", null], "grid": [[1,2],[3,4]]}'); select p5('{"grid": [[1],[2,3]]}'); select p5('{}');
-- Arrays with all that SQL knows of them, as parameters and from Scan.
create function p6() returns text language plgo as $$
	var a pg.Array[*int32]
	var m pg.Matrix[float64]
	if err := pg.QueryRow("SELECT grid, '{{1,2},{3,4.5}}'::float8[] FROM emp WHERE id = 1").Scan(&a, &m); err != nil {
		return err
	}
	var same bool
	var sum float64
	err := pg.QueryRow("SELECT $1::int[] = grid, (SELECT sum(x) FROM unnest($2) x) FROM emp WHERE id = 1", a, m).Scan(&same, &sum)
	return fmt.Sprint(a.LowerBounds, a.Sizes, m.At(1, 1), same, sum), err
$$;
select p6();
-- Numerics are no texts to be added or ordered.
create function p7(a numeric, b numeric) returns numeric language plgo strict as $$ return a + b $$;
create function p7(a numeric, b numeric) returns bool language plgo strict as $$ return a < b $$;
create function p7(a numeric, b numeric) returns bool language plgo strict as $$ return a == b $$;
create function p7(a numeric, b numeric) returns numeric language plgo strict as $$ return max(a, b) $$;
create function p7(a numeric) returns numeric language plgo strict as $$ a += "1"; return a $$;
create function p7(a numeric[]) returns numeric[] language plgo strict as $$ slices.Sort(a); return a $$;
create function p7(a numeric, b numeric) returns text language plgo strict as $$ return fmt.Sprint(a.Cmp(b), a == "NaN", a != "") $$;
select p7(9, 10), p7(1.0, 1.00), p7('NaN', 'Infinity'), p7(-10, -9);
create function p8(a numeric[]) returns numeric[] language plgo strict as $$ slices.SortFunc(a, pg.Numeric.Cmp); return a $$;
select p8('{10,9,-1,2.50,NaN}');
-- What may be NULL is compared and printed as the value that it is, not as a place in memory.
create function q1(a int, b int) returns bool language plgo as $$ return a == b $$;
select q1(1, 1), q1(1, 2); select q1(1, null);
create function q2(a text, b text) returns text language plgo as $$ switch a { case b: return "same" }; return "other" $$;
select q2('x', 'x'), q2('x', 'y');
create function q3(a timestamptz, b timestamptz) returns bool language plgo as $$ x, y := a, b; return x == y $$;
select q3('2024-01-01', '2024-01-01');
create function q4(a text, b text) returns bool language plgo as $$ var x, y any = a, b; return x == y $$;
select q4('x', 'x');
create function q5(a text, b text) returns bool language plgo as $$ l := []any{a}; return slices.Contains(l, any(b)) $$;
select q5('x', 'x');
create function q6(a int, b int) returns int language plgo as $$ m := map[any]int{a: 5}; return m[b] $$;
select q6(2, 2);
create function q7(a text, b int) returns text language plgo as $$ f := fmt.Sprintf; return f("%s %d", a, b) $$;
select q7('x', 1);
create function q8(a text, b int) returns text language plgo as $$ l := []any{a, b}; return fmt.Sprintln(l...) $$;
select q8('x', 1);
create function q9(a text, b int) returns text language plgo as $$ type t struct { x any }; m := map[string]any{"b": b}; return fmt.Sprint(t{a}, m) $$;
select q9('x', 1);
create function q10(a text, b int) returns jsonb language plgo as $$ return map[string]any{"a": a, "b": b} $$;
select q10('x', 1), q10(null, null);
create function q11(a int, b int) returns bool language plgo as $$ if a == nil || b == nil { return nil }; return a == b $$;
create function q11(a text[], b text) returns bool language plgo as $$ if b == nil { return nil }; return slices.Contains(a, b) $$;
create function q11(a text[], b text) returns bool language plgo as $$ if b == nil { return nil }; return slices.Contains(a, *b) $$;
select q11('{x,y}', 'y'), q11('{x,y}', null);
-- A list that may be NULL is nil, and a list where it is not.
create function s1(a int[]) returns int language plgo as $$ if a == nil { return -1 }; return len(a) $$;
select s1('{1}'), s1('{}'), s1(null);
create function s2(a int[], b text[]) returns text language plgo as $$ if a == nil || b == nil { return nil }; for _, x := range a { b = append(b, fmt.Sprint(x)) }; return strings.Join(b, ",") $$;
select s2('{1}', '{a}'), s2('{}', null);
create function s3(bytea, j jsonb) returns text language plgo as $$
	func size() int { return len(_1) }
	if _1 == nil || j == nil {
		return "none"
	}
	var m map[string]any
	err := json.Unmarshal(j, &m)
	return fmt.Sprint(m["a"], size()), err
$$;
select s3('\x01', '{"a": 1}'), s3(null, null);
create function s4(a int[]) returns int language plgo as $$ if a == nil { return -1 }; return len(*a) $$;
select s4('{1}'), s4(null);
-- What is only scanned into may be NULL.
create function s5(out total numeric, out n bigint) language plgo as $$ return pg.QueryRow("SELECT NULL::numeric, count(*)").Scan(&total, &n) $$;
select * from s5();
create function s6() returns table(k text, v int) language plgo as $$
	var rows []Row
	for row, err := range pg.Query("VALUES ('a', 1), (NULL, NULL)") {
		if err != nil {
			return err
		}
		var r Row
		if err := row.Scan(&r.K, &r.V); err != nil {
			return err
		}
		rows = append(rows, r)
	}
	return rows
$$;
select * from s6();
create function s7(out k text) language plgo as $$ err := pg.QueryRow("SELECT NULL::text").Scan(&k); k = strings.ToUpper(k); return err $$;
select s7();
-- Numbers, durations and JSON that mean one thing only.
create function t1(a float8, b real) returns setof numeric language plgo strict as $$ return []float64{a, float64(b), 2} $$;
select t1(1.1, 1.5); select t1('-inf', 'nan');
create function t2(a real) returns numeric language plgo strict as $$ return a $$;
select t2(1.1), t2('inf'), t2(1e30);
create function t3(n int) returns numeric language plgo strict as $$ f := big.NewInt(1); for i := range int64(n) { f.Mul(f, big.NewInt(i+1)) }; return f $$;
select t3(30);
create function t4(out i interval, out n numeric, out m numeric, out l numeric[]) language plgo as $$ i = time.Second; n = big.NewInt(5); m = 2.5; l = []float64{0.1} $$;
select * from t4();
create function t5() returns table(n numeric, i interval) language plgo as $$ return []Row{{N: 1.5, I: time.Hour}, {N: 1, I: nil}} $$;
select * from t5();
create function t6(a timestamptz, b timestamptz) returns interval language plgo strict as $$ return b.Sub(a) $$;
select t6('2024-01-01', '2024-01-03 12:00');
create function t7(t text) returns jsonb language plgo strict as $$ if t == "" { return false }; return len(t) $$;
select t7(''), t7('abc');
-- A column that could not be set, and nobody has looked.
create table u(a int, b text);
create function u1() returns trigger language plgo as $$
	t.New.Set("b", "x")
	if t.Event == pg.Update {
		t.New.Set("nope", 1)
	}
$$;
create trigger u1 before insert or update on u for each row execute function u1();
insert into u values (1); table u; update u set a = 2;
-- Polymorphic arrays are lists where a text looks into them.
create function a1(variadic v anyarray) returns text language plgo strict as $$ return fmt.Sprint(len(v), " ", strings.Join(v, "|")) $$;
select a1(1, 2), a1('x'::text), a1(variadic '{}'::date[]);
create function a2(v anyarray) returns anyelement language plgo strict as $$ return v[0] $$;
select a2('{5,6}'::int[]), a2(array['2024-01-01'::date]); select a2('{NULL,6}'::int[]);
create function a3(v anyelement) returns anyarray language plgo strict as $$ return []string{v, v} $$;
select a3(1), a3('x,y'::text);
create function a4(v anycompatiblearray, x anycompatible) returns anycompatiblearray language plgo strict as $$ return append(v, x) $$;
select a4('{5,6}'::int[], 7.5);
create function a5(v anyarray) returns int language plgo as $$ if v == nil { return nil }; n := 0; for range v { n++ }; return n $$;
select a5('{5,6}'::int[]), a5(null::int[]);
create function a6(v anyarray) returns anyarray language plgo strict as $$ return v $$;
select a6('{{5,6}}'::int[]);
-- Ranges are texts, and more where a text takes them for that.
create function r1(r int4range, m int4multirange) returns int language plgo strict as $$ n := r.Upper - r.Lower; for _, x := range m { n += x.Upper - x.Lower }; return n $$;
select r1('[1,5)', '{[1,5),[7,9)}');
create function r2(a int, b int) returns int4range language plgo strict as $$ return pg.Range[int32]{Lower: a, Upper: b, LowerInclusive: true} $$;
select r2(1, 3);
create function r3(d daterange) returns daterange language plgo as $$ if d == nil || d.Empty { return nil }; d.Upper = d.Upper.AddDate(0, 0, 1); return d $$;
select r3('[2024-02-28,2024-03-01)'), r3(null), r3('empty');
create function r4(r numrange) returns text language plgo strict as $$ return "is " + r $$;
select r4('[1,2.5]');
-- A multirange that a text counts, indexes or ranges over is a list of ranges, and else a text.
create function many(m int4multirange) returns int language plgo as $$ return len(m) $$;
create function spread(m int4multirange) returns int language plgo as $$ n := 0; for _, r := range m { n += int(r.Upper - r.Lower) }; return n $$;
create function first_of(m nummultirange, r numrange) returns text language plgo as $$ return fmt.Sprint(m[0].Upper, r.Lower) $$;
create function inner_part(m int4multirange) returns text language plgo as $$ return m[1 : len(m)-1] $$;
create function part_of(r int4range) returns text language plgo as $$ return r[1:2] $$;
select many('{[1,3),[5,8)}'), spread('{[1,3),[5,8)}'), first_of('{[1,3.5)}', '[7,8]'), inner_part('{[1,3),[5,8)}'), part_of('[1,3)');
-- Numerics are texts: 1.0 is another one than 1.00.
create function switched(n numeric) returns text language plgo as $$ switch n { case "1": return "one" }; return "other" $$;
create function has(n numeric, l numeric[]) returns bool language plgo as $$ return slices.Contains(l, n) $$;
create function switched(n numeric) returns text language plgo as $$ switch { case n.Cmp("1") == 0: return "one" }; return "other" $$;
create function special(n numeric) returns text language plgo as $$ switch n { case "NaN": return "none" }; return "some" $$;
create function has(n numeric, l numeric[]) returns bool language plgo as $$ return slices.ContainsFunc(l, func(m pg.Numeric) bool { return m.Cmp(n) == 0 }) $$;
create function counted(l numeric[]) returns int language plgo as $$ m := map[pg.Numeric]int{}; for _, n := range l { m[n]++ }; return len(m) $$;
create function counted(l numeric[]) returns int language plgo as $$ m := map[string]int{}; for _, n := range l { m[string(n)]++ }; return len(m) $$;
select counted((select array_agg(trim_scale(n)) from unnest('{1.0,1.00,2}'::numeric[]) n));
select switched(1.00), special('NaN'), special(1), has(1.0, '{2,1.00}'), has(3, '{2}');
create function key(j jsonb) returns text language plgo as $$ return j["a"] $$;
