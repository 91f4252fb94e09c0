package backendfuzz

// functions are those that sequences make anew, drop and call.
var functions = []*function{
	{
		name: "f_int", signature: "(x int8) returns int8", options: "strict",
		bodies: []string{"return x + 1", "return 1 + x", "var calls int64\nfunc next() int64 { calls++; return calls }\nnext()\nreturn x + 1"},
		calls: []string{
			expect("fz.f_int(41) = 42 and fz.f_int(null) is null", ""),
			expect("(select sum(fz.f_int(g)) from generate_series(1, 500) g) = 125750", ""),
		},
	},
	{
		name: "f_text", signature: "(x text) returns text",
		bodies: []string{"return x", "if x == nil {\n\treturn nil\n}\nreturn strings.Clone(*x)"},
		calls: []string{
			echo("f_text", "'short'"), echo("f_text", "null::text"), echo("f_text", "repeat('longer', 20000)"),
			expect("bool_and(fz.f_text(repeat(g::text, g)) = repeat(g::text, g))", "generate_series(1, 200) g"),
		},
	},
	{
		name: "f_pair", signature: "(x fz.pair) returns fz.pair",
		bodies: []string{"return x", "if x == nil {\n\treturn nil\n}\ny := *x\nreturn &y"},
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
		bodies: []string{"return x", "y := x\nreturn &y"},
		calls:  []string{echo("f_nest", aNest), "select (fz.f_nest(" + aNest + ")).p"},
	},
	{
		name: "f_strict", signature: "(x fz.strict) returns fz.strict", options: "strict",
		bodies: []string{"return x", "y := x\nreturn &y"},
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
		bodies: []string{"var r []int32\nfor i := range n {\n\tr = append(r, i)\n}\nreturn r", "r := make([]int32, n)\nfor i := range r {\n\tr[i] = int32(i)\n}\nreturn r"},
		calls:  []string{expect("(select sum(x) from unnest(fz.f_smalls(50)) x) = 1225", "")},
	},
	{
		name: "f_num", signature: "(x numeric, t timestamptz, j jsonb, i interval, u uuid, b bytea) returns text", options: "strict",
		bodies: []string{"return fmt.Sprintf(\"%v %v %v %v %v %v\", x, t.UnixMicro(), string(j), i.Microseconds, u, len(b))", "return strings.TrimSpace(fmt.Sprintln(x, t.UnixMicro(), string(j), i.Microseconds, u.String(), len(b)))"},
		calls: []string{
			expect(`fz.f_num(1.50, '2020-01-01 00:00:00+00', '{"a": [1, 2]}', '3 seconds', '00000000-0000-0000-0000-0000000000ff', '\x010203') = '1.50 1577836800000000 {"a": [1, 2]} 3000000 00000000-0000-0000-0000-0000000000ff 3'`, ""),
		},
	},
	{
		name: "f_rec", signature: "(n int) returns record", options: "strict",
		bodies: []string{
			"var r pg.Record\nif err := r.Set(\"a\", int64(n)); err != nil {\n\treturn nil, err\n}\nif err := r.Set(\"b\", fmt.Sprint(\"r\", n)); err != nil {\n\treturn nil, err\n}\nreturn r, nil",
			"var r pg.Record\nif err := pg.QueryRow(\"select row($1::int8, 'r' || $1)\", int64(n)).Scan(&r); err != nil {\n\treturn nil, err\n}\nreturn r, nil",
			// Of another type than the calls name.
			"var r pg.Record\nif err := r.Set(\"a\", fmt.Sprint(n)); err != nil {\n\treturn nil, err\n}\nif err := r.Set(\"b\", int64(n)); err != nil {\n\treturn nil, err\n}\nreturn r, nil",
		},
		calls: []string{
			expect("a = 3 and b = 'r3'", "fz.f_rec(3) as (a int8, b text)"),
			"select fz.f_rec(g)::text from generate_series(1, 20) g",
			"select array_agg(fz.f_rec(g))::text from generate_series(1, 20) g",
			expect("a = 3 and b is not null", "fz.f_rec(3) as (a int4, b text)"),
		},
	},
	{
		name: "f_recs", signature: "(n int) returns setof record", options: "strict",
		bodies: []string{
			"return func(yield func(pg.Record, error) bool) {\n\tfor i := range n {\n\t\tvar r pg.Record\n\t\tif err := r.Set(\"a\", int64(i)); err != nil {\n\t\t\tyield(r, err)\n\t\t\treturn\n\t\t}\n\t\tif err := r.Set(\"b\", fmt.Sprint(\"r\", i)); err != nil {\n\t\t\tyield(r, err)\n\t\t\treturn\n\t\t}\n\t\tif !yield(r, nil) {\n\t\t\treturn\n\t\t}\n\t}\n}",
			"return func(yield func(pg.Record, error) bool) {\n\tfor i := range n {\n\t\tvar r pg.Record\n\t\tif err := pg.QueryRow(\"select row($1::int8, 'r' || $1)\", int64(i)).Scan(&r); err != nil {\n\t\t\tyield(r, err)\n\t\t\treturn\n\t\t}\n\t\tif !yield(r, nil) {\n\t\t\treturn\n\t\t}\n\t}\n}",
			// The type changes on the way.
			"return func(yield func(pg.Record, error) bool) {\n\tfor i := range n {\n\t\tvar r pg.Record\n\t\tvar a any = int64(i)\n\t\tif i > 5 {\n\t\t\ta = \"text\"\n\t\t}\n\t\tif err := r.Set(\"a\", a); err != nil {\n\t\t\tyield(r, err)\n\t\t\treturn\n\t\t}\n\t\tif err := r.Set(\"b\", fmt.Sprint(\"r\", i)); err != nil {\n\t\t\tyield(r, err)\n\t\t\treturn\n\t\t}\n\t\tif !yield(r, nil) {\n\t\t\treturn\n\t\t}\n\t}\n}",
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
		bodies: []string{"return []string{x, x, x}", "return func(yield func(string) bool) {\n\t_ = yield(x) && yield(x) && yield(x)\n}"},
		calls: []string{
			expect("count(*) = 3 and min(x::text) = '5'", "fz.f_anyset(5) x"),
			expect("bool_and(to_jsonb(y) = to_jsonb(x)) and count(*) = 3", "(select "+aPair+") s(x), fz.f_anyset(x) y"),
			expect("bool_and(y::text = x::text) and count(*) = 3", "(select x, fz.f_anyset(x) y from (select "+aNest+") s(x)) q"),
		},
	},
	{
		name: "f_set", signature: "(n int) returns setof int8", options: "strict",
		bodies: []string{
			"return func(yield func(int64) bool) {\n\tfor i := range int64(n) {\n\t\tif !yield(i) {\n\t\t\treturn\n\t\t}\n\t}\n}",
			"r := make([]int64, n)\nfor i := range r {\n\tr[i] = int64(i)\n}\nreturn r",
			"return func(yield func(int64, error) bool) {\n\tfor row, err := range pg.Query(\"select g::int8 from generate_series(0, $1 - 1) g\", n) {\n\t\tvar i int64\n\t\tif err == nil {\n\t\t\terr = row.Scan(&i)\n\t\t}\n\t\tif !yield(i, err) || err != nil {\n\t\t\treturn\n\t\t}\n\t}\n}",
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
			"return func(yield func(Pair) bool) {\n\tfor range n {\n\t\tif !yield(x) {\n\t\t\treturn\n\t\t}\n\t}\n}",
			"var r []Pair\nfor range n {\n\tr = append(r, x)\n}\nreturn r",
		},
		calls: []string{
			expect("bool_and(to_jsonb(y) = to_jsonb(x)) and count(*) = 100", "(select "+aPair+") s(x), fz.f_setpair(100, x) y"),
			expect("bool_and(y is not distinct from x) and count(*) = 100", "(select x, fz.f_setpair(100, x) y from (select "+bPair+") s(x)) q"),
			"select (fz.f_setpair(3, " + aPair + ")).*",
		},
	},
	{
		// It changes the type of its rows while it makes them.
		name: "f_setalter", signature: "(action text) returns setof fz.pair", options: "strict",
		bodies: []string{
			"return func(yield func(Pair, error) bool) {\n\tfor i := range 40 {\n\t\tif i == 20 {\n\t\t\tif err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {\n\t\t\t\tpg.Debug(err.Error())\n\t\t\t}\n\t\t}\n\t\tif !yield(Pair{}, nil) {\n\t\t\treturn\n\t\t}\n\t}\n}",
		},
	},
	{
		// Its rows are good for both types that the columns of shift have.
		name: "f_shift", signature: "(action text) returns setof fz.shift", options: "strict",
		bodies: []string{
			"return func(yield func(Shift, error) bool) {\n\tif !yield(Shift{A: \"17\", B: \"18\"}, nil) {\n\t\treturn\n\t}\n\tif err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {\n\t\tpg.Debug(err.Error())\n\t}\n\tfor range 30 {\n\t\tif !yield(Shift{A: \"17\", B: \"18\"}, nil) {\n\t\t\treturn\n\t\t}\n\t}\n}",
		},
	},
	{
		name: "f_setsmall", signature: "(n int) returns setof fz.small", options: "strict",
		bodies: []string{
			"return func(yield func(int32) bool) {\n\tif n < 0 {\n\t\tpanic(\"negative\")\n\t}\n\tfor i := range n {\n\t\tif !yield(i) {\n\t\t\treturn\n\t\t}\n\t}\n}",
			"r := make([]int32, n)\nfor i := range r {\n\tr[i] = int32(i)\n}\nreturn r",
		},
		calls: []string{expect("sum(x) = 1225", "fz.f_setsmall(50) x"), expect("sum(x) = 1225", "(select fz.f_setsmall(50)) s(x)")},
	},
	{
		name: "f_table", signature: "(n int) returns table (i int, t text, w fz.word)", options: "strict",
		bodies: []string{
			"var rows []Row\nfor i := range n {\n\trows = append(rows, Row{I: i, T: fmt.Sprint(\"row \", i), W: \"w\"})\n}\nreturn rows",
			"return func(yield func(Row) bool) {\n\tfor i := range n {\n\t\tif !yield(Row{I: i, T: fmt.Sprint(\"row \", i), W: \"w\"}) {\n\t\t\treturn\n\t\t}\n\t}\n}",
		},
		calls: []string{
			expect("bool_and(t = 'row ' || i and w = 'w') and count(*) = 300", "fz.f_table(300)"),
			expect("bool_and((x).t = 'row ' || (x).i) and count(*) = 5", "(select fz.f_table(300) x limit 5) s"),
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
			"var tag string\nerr := pg.QueryRow(\"select tag from things where v::text is not null and $1 > 0\", 1).Scan(&tag)\nreturn tag, err",
			"var tag string\nvar v string\nerr := pg.QueryRow(\"select tag, v from things\").Scan(&tag, &v)\nif err == nil && v != \"10.0.0.1\" {\n\ttag = \"BAD \" + v\n}\nreturn tag, err",
			// A parameter whose type is that of the column.
			"var tag string\nerr := pg.QueryRow(\"select tag from things where v = $1\", netip.MustParseAddr(\"10.0.0.1\")).Scan(&tag)\nvar e *pg.Error\nif errors.As(err, &e) && e.Code == \"42883\" {\n\treturn \"BAD \" + e.Message, nil\n}\nreturn tag, err",
		},
		calls: []string{expect("fz.f_things() = (select tag from things)", "")},
	},
	{
		// Package variables are a role's own.
		name: "f_who", signature: "() returns text",
		bodies: []string{
			"var (\n\tfirst string\n)\nvar now string\nif err := pg.QueryRow(\"select current_user::text\").Scan(&now); err != nil {\n\treturn \"\", err\n}\nif first == \"\" {\n\tfirst = now\n}\nif first != now {\n\treturn \"BAD \" + first + \" is \" + now, nil\n}\nreturn now, nil",
		},
		calls: []string{expect("fz.f_who() = current_user", "")},
	},
	{
		name: "f_definer", signature: "() returns text", options: "security definer set search_path = fz2, pg_temp",
		bodies: []string{
			"var now, tag string\nif err := pg.QueryRow(\"select current_user::text, tag from things\").Scan(&now, &tag); err != nil {\n\treturn \"\", err\n}\nreturn now + tag, nil",
		},
		calls: []string{expect("fz.f_definer() = 'fuzz_ownsecond'", "")},
	},
	{
		name: "f_stable", signature: "(x int) returns text", options: "strict stable",
		bodies: []string{"var s string\nerr := pg.QueryRow(\"select $1::text || 's'\", x).Scan(&s)\nreturn s, err"},
		calls:  []string{expect("bool_and(fz.f_stable(g) = g || 's')", "generate_series(1, 50) g")},
	},
	{
		name: "f_loop", signature: "(action text, at int) returns text", options: "strict",
		bodies: []string{loop("select g, 'v' || g from generate_series(1, 100) g"), loop("select g, 'v' || g from generate_series(1, 100) g order by g")},
	},
	{
		name: "f_looprec", signature: "(action text, at int) returns text", options: "strict",
		bodies: []string{`	var kept *pg.Row
	n := int32(0)
	for row, err := range pg.Query("select case when g % 2 = 0 then row(g, 'r' || g) else row('r' || g, g, g) end, g from generate_series(1, 60) g") {
		if err != nil {
			return "", err
		}
		n++
		if n == at {
			kept = row
			if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
				pg.Debug(err.Error())
			}
		}
		var r pg.Record
		var g int32
		if err := row.Scan(&r, &g); err != nil {
			return "", err
		}
		var number int32
		var text string
		fields := []string{"f2", "f1"}
		if g%2 == 0 {
			fields = []string{"f1", "f2"}
		}
		if err := r.Get(fields[0], &number); err != nil {
			return "", err
		}
		if err := r.Get(fields[1], &text); err != nil {
			return "", err
		}
		if number != g || text != fmt.Sprint("r", g) {
			return fmt.Sprint("BAD ", n, g, number, text), nil
		}
	}
	if kept != nil {
		var r pg.Record
		var g int32
		if err := kept.Scan(&r, &g); err == nil && g != at && g != n {
			pg.Debug("a row that was kept has changed")
		}
	}
	return "ok", nil`},
	},
	{
		name: "f_looprow", signature: "(action text, at int) returns text", options: "strict",
		bodies: []string{`	n := int32(0)
	for row, err := range pg.Query("select x, g from (select g, jsonb_populate_record(null::fz.pair, jsonb_build_object('a', g, 'b', 'b' || g)) x from generate_series(1, 60) g) s") {
		if err != nil {
			return "", err
		}
		n++
		if n == at {
			if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
				pg.Debug(err.Error())
			}
		}
		var r pg.Record
		var g int32
		if err := row.Scan(&r, &g); err != nil {
			return "", err
		}
		var a int64
		if err := r.Get("a", &a); err == nil && a != int64(g) {
			return fmt.Sprint("BAD ", g, a), nil
		}
	}
	return "ok", nil`},
	},
	{
		name: "f_act", signature: "(action text) returns text", options: "strict",
		bodies: []string{
			"if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {\n\treturn \"\", err\n}\nreturn \"ok\"",
			"var text string\nerr := pg.Subtransaction(func() error {\n\tfor row, err := range pg.Query(action) {\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := row.Scan(&text); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\treturn nil\n})\nif err != nil {\n\treturn \"caught \" + strings.ReplaceAll(err.Error(), \"BAD\", \"bad\"), nil\n}\nreturn text, nil",
		},
	},
	{
		name: "f_trig", signature: "() returns trigger",
		bodies: []string{
			"if t.New == nil {\n\treturn nil\n}\nvar id int32\nif err := t.New.Get(\"id\", &id); err != nil {\n\treturn err\n}\nreturn t.New.Set(\"b\", fmt.Sprint(\"trig:\", id))",
			"var id int32\nif err := t.New.Get(\"id\", &id); err != nil {\n\treturn err\n}\nif _, err := pg.Exec(\"select 1\"); err != nil {\n\treturn err\n}\nreturn t.New.Set(\"b\", fmt.Sprint(\"trig:\", id))",
		},
		after: []string{"create trigger trig before insert or update on fz.tab for each row execute function fz.f_trig()"},
		calls: []string{
			"insert into fz.tab (id, a) select g, g from generate_series(1, 20) g returning case when b = 'trig:' || id then 'ok' else 'BAD' end",
			"update fz.tab set a = 1 where id = 3 returning case when b = 'trig:' || id then 'ok' else 'BAD' end",
			"insert into fz.tab (id, a, d) values (1, 2, 3) returning case when b = 'trig:' || id then 'ok' else 'BAD' end",
			"delete from fz.tab",
			"truncate fz.tab",
		},
	},
	{
		name: "f_trans", signature: "() returns trigger",
		bodies: []string{
			"var n, m int64\nif err := pg.QueryRow(\"select count(*), coalesce(max(id), 0) from new_rows\").Scan(&n, &m); err != nil {\n\treturn err\n}\nif n != m {\n\treturn fmt.Errorf(\"BAD: %d of %d rows\", n, m)\n}\nreturn nil",
		},
		after: []string{"create trigger trans after insert on fz.changed referencing new table as new_rows for each statement execute function fz.f_trans()"},
		calls: []string{"insert into fz.changed (id, a) select g, g from generate_series(1, 30) g"},
	},
	{
		name: "f_trigact", signature: "() returns trigger",
		bodies: []string{
			"var action string\nif err := t.New.Get(\"action\", &action); err != nil {\n\treturn err\n}\nif err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {\n\tpg.Debug(err.Error())\n}\nreturn t.New.Set(\"b\", \"done\")",
		},
		after: []string{"create trigger trigact before insert or update on fz.acts for each row execute function fz.f_trigact()"},
	},
	{
		name: "p_commit", signature: "(action text)", procedure: true,
		bodies: []string{`	n := 0
	for row, err := range pg.Query("select g, 'v' || g, row(g, 'r' || g) from generate_series(1, 50) g") {
		if err != nil {
			return err
		}
		n++
		switch {
		case n%20 == 10:
			err = pg.Commit()
		case n%20 == 0:
			err = pg.Rollback()
		case n == 25 && action != nil:
			if err := pg.Subtransaction(func() error { _, err := pg.Exec(*action); return err }); err != nil {
				pg.Debug(err.Error())
			}
		}
		if err != nil {
			return err
		}
		var g int32
		var v string
		var r pg.Record
		if err := row.Scan(&g, &v, &r); err != nil {
			return err
		}
		if v != fmt.Sprint("v", g) {
			return errors.New("BAD " + v)
		}
	}
	return nil`},
		calls: []string{"call fz.p_commit(null)", "call fz.p_commit('select 1 / 0')"},
	},
	{
		name: "f_param", signature: "(action text) returns text", options: "strict",
		bodies: []string{`	var r pg.Record
	if err := pg.QueryRow("select jsonb_populate_record(null::fz.pair, '{\"a\": 7, \"b\": \"8\"}')").Scan(&r); err != nil {
		return "", err
	}
	if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
		pg.Debug(err.Error())
	}
	var out string
	err := pg.Subtransaction(func() error { return pg.QueryRow("select to_jsonb($1::fz.pair) ->> 'a'", r).Scan(&out) })
	if err == nil && out != "7" {
		return "BAD " + out, nil
	}
	rs := []pg.Record{r, r}
	_ = pg.Subtransaction(func() error { return pg.QueryRow("select count(*)::text from unnest($1::fz.pair[])", pg.ArrayOf(&rs)).Scan(&out) })
	return out, nil`},
	},
	{
		name: "f_fan", signature: "(n int) returns record", options: "strict",
		bodies: []string{"var r pg.Record\nif err := r.Set(\"a\", int64(1)); err != nil {\n\treturn nil, err\n}\nfor range n {\n\tvar q pg.Record\n\tif err := errors.Join(q.Set(\"a\", r), q.Set(\"b\", r)); err != nil {\n\t\treturn nil, err\n\t}\n\tr = q\n}\nreturn r, nil"},
		calls:  []string{"select length(fz.f_fan(3)::text)", "select fz.f_fan(2), fz.f_fan(1)", "select array_agg(fz.f_fan(2)) from generate_series(1, 5)"},
	},
	{
		name: "f_anyarr", signature: "(x anyarray) returns anyarray", options: "strict",
		bodies: []string{"return x"},
		calls:  []string{echo("f_anyarr", "array[1, 2, null]"), echo("f_anyarr", pairs), echo("f_anyarr", "array['a', 'b']::fz.word[]")},
	},
	{
		name: "f_var", signature: "(variadic x int8[]) returns int8", options: "strict",
		bodies: []string{"var sum int64\nfor _, v := range x {\n\tsum += v\n}\nreturn sum"},
		calls:  []string{expect("fz.f_var(1, 2, 3) = 6", "")},
	},
	{
		name: "f_out", signature: "(n int, out a int8, out b fz.word, out c text[])", options: "strict",
		bodies: []string{"a = int64(n)\nb = strings.Repeat(\"b\", int(n))\nc = []string{b, b}\nreturn"},
		calls:  []string{expect("a = 100 and b = repeat('b', 100) and c = array[b::text, b::text]", "fz.f_out(100)"), "select fz.f_out(3)"},
	},
	{
		// What it has locked is no more its own when it goes on.
		name: "f_locked", signature: "(catch bool) returns text", options: "strict",
		bodies: []string{`	var v string
	if err := pg.QueryRow("` + tooLong + `").Scan(&v); err != nil {
		return "", err
	}
	insert := func() error { _, err := pg.Exec("insert into fz.keys values ($1)", v); return err }
	var err error
	if catch {
		err = pg.Subtransaction(insert)
	} else {
		err = insert()
	}
	time.Sleep(400 * time.Millisecond)
	return "", err`},
	},
	{
		name: "f_die", signature: "(how text) returns text", options: "strict",
		bodies: []string{`	func deep(n int) int {
		var x [256]int
		if n > 0 {
			return deep(n+1) + x[n&255]
		}
		return 0
	}
	switch how {
	case "panic":
		panic("a panic")
	case "nil":
		var p *int
		return fmt.Sprint(*p)
	case "exit":
		os.Exit(3)
	case "deadlock":
		select {}
	case "stack":
		return fmt.Sprint(deep(1))
	case "memory":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
		}
	case "spin":
		for n := 0; ; n++ {
			if n < 0 {
				return "BAD"
			}
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "map":
		m := map[int]string{}
		for i := 0; ; i++ {
			m[i&0xfff] = fmt.Sprint(i)
		}
	case "goroutine":
		go func() { panic("another") }()
		time.Sleep(time.Millisecond)
	}
	return "ok"`},
	},
}

// loop reads rows, does something in between, and looks at each row. That may have moved
// in the query's cursor, whose name anybody can find out.
func loop(query string) string {
	return `	n := int64(0)
	for row, err := range pg.Query("` + query + `") {
		if err != nil {
			return "", err
		}
		n++
		if n == int64(at) {
			if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
				pg.Debug(err.Error())
			}
		}
		var g int64
		var v string
		if err := row.Scan(&g, &v); err != nil {
			return "", err
		}
		if v != fmt.Sprint("v", g) {
			return fmt.Sprint("BAD ", n, g, v), nil
		}
	}
	return "ok", nil`
}
