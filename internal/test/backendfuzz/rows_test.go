package backendfuzz

// rows make records and sets, and take types that are known at the call only.
var rows = []*function{
	{
		name: "f_rec", signature: "(n int) returns record", options: "strict",
		bodies: []string{
			`var r pg.Record
if err := r.Set("a", int64(n)); err != nil {
	return nil, err
}
if err := r.Set("b", fmt.Sprint("r", n)); err != nil {
	return nil, err
}
return r, nil`,
			`var r pg.Record
if err := pg.QueryRow("select row($1::int8, 'r' || $1)", int64(n)).Scan(&r); err != nil {
	return nil, err
}
return r, nil`,
			// Of another type than the calls name.
			`var r pg.Record
if err := r.Set("a", fmt.Sprint(n)); err != nil {
	return nil, err
}
if err := r.Set("b", int64(n)); err != nil {
	return nil, err
}
return r, nil`,
		},
		calls: []string{
			expect("a = 3 and b in ('r3', '3')", "fz.f_rec(3) as (a int8, b text)"),
			"select fz.f_rec(g)::text from generate_series(1, 20) g",
			"select array_agg(fz.f_rec(g))::text from generate_series(1, 20) g",
			expect("a = 3 and b is not null", "fz.f_rec(3) as (a int4, b text)"),
		},
	},
	{
		name: "f_recs", signature: "(n int) returns setof record", options: "strict",
		bodies: []string{
			`return func(yield func(pg.Record, error) bool) {
	for i := range n {
		var r pg.Record
		if err := r.Set("a", int64(i)); err != nil {
			yield(r, err)
			return
		}
		if err := r.Set("b", fmt.Sprint("r", i)); err != nil {
			yield(r, err)
			return
		}
		if !yield(r, nil) {
			return
		}
	}
}`,
			`return func(yield func(pg.Record, error) bool) {
	for i := range n {
		var r pg.Record
		if err := pg.QueryRow("select row($1::int8, 'r' || $1)", int64(i)).Scan(&r); err != nil {
			yield(r, err)
			return
		}
		if !yield(r, nil) {
			return
		}
	}
}`,
			// The type changes on the way.
			`return func(yield func(pg.Record, error) bool) {
	for i := range n {
		var r pg.Record
		var a any = int64(i)
		if i > 5 {
			a = "text"
		}
		if err := r.Set("a", a); err != nil {
			yield(r, err)
			return
		}
		if err := r.Set("b", fmt.Sprint("r", i)); err != nil {
			yield(r, err)
			return
		}
		if !yield(r, nil) {
			return
		}
	}
}`,
		},
		calls: []string{
			expect("bool_and(b = 'r' || a)", "fz.f_recs(20) as (a int8, b text)"),
			"select fz.f_recs(20)::text",
		},
	},
	{
		name: "f_any", signature: "(x anyelement) returns anyelement", options: "strict",
		bodies: []string{"return x", "return strings.Clone(x)"},
		calls: []string{
			echo("f_any", "5"), echo("f_any", "'t'::text"), echo("f_any", aPair), echo("f_any", "'w'::fz.word"), echo("f_any", "array[1, 2]"), echo("f_any", aNest),
		},
	},
	{
		name: "f_anyset", signature: "(x anyelement) returns setof anyelement", options: "strict",
		bodies: []string{"return []string{x, x, x}", `return func(yield func(string) bool) {
	_ = yield(x) && yield(x) && yield(x)
}`},
		calls: []string{
			expect("count(*) = 3 and min(x::text) = '5'", "fz.f_anyset(5) x"),
			expect("bool_and(to_jsonb(y) = to_jsonb(x)) and count(*) = 3", "(select "+aPair+") s(x), fz.f_anyset(x) y"),
			expect("bool_and(y::text = x::text) and count(*) = 3", "(select x, fz.f_anyset(x) y from (select "+aNest+") s(x)) q"),
		},
	},
	{
		name: "f_set", signature: "(n int) returns setof int8", options: "strict",
		bodies: []string{
			`return func(yield func(int64) bool) {
	for i := range int64(n) {
		if !yield(i) {
			return
		}
	}
}`,
			`r := make([]int64, n)
for i := range r {
	r[i] = int64(i)
}
return r`,
			`return func(yield func(int64, error) bool) {
	for row, err := range pg.Query("select g::int8 from generate_series(0, $1 - 1) g", n) {
		var i int64
		if err == nil {
			err = row.Scan(&i)
		}
		if !yield(i, err) || err != nil {
			return
		}
	}
}`,
		},
		calls: []string{
			expect("sum(x) = 4950", "fz.f_set(100) x"),
			expect("sum(x) = 4950", "(select fz.f_set(100)) s(x)"),
			expect("sum(x) = 45", "(select fz.f_set(1000000) limit 10) s(x)"),
			expect("sum(a) = 45 and sum(b) = 10", "(select fz.f_set(10), fz.f_set(5)) s(a, b)"),
			expect("sum(x) = 165", "generate_series(1, 10) g, fz.f_set(g) x"),
		},
	},
	{
		name: "f_setpair", signature: "(n int, x fz.pair) returns setof fz.pair", options: "strict",
		bodies: []string{
			`return func(yield func(Pair) bool) {
	for range n {
		if !yield(x) {
			return
		}
	}
}`,
			`var r []Pair
for range n {
	r = append(r, x)
}
return r`,
		},
		calls: []string{
			expect("bool_and(to_jsonb(y) = to_jsonb(x)) and count(*) = 100", "(select "+aPair+") s(x), fz.f_setpair(100, x) y"),
			expect("bool_and(y is not distinct from x) and count(*) = 100", "(select x, fz.f_setpair(100, x) y from (select "+bPair+") s(x)) q"),
			"select (fz.f_setpair(3, " + aPair + ")).*",
		},
	},
	{
		name: "f_setsmall", signature: "(n int) returns setof fz.small", options: "strict",
		bodies: []string{
			`return func(yield func(int32) bool) {
	if n < 0 {
		panic("negative")
	}
	for i := range n {
		if !yield(i) {
			return
		}
	}
}`,
			`r := make([]int32, n)
for i := range r {
	r[i] = int32(i)
}
return r`,
		},
		calls: []string{expect("sum(x) = 1225", "fz.f_setsmall(50) x"), expect("sum(x) = 1225", "(select fz.f_setsmall(50)) s(x)")},
	},
	{
		name: "f_table", signature: "(n int) returns table (i int, t text, w fz.word)", options: "strict",
		bodies: []string{
			`var rows []Row
for i := range n {
	rows = append(rows, Row{I: i, T: fmt.Sprint("row ", i), W: "w"})
}
return rows`,
			`return func(yield func(Row) bool) {
	for i := range n {
		if !yield(Row{I: i, T: fmt.Sprint("row ", i), W: "w"}) {
			return
		}
	}
}`,
		},
		calls: []string{
			expect("bool_and(t = 'row ' || i and w = 'w') and count(*) = 300", "fz.f_table(300)"),
			expect("bool_and((x).t = 'row ' || (x).i) and count(*) = 5", "(select fz.f_table(300) x limit 5) s"),
		},
	},
	{
		name: "f_fan", signature: "(n int) returns record", options: "strict",
		bodies: []string{`var r pg.Record
if err := r.Set("a", int64(1)); err != nil {
	return nil, err
}
for range n {
	var q pg.Record
	if err := errors.Join(q.Set("a", r), q.Set("b", r)); err != nil {
		return nil, err
	}
	r = q
}
return r, nil`},
		calls: []string{"select length(fz.f_fan(3)::text)", "select fz.f_fan(2), fz.f_fan(1)", "select array_agg(fz.f_fan(2)) from generate_series(1, 5)"},
	},
	{
		name: "f_anyarr", signature: "(x anyarray) returns anyarray", options: "strict",
		bodies: []string{"return x"},
		calls:  []string{echo("f_anyarr", "array[1, 2, null]"), echo("f_anyarr", pairs), echo("f_anyarr", "array['a', 'b']::fz.word[]")},
	},
	{
		name: "f_var", signature: "(variadic x int8[]) returns int8", options: "strict",
		bodies: []string{`var sum int64
for _, v := range x {
	sum += v
}
return sum`},
		calls: []string{expect("fz.f_var(1, 2, 3) = 6", "")},
	},
	{
		name: "f_out", signature: "(n int, out a int8, out b fz.word, out c text[])", options: "strict",
		bodies: []string{`a = int64(n)
b = strings.Repeat("b", int(n))
c = []string{b, b}
return`},
		calls: []string{expect("a = 100 and b = repeat('b', 100) and c = array[b::text, b::text]", "fz.f_out(100)"), "select fz.f_out(3)"},
	},
}
