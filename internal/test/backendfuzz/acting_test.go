package backendfuzz

// acting are in the middle of something when anything else happens: an action, an end, a
// wait.
var acting = []*function{
	{
		// It changes the type of its rows while it makes them.
		name: "f_setalter", signature: "(action text) returns setof fz.pair", options: "strict",
		bodies: []string{
			`return func(yield func(Pair, error) bool) {
	for i := range 40 {
		if i == 20 {
			if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
				pg.Debug(err.Error())
			}
		}
		if !yield(Pair{}, nil) {
			return
		}
	}
}`,
		},
	},
	{
		// Its rows are good for both types that the columns of shift have.
		name: "f_shift", signature: "(action text) returns setof fz.shift", options: "strict",
		bodies: []string{
			`return func(yield func(Shift, error) bool) {
	if !yield(Shift{A: "17", B: "18"}, nil) {
		return
	}
	if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
		pg.Debug(err.Error())
	}
	for range 30 {
		if !yield(Shift{A: "17", B: "18"}, nil) {
			return
		}
	}
}`,
		},
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
			`if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
	return "", err
}
return "ok"`,
			`var text string
err := pg.Subtransaction(func() error {
	for row, err := range pg.Query(action) {
		if err != nil {
			return err
		}
		if err := row.Scan(&text); err != nil {
			return err
		}
	}
	return nil
})
if err != nil {
	return "caught " + strings.ReplaceAll(err.Error(), "BAD", "bad"), nil
}
return text, nil`,
		},
	},
	{
		name: "f_trig", signature: "() returns trigger",
		bodies: []string{
			`if t.New == nil {
	return nil
}
var id int32
if err := t.New.Get("id", &id); err != nil {
	return err
}
return t.New.Set("b", fmt.Sprint("trig:", id))`,
			`var id int32
if err := t.New.Get("id", &id); err != nil {
	return err
}
if _, err := pg.Exec("select 1"); err != nil {
	return err
}
return t.New.Set("b", fmt.Sprint("trig:", id))`,
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
			`var n, m int64
if err := pg.QueryRow("select count(*), coalesce(max(id), 0) from new_rows").Scan(&n, &m); err != nil {
	return err
}
if n != m {
	return fmt.Errorf("BAD: %d of %d rows", n, m)
}
return nil`,
		},
		after: []string{"create trigger trans after insert on fz.changed referencing new table as new_rows for each statement execute function fz.f_trans()"},
		calls: []string{"insert into fz.changed (id, a) select g, g from generate_series(1, 30) g"},
	},
	{
		name: "f_trigact", signature: "() returns trigger",
		bodies: []string{
			`var action string
if err := t.New.Get("action", &action); err != nil {
	return err
}
if err := pg.Subtransaction(func() error { _, err := pg.Exec(action); return err }); err != nil {
	pg.Debug(err.Error())
}
return t.New.Set("b", "done")`,
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
