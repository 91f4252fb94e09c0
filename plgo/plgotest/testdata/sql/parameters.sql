-- What a parameter of a statement is, where its Go type could be more than one of SQL's.
\set VERBOSITY default
set timezone = 'America/Los_Angeles';
create table src(d date, ts timestamp, tz timestamptz);
insert into src values ('2024-01-15', '2024-01-15 08:00', '2024-01-15 08:00+00');
-- A date and a timestamp come as the clock in UTC, and go back as that.
create function find_day(a date) returns bigint language plgo as $$
	var n, m, k int64
	if err := pg.QueryRow("select count(*) from src where d = $1", a).Scan(&n); err != nil { return err }
	if err := pg.QueryRow("select count(*) from src where $1::date = d", a).Scan(&m); err != nil { return err }
	err := pg.QueryRow("select count(*) from src where d = any($1)", []time.Time{a}).Scan(&k)
	return n*100 + m*10 + k, err
$$;
select find_day('2024-01-15'), find_day('2024-01-14');
create function same(a timestamp) returns timestamp language plgo as $$
	var n time.Time
	err := pg.QueryRow("select $1::timestamp", a).Scan(&n)
	return n, err
$$;
select same('2024-01-15 10:00'), same('infinity'), same('-infinity');
create function copies() returns setof src language plgo as $$
	var d, ts, tz time.Time
	if err := pg.QueryRow("select d, ts, tz from src").Scan(&d, &ts, &tz); err != nil { return err }
	if _, err := pg.Exec("insert into src values ($1, $2, $3)", d, ts, tz); err != nil { return err }
	return pg.CollectRows(pg.Query("select * from src"), pg.RowToStructByName[Src])
$$;
select * from copies();
-- A moment stays one where the statement has no date for it, or more than that.
create function moments(a timestamptz) returns text language plgo as $$
	var s [6]string
	err := pg.QueryRow("select $1::text, ($1 + interval '1 day')::text, date_trunc('hour', $1)::text, ($1 - $2)::text, pg_typeof($1)::text, to_char($1, 'HH24:MI')", a, a).
		Scan(&s[0], &s[1], &s[2], &s[3], &s[4], &s[5])
	return strings.Join(s[:], "|"), err
$$;
select moments('2024-01-15 08:30+00');
create function all_of_it(a timestamptz) returns bigint language plgo as $$
	var n int64
	err := pg.QueryRow("select count(*) from src where d = $1::date and ts = $1 and tz = $1", a).Scan(&n)
	return n, err
$$;
delete from src where ctid <> (select min(ctid) from src);
select all_of_it('2024-01-15 08:00+00');
-- The zone is the moment's own; of time.Now it is the session's.
create function zones() returns text language plgo as $$
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil { return err }
	at := time.Date(2024, 1, 15, 20, 30, 0, 0, time.UTC)
	var a, b, c string
	err = pg.QueryRow("select $1::timestamp::text, $2::timestamp::text, $3::timestamp::text", at, at.In(tokyo), at.Local()).Scan(&a, &b, &c)
	return a + "|" + b + "|" + c, err
$$;
select zones();
create function now_here() returns bool language plgo as $$
	var ok bool
	err := pg.QueryRow("select $1::timestamp between localtimestamp - interval '1 minute' and localtimestamp + interval '1 minute'", time.Now()).Scan(&ok)
	return ok, err
$$;
select now_here();
-- Rows and records, in triggers, too.
create function shift() returns trigger language plgo as $$
	var d, ts time.Time
	if err := t.New.Get("d", &d); err != nil { return err }
	if err := t.New.Get("ts", &ts); err != nil { return err }
	if err := t.New.Set("d", d.AddDate(0, 0, 1)); err != nil { return err }
	return t.New.Set("ts", ts.Add(time.Hour))
$$;
create trigger shift before insert on src for each row execute function shift();
insert into src values ('2024-01-15', '2024-01-15 08:00') returning d, ts;
create function whole(s src) returns text language plgo as $$
	var t string
	err := pg.QueryRow("select $1::src::text", s).Scan(&t)
	return t, err
$$;
select whole(s) from src s order by 1;
create type days as (list date[], at timestamp[]);
create function lists(d days) returns days language plgo as $$
	var r pg.Record
	if err := pg.QueryRow("select $1::days", d).Scan(&r); err != nil { return err }
	var list, at []time.Time
	if err := r.Get("list", &list); err != nil { return err }
	if err := r.Get("at", &at); err != nil { return err }
	if err := r.Set("list", list); err != nil { return err }
	if err := r.Set("at", at); err != nil { return err }
	var back Days
	err := pg.QueryRow("select $1::days", r).Scan(&back)
	return back, err
$$;
select (lists(row(array['2024-01-15', '2024-01-16']::date[], array['2024-01-15 23:00']::timestamp[]))).*;
-- What comes from SQL as a moment has the session's clock.
create function moment_list() returns days language plgo as $$
	var r pg.Record
	if err := pg.QueryRow("select x from (select null::date[] as list, array['2024-01-15 12:00+00']::timestamptz[] as at) x").Scan(&r); err != nil { return err }
	var back Days
	err := pg.QueryRow("select $1::days", r).Scan(&back)
	return back, err
$$;
select at from moment_list();
create domain working as date check (extract(isodow from value) < 6);
create function works(a date) returns text language plgo as $$
	var s string
	err := pg.QueryRow("select $1::working::text", a).Scan(&s)
	return s, err
$$;
select works('2024-01-15');
select works('2024-01-14');
-- A char(n) is compared as one.
create table fixed(c char(5));
insert into fixed values ('ab');
create function find_fixed(x char(5), y text) returns bigint language plgo as $$
	var n, m int64
	if err := pg.QueryRow("select count(*) from fixed where c = $1", x).Scan(&n); err != nil { return err }
	err := pg.QueryRow("select count(*) from fixed where c in ($1)", y).Scan(&m)
	return n*10 + m, err
$$;
select find_fixed('ab', 'ab'), find_fixed('abc', 'ab c');
-- What has no meaning by its Go type has that which the statement asks for.
create type mood as enum ('sad', 'happy');
create table people(name text, m mood, n int, r int4range, x numeric, u uuid, at time);
create function asked(m mood, n bigint, u uuid) returns text language plgo as $$
	if _, err := pg.Exec("insert into people values ($1, $2, $3, $4, $5, $6, $7)", "ann", string(m), n, "[1,5)", 1.5, u, 26*time.Hour/2); err != nil { return err }
	var a, b, c, d string
	var e, f int64
	err := pg.QueryRow("select repeat($1, $2), left($1, $2), round($3, 1)::text, make_date($4, $5, $5)::text, (select count(*) from people where m = $6 and u = $7::text::uuid), array_length(array[1, 2] || $8, 1)",
		"ab", 2, 2.25, 2024, 3, string(m), fmt.Sprintf("%x", u[:]), []int64{3}).Scan(&a, &b, &c, &d, &e, &f)
	return fmt.Sprint(a, b, c, d, e, f), err
$$;
select asked('happy', 7, '00000000-0000-0000-0000-000000000001');
select * from people;
create function too_large(n bigint) returns text language plgo as $$
	var s string
	err := pg.QueryRow("select repeat('x', $1)", n).Scan(&s)
	return s, err
$$;
select too_large(3), too_large(1::bigint << 31);
-- What makes no sense in any way is wrong as the Go types have it.
create function senseless(n bigint) returns text language plgo as $$
	var s string
	err := pg.QueryRow("select lower($1)", n).Scan(&s)
	return s, err
$$;
select senseless(3);
create function unknown_column(a text) returns text language plgo as $$
	var s string
	err := pg.QueryRow("select nope from people where name = $1", a).Scan(&s)
	return s, err
$$;
select unknown_column('ann');
create function no_such() returns text language plgo as $$
	var s string
	err := pg.QueryRow("select $1 || $3", "a", "b").Scan(&s)
	return s, err
$$;
select no_such();
create function differs(a text) returns bigint language plgo as $$
	var n int64
	err := pg.QueryRow("select count(*) from people where m = $1 or $1 = 'all'", a).Scan(&n)
	return n, err
$$;
select differs('all');
-- What the statement takes can change while it is kept.
create table changes(at timestamptz);
insert into changes values ('2024-01-15 08:00+00');
create function find_change(a timestamptz) returns bigint language plgo as $$
	var n int64
	err := pg.QueryRow("select count(*) from changes where at = $1", a).Scan(&n)
	return n, err
$$;
select find_change('2024-01-15 08:00+00');
alter table changes alter at type date;
select find_change('2024-01-15 00:00+00'), find_change('2024-01-15 08:00+00'), find_change('2024-01-14 08:00+00');
alter table changes alter at type timestamptz;
select find_change('2024-01-15 08:00+00'), find_change('2024-01-15 09:00+00');
alter table changes alter at type text using '2024';
select find_change('2024-01-15 08:00+00');
-- A nil of no type, where one is wanted.
CREATE FUNCTION untyped(query text) RETURNS text LANGUAGE plgo AS $$ var s *string; return s, pg.QueryRow(query, nil, 1).Scan(&s) $$;
SELECT untyped('SELECT to_jsonb($1)::text WHERE $2 = 1');
SELECT untyped('SELECT to_jsonb($1::int)::text WHERE $2 = 1');
SELECT untyped('SELECT concat(''-'', $1, $2)');
SELECT untyped('SELECT $1 + ''x''::bytea, $2');
