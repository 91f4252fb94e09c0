package backendfuzz

import "slices"

// functions are those that sequences make anew, drop and call.
var functions = slices.Concat(values, rows, acting)

// values take and return values.
var values = []*function{
	{
		name: "f_int", signature: "(x int8) returns int8", options: "strict",
		bodies: []string{"return x + 1", "return 1 + x", `var calls int64
func next() int64 { calls++; return calls }
next()
return x + 1`},
		calls: []string{
			expect("fz.f_int(41) = 42 and fz.f_int(null) is null", ""),
			expect("(select sum(fz.f_int(g)) from generate_series(1, 500) g) = 125750", ""),
		},
	},
	{
		name: "f_text", signature: "(x text) returns text",
		bodies: []string{"return x", `if x == nil {
	return nil
}
return strings.Clone(*x)`},
		calls: []string{
			echo("f_text", "'short'"), echo("f_text", "null::text"), echo("f_text", "repeat('longer', 20000)"),
			expect("bool_and(fz.f_text(repeat(g::text, g)) = repeat(g::text, g))", "generate_series(1, 200) g"),
		},
	},
	{
		name: "f_pair", signature: "(x fz.pair) returns fz.pair",
		bodies: []string{"return x", `if x == nil {
	return nil
}
y := *x
return &y`},
		calls: []string{
			echo("f_pair", aPair), echo("f_pair", bPair), echo("f_pair", "null::fz.pair"),
			"select (fz.f_pair(" + aPair + ")).*",
			expect("bool_and(fz.f_pair(x) is not distinct from x)", "unnest("+pairs+") x"),
		},
	},
	{
		name: "f_pairs", signature: "(x fz.pair[]) returns fz.pair[]", options: "strict",
		bodies: []string{"return x", "return slices.Clone(x)"},
		calls:  []string{echo("f_pairs", pairs), echo("f_pairs", "'{}'::fz.pair[]")},
	},
	{
		name: "f_nest", signature: "(x fz.nest) returns fz.nest", options: "strict",
		bodies: []string{"return x", `y := x
return &y`},
		calls: []string{echo("f_nest", aNest), "select (fz.f_nest(" + aNest + ")).p"},
	},
	{
		name: "f_strict", signature: "(x fz.strict) returns fz.strict", options: "strict",
		bodies: []string{"return x", `y := x
return &y`},
		calls: []string{
			echo("f_strict", strict),
			expect("bool_and(fz.f_strict(x)::text = x::text)", "(select jsonb_populate_record(null::fz.strict, jsonb_build_object('d', g, 't', repeat('t', g * 100))) x from generate_series(1, 30) g) s"),
		},
	},
	{
		name: "f_small", signature: "(x int) returns fz.small", options: "strict",
		bodies: []string{"return x", "return x + 0"},
		calls: []string{
			expect("fz.f_small(3) = 3", ""),
			expect("fz.f_small(-3) is null", ""), // an error
			expect("(select sum(fz.f_small(g)) from generate_series(1, 50) g) = 1275", ""),
		},
	},
	{
		name: "f_word", signature: "(x text) returns fz.word", options: "strict",
		bodies: []string{"return x", "return strings.Clone(x)"},
		calls: []string{
			echo("f_word", "repeat('word', 1000)"),
			expect("fz.f_word('evil' || repeat('e', 3000)) is null", ""), // an error
		},
	},
	{
		name: "f_arr", signature: "(x int8[]) returns int8[]", options: "strict",
		bodies: []string{"return x", "return slices.Clone(x)"},
		calls:  []string{echo("f_arr", "array[1, 2, 3]::int8[]"), echo("f_arr", "(select array_agg(g::int8) from generate_series(1, 5000) g)"), echo("f_arr", "'{}'::int8[]")},
	},
	{
		name: "f_texts", signature: "(x text[]) returns text[]", options: "strict",
		bodies: []string{"return x", "return slices.Clone(x)"},
		calls:  []string{echo("f_texts", "array['a', '', repeat('b', 3000)]"), echo("f_texts", "array['a', null]")},
	},
	{
		name: "f_smalls", signature: "(n int) returns fz.small[]", options: "strict",
		bodies: []string{`var r []int32
for i := range n {
	r = append(r, i)
}
return r`, `r := make([]int32, n)
for i := range r {
	r[i] = int32(i)
}
return r`},
		calls: []string{expect("(select sum(x) from unnest(fz.f_smalls(50)) x) = 1225", "")},
	},
	{
		name: "f_num", signature: "(x numeric, t timestamptz, j jsonb, i interval, u uuid, b bytea) returns text", options: "strict",
		bodies: []string{"return fmt.Sprintf(\"%v %v %v %v %v %v\", x, t.UnixMicro(), string(j), i.Microseconds, u, len(b))", "return strings.TrimSpace(fmt.Sprintln(x, t.UnixMicro(), string(j), i.Microseconds, u.String(), len(b)))"},
		calls: []string{
			expect(`fz.f_num(1.50, '2020-01-01 00:00:00+00', '{"a": [1, 2]}', '3 seconds', '00000000-0000-0000-0000-0000000000ff', '\x010203') = '1.50 1577836800000000 {"a": [1, 2]} 3000000 00000000-0000-0000-0000-0000000000ff 3'`, ""),
		},
	},
	{
		name: "f_w250", signature: "(x fz.w250) returns int8", options: "strict",
		bodies: []string{"return x.C1 + x.C128 + x.C250"},
		calls:  []string{expect("fz.f_w250(w) = 379", "fz.w250 w")},
	},
	{
		name: "f_w260", signature: "(x fz.w260) returns int8", options: "strict", refusable: true,
		bodies: []string{"return x.C4 + x.C260", "return x.C260 + x.C4"},
		calls:  []string{expect("fz.f_w260(w) = 264", "fz.w260 w")},
	},
	{
		name: "f_things", signature: "() returns text",
		bodies: []string{
			`var tag string
err := pg.QueryRow("select tag from things where v::text is not null and $1 > 0", 1).Scan(&tag)
return tag, err`,
			`var tag string
var v string
err := pg.QueryRow("select tag, v from things").Scan(&tag, &v)
if err == nil && v != "10.0.0.1" {
	tag = "BAD " + v
}
return tag, err`,
			// A parameter whose type is that of the column.
			`var tag string
err := pg.QueryRow("select tag from things where v = $1", netip.MustParseAddr("10.0.0.1")).Scan(&tag)
var e *pg.Error
if errors.As(err, &e) && e.Code == "42883" {
	return "BAD " + e.Message, nil
}
return tag, err`,
		},
		calls: []string{expect("fz.f_things() = (select tag from things)", "")},
	},
	{
		// Package variables are a role's own.
		name: "f_who", signature: "() returns text",
		bodies: []string{
			`var (
	first string
)
var now string
if err := pg.QueryRow("select current_user::text").Scan(&now); err != nil {
	return "", err
}
if first == "" {
	first = now
}
if first != now {
	return "BAD " + first + " is " + now, nil
}
return now, nil`,
		},
		calls: []string{expect("fz.f_who() = current_user", "")},
	},
	{
		name: "f_definer", signature: "() returns text", options: "security definer set search_path = fz2, pg_temp",
		bodies: []string{
			`var now, tag string
if err := pg.QueryRow("select current_user::text, tag from things").Scan(&now, &tag); err != nil {
	return "", err
}
return now + tag, nil`,
		},
		calls: []string{expect("fz.f_definer() = 'fuzz_ownsecond'", "")},
	},
	{
		name: "f_stable", signature: "(x int) returns text", options: "strict stable",
		bodies: []string{`var s string
err := pg.QueryRow("select $1::text || 's'", x).Scan(&s)
return s, err`},
		calls: []string{expect("bool_and(fz.f_stable(g) = g || 's')", "generate_series(1, 50) g")},
	},
}
