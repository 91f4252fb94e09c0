-- What can be an argument can be a parameter, a destination, a field and an element.
create type m as (n int);
create type deep as (m m, ms m[], at timestamptz, names text[]);
create table t(d date, n numeric, j jsonb, x bigint, b bytea, js json, m m, ms m[], at timestamptz[], grid int[], e interval);
create function v1() returns int language plgo as $$
	_, err := pg.Exec("INSERT INTO t(d, n, j, x, m, ms, at) VALUES ($1, $2, $3, $4, $5, $6, $7)", nil, nil, nil, nil, nil, nil, nil)
	return 1, err
$$;
select v1();
create function v2() returns text language plgo as $$
	var s int64
	var a float64
	var e int
	var b big.Int
	err := pg.QueryRow("SELECT sum(x), avg(x), extract(year from date '2024-02-29'), sum(x) * 10::numeric ^ 20 FROM (VALUES (1::bigint), (2)) v(x)").Scan(&s, &a, &e, &b)
	return fmt.Sprint(s, a, e, b.String()), err
$$;
select v2();
create function v3() returns text language plgo as $$
	var s []int64
	var i []int
	var grid [][]int32
	var p []*int64
	err := pg.QueryRow("SELECT '{1,2}'::int[], '{3,4}'::smallint[], '{{1,2},{3,4}}'::int[], '{1,NULL}'::int[]").Scan(&s, &i, &grid, &p)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(s, i, grid, *p[0], p[1] == nil), err
$$;
select v3();
create function v4(x m, xs m[], d deep) returns int language plgo strict as $$
	if _, err := pg.Exec("INSERT INTO t(m, ms) VALUES ($1, $2)", x, xs); err != nil {
		return 0, err
	}
	var back M
	var all []M
	if err := pg.QueryRow("SELECT m, ms FROM t WHERE m IS NOT NULL").Scan(&back, &all); err != nil {
		return 0, err
	}
	var same bool
	if err := pg.QueryRow("SELECT $1::deep IS NOT DISTINCT FROM $2::deep", d, d).Scan(&same); err != nil {
		return 0, err
	}
	if !same {
		return 0, errors.New("not the same")
	}
	return 1, nil
$$;
select v4(row(5), array[row(6), row(7)]::m[], row(row(1), array[row(2)]::m[], 'epoch', '{a,b}'));
select m, ms from t where m is not null;
create table tm(m m, at timestamptz, grid int[]);
create function v5() returns trigger language plgo as $$
	var j string
	if err := pg.QueryRow("SELECT to_jsonb($1)", t.New).Scan(&j); err != nil {
		return err
	}
	pg.Notice(j)
	if err := t.New.Set("grid", [][]int{{1, 2}, {3, 4}}); err != nil {
		return err
	}
	return t.New.Set("at", nil)
$$;
create trigger v5 before insert on tm for each row execute function v5();
insert into tm values (row(6), 'infinity');
select * from tm;
create function v6() returns text language plgo as $$
	b, err := json.Marshal([]int{1})
	if err != nil {
		return "", err
	}
	var out json.RawMessage
	if err = pg.QueryRow("SELECT $1::jsonb", b).Scan(&out); err != nil {
		return "", err
	}
	var n, length int
	if err = pg.QueryRow("INSERT INTO t(j, js, b) VALUES ($1, $2, $3) RETURNING bit_count(b)", b, b, b).Scan(&n); err != nil {
		return "", err
	}
	err = pg.QueryRow("SELECT length($1)", b).Scan(&length)
	return fmt.Sprint(string(out), n, length), err
$$;
select v6(); select j, js, b from t where j is not null;
create function v7() returns text language plgo as $$
	moments := []time.Time{time.Unix(0, 0).UTC(), time.Unix(86400, 0).UTC()}
	var back []time.Time
	var days []*time.Time
	var text string
	if err := pg.QueryRow("SELECT $1::timestamptz[], ARRAY[NULL, date '2024-02-29'], timestamptz 'infinity'", moments).Scan(&back, &days, &text); err != nil {
		return "", err
	}
	return fmt.Sprint(back[1].UTC(), days[0] == nil, days[1].Day(), text), nil
$$;
select v7();
-- JSON of Go's own types.
create function v8() returns text language plgo as $$
	var _ json.RawMessage
	type S struct { A int `json:"a"` }
	var back map[string]any
	var s S
	err := pg.QueryRow("SELECT $1::jsonb || '{\"b\": 2}', $2::jsonb", map[string]any{"a": 1}, S{7}).Scan(&back, &s)
	return fmt.Sprint(back, s), err
$$;
select v8();
create function v9() returns text language plgo as $$
	type mood string
	type id int64
	var p **int64
	var m mood
	var i id
	var d time.Duration
	err := pg.QueryRow("SELECT NULL::int, 'x'::text, 5, interval '1 day 1 second'").Scan(&p, &m, &i, &d)
	return fmt.Sprint(p == nil, m, i, d), err
$$;
select v9();
create type feeling as enum ('good', 'bad');
create function v10() returns text language plgo as $$
	type mood string
	var back mood
	err := pg.QueryRow("SELECT $1::feeling", mood("bad")).Scan(&back)
	return string(back), err
$$;
select v10();
-- What does not fit says what would.
create function no(what text) returns void language plgo strict as $$
	var i int64
	var s string
	var l []int64
	var w time.Time
	var f chan int
	switch what {
	case "text": return pg.QueryRow("SELECT 'x'").Scan(&i)
	case "int": return pg.QueryRow("SELECT 1").Scan(&s)
	case "null": return pg.QueryRow("SELECT NULL::int").Scan(&i)
	case "fraction": return pg.QueryRow("SELECT 1.5").Scan(&i)
	case "dims": return pg.QueryRow("SELECT '{{1}}'::int[]").Scan(&l)
	case "array": return pg.QueryRow("SELECT '{a}'::text[]").Scan(&l)
	case "moment": return pg.QueryRow("SELECT 1").Scan(&w)
	case "row": return pg.QueryRow("SELECT row(1, 2)").Scan(&i)
	case "chan": return pg.QueryRow("SELECT $1", f).Scan(&i)
	case "ragged": return pg.QueryRow("SELECT $1::int[]", [][]int{{1}, {1, 2}}).Scan(&l)
	case "bytes": return pg.QueryRow("SELECT $1::jsonb", []byte{0xff}).Scan(&s)
	case "cast": return pg.QueryRow("SELECT $1::date", []byte("2024-01-01")).Scan(&s)
	case "jsonb": return pg.QueryRow("SELECT '1'::jsonb").Scan(&i)
	case "json": return pg.QueryRow("SELECT $1::jsonb", []byte("{")).Scan(&s)
	case "unknown": return pg.QueryRow("SELECT nothing($1)", []byte("{")).Scan(&s)
	}
	return errors.New("what?")
$$;
select no('text'); select no('int'); select no('null'); select no('fraction'); select no('dims'); select no('array'); select no('jsonb');
select no('moment'); select no('row'); select no('chan'); select no('ragged'); select no('bytes'); select no('cast');
select no('json'); select no('unknown');
-- Records that the query describes.
create function r4() returns record language plgo as $$
	var r pg.Record
	r.Set("a", 1)
	r.Set("d", nil)
	return r
$$;
select * from r4() as t(a int, d date);
select * from r4() as t(x bigint, y text);
select * from r4() as t(d date, a numeric);
select * from r4() as t(a int);
select * from r4() as t(a date, d int);
create function r5() returns setof record language plgo as $$
	var a, b pg.Record
	a.Set("n", 1); a.Set("s", "x")
	b.Set("n", nil); b.Set("s", []int{1})
	b.Set("s", "y")
	return []pg.Record{a, b}
$$;
select * from r5() as t(n numeric, s varchar(1));
select * from r5() as t(s text, n int);
select * from r4() as t(a bigint, d date); select * from r4() as t(a boolean, d text); select * from r4() as t(a int[], d text);
create function r6() returns record language plgo as $$
	var r pg.Record
	r.Set("n", 1 << 40); r.Set("s", "x"); r.Set("l", []int{1}); r.Set("at", time.Unix(0, 0).UTC()); r.Set("b", true)
	return r
$$;
select * from r6() as t(n numeric, s varchar, l bigint[], at date, b text);
select * from r6() as t(n int, s text, l int[], at date, b bool); select * from r6() as t(n int8, s uuid, l int[], at date, b bool);
select * from r6() as t(n int8, s text, l int, at date, b bool); select * from r6() as t(n int8, s text, l int[], at int, b bool);
select * from r6() as t(n int8, s text, l int[], at date, b int); select * from r6() as t(n int8, s text, l int[], at date);
-- Each query says anew what a record is, also to a polymorphic function.
create function r7(x anyelement) returns record language plgo as $$ var r pg.Record; err := r.Set("a", x); return r, err $$;
select * from r7(3) as t(a int); select * from r7(3) as t(a text); select * from r7(3) as t(a date); select * from r7(null::date) as t(a date);
-- The time of day is the server's.
create function go_now() returns timestamptz language plgo as $$ return time.Now() $$;
select count(*) from (select clock_timestamp() as before, go_now() as now, clock_timestamp() as after from generate_series(1, 2000)) t
	where now < before - '1ms'::interval or now > after + '1ms'::interval;
