package backendfuzz

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"time"
)

// step is a statement of one session.
type step struct {
	session int
	op      string // what it was made by
	sql     string
	// cancel is when somebody else cancels it; 0: nobody.
	cancel time.Duration
	kill   bool // not the statement but the session
	// probe is a statement of somebody else at the same time, whom it must not keep waiting for
	// what no session can be seen to hold.
	probe string
	wait  time.Duration // how long after the step that begins
}

// sessions are those of a sequence, by the role that logs in.
var sessions = []string{"fuzz_a", "fuzz_b", "postgres", "fuzz_a"}

// generator makes a sequence. It does not know what comes of it.
type generator struct {
	*rand.Rand
	session int
	steps   []step
	op      string
}

// op is a kind of thing to do next.
type op struct {
	name   string
	weight int
	add    func(g *generator)
}

func (g *generator) add(sql string) {
	g.steps = append(g.steps, step{session: g.session, op: g.op, sql: sql})
}

func (g *generator) last() *step { return &g.steps[len(g.steps)-1] }

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// program makes a sequence of about n steps, less those that a pattern finds in
// "OPERATION: STATEMENT".
func program(seed uint64, n int, without *regexp.Regexp) []step {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	var dice []*op
	for i := range ops {
		for range ops[i].weight {
			dice = append(dice, &ops[i])
		}
	}
	for len(g.steps) < n {
		g.session = g.IntN(len(sessions))
		// What an ordinary session begins it also ends, or all others wait for it.
		block := g.IntN(4) == 0
		if block {
			g.op = "transaction"
			g.add("begin")
		}
		for range 1 + g.IntN(6) {
			// Most blocks go on after an error, as most statements can have one.
			saved := block && g.IntN(4) > 0
			if saved {
				g.op = "savepoint"
				g.add("savepoint s")
			}
			o := pick(g, dice)
			g.op = o.name
			o.add(g)
			if saved {
				g.op = "savepoint"
				g.add(pick(g, []string{"rollback to s", "rollback to s", "release s"}))
			}
		}
		if block {
			g.op = "transaction"
			g.add(pick(g, []string{"commit", "commit", "rollback"}))
		}
	}
	if without == nil {
		return g.steps
	}
	return slices.DeleteFunc(g.steps, func(s step) bool { return without.MatchString(s.op + ": " + s.sql) })
}

// heavy are calls that take long enough to be cancelled.
var heavy = []string{
	"select sum(x) from fz.f_set(3000000) x",
	"select count(x) from (select fz.f_set(3000000) x offset 0) s",
	"select count(fz.f_strict(" + strict + ")) from generate_series(1, 100000)",
	"select count(fz.f_pairs(x)) from (select array_agg(" + aPair + ") x from generate_series(1, 5000)) s, generate_series(1, 100)",
	"select count(*) from fz.f_table(500000)",
	"select count(fz.f_word(repeat('w', 1000))) from generate_series(1, 100000)",
	"select count(fz.f_rec(g)::text) from generate_series(1, 100000) g",
	"select count(fz.f_things()) from generate_series(1, 100000) g",
	"select count(fz.f_loop('select 1', 1)) from generate_series(1, 1000)",
	"select count(fz.f_nest(" + aNest + ")) from generate_series(1, 100000)",
	"insert into fz.tab (id, a) select g, g from generate_series(1, 50000) g",
	"select length(fz.f_fan(14)::text)",
}

func find(name string) *function {
	return functions[slices.IndexFunc(functions, func(f *function) bool { return f.name == name })]
}

// called is a call of a function, with what follows from it known.
func called(g *generator) string {
	for {
		if f := pick(g, functions); len(f.calls) > 0 {
			return pick(g, f.calls)
		}
	}
}

// altered changes a type, a domain or a table that functions use.
func altered(g *generator) string { return pick(g, alterations) }

var alterations = []string{
	"alter type fz.pair add attribute c int8",
	"alter type fz.pair add attribute c text",
	"alter type fz.pair drop attribute c",
	"alter type fz.pair drop attribute b",
	"alter type fz.pair add attribute b text",
	"alter type fz.pair add attribute b int8",
	"alter type fz.pair alter attribute a type text",
	"alter type fz.pair alter attribute a type int8",
	"alter type fz.pair alter attribute b type int8",
	"alter type fz.pair alter attribute b type text",
	"alter type fz.pair rename attribute c to e",
	"alter type fz.nest add attribute q text",
	"alter type fz.nest drop attribute q",
	"alter type fz.strict drop attribute t",
	"alter type fz.strict add attribute t fz.word",
	"alter domain fz.small add constraint odd check (value <> 1000)",
	"alter domain fz.small drop constraint if exists odd",
	"alter domain fz.word add constraint odd check (value <> 'odd')",
	"alter domain fz.word drop constraint if exists odd",
	"alter domain fz.small set not null",
	"alter domain fz.small drop not null",
	"alter table fz.tab add column c text",
	"alter table fz.tab add column c int8",
	"alter table fz.tab drop column c",
	"alter table fz.tab drop column d",
	"alter table fz.tab add column d fz.small",
	"alter table fz.tab alter column a type text",
	"alter table fz.tab alter column a type int8 using 0",
	"alter table fz.tab add column e int default 7",
	"alter table fz.tab drop column e",
	"alter table fz.changed alter column a type text",
	"alter table fz.changed alter column a type int8 using 0",
	"alter table fz.things add column w text",
	"alter table fz.things drop column w",
}

// action is what a function does in the middle of what it does.
func action(g *generator) string {
	switch n := g.IntN(20); {
	case n < 3:
		return altered(g)
	case n < 4:
		return "alter type fz.pair drop attribute b; alter type fz.pair add attribute b " + pick(g, []string{"text", "int8", "fz.small"})
	case n < 6:
		return called(g)
	case n < 8:
		return pick(g, cursorActions)
	case n < 9:
		return created(g)
	case n < 10:
		return dropped(g)
	case n < 11:
		return checked(g)
	case n < 12:
		return "select fz.f_die(" + quote(pick(g, []string{"panic", "nil", "exit", "goroutine"})) + ")"
	case n < 13:
		return fmt.Sprintf("select fz.%s(%s, %d)", pick(g, loops), quote(action(g)), 1+g.IntN(60))
	case n < 14:
		return "select fz.f_act(" + quote(action(g)) + ")"
	default:
		return pick(g, []string{
			"select pgstd.discard_worlds()",
			"discard plans",
			"insert into fz.keys " + tooLong,
			"set local role fuzz_own",
			"set local role none",
			"set local search_path = fz2, fz",
			"select 1 / 0",
		})
	}
}

var loops = []string{"f_loop", "f_loop", "f_looprec", "f_looprow"}

// cursorActions take a query's rows from under it.
var cursorActions = []string{
	forCursors("execute format('close %I', n);"),
	forCursors("execute format('close %I', n); execute format('declare %I cursor for select 77::int8, ''seventy'' from generate_series(1, 100)', n);"),
	forCursors("execute format('close %I', n); execute format('declare %I cursor for select ''text''::text, 77::int8 from generate_series(1, 100)', n);"),
	forCursors("execute format('move 5 in %I', n);"),
	forCursors("execute format('fetch 5 from %I', n);"),
	"close all",
}

func forCursors(statements string) string {
	return "do $do$ declare n text; begin foreach n in array (select coalesce(array_agg(name), '{}') from pg_cursors) loop begin " +
		statements + " exception when others then null; end; end loop; end $do$"
}

func created(g *generator) string { return pick(g, functions).create(g.IntN(6)) }

func dropped(g *generator) string {
	for {
		// A trigger's function cannot be dropped, and what calls everything else is wanted.
		if f := pick(g, functions); len(f.after) == 0 && len(f.calls) > 0 {
			return "drop routine if exists fz." + f.name
		}
	}
}

// checked gives a domain another check.
func checked(g *generator) string {
	act := "perform 1"
	switch g.IntN(7) {
	case 0:
		act = "perform fz.f_small(1)"
	case 1:
		act = "perform pgstd.discard_worlds()"
	case 2:
		act = altered(g)
	case 3:
		act = "perform fz.f_die('panic')"
	case 4:
		act = pick(g, []string{"perform count(*) from fz.f_setsmall(3)", "perform count(*) from fz.f_setsmall(-1)", "perform fz.f_setsmall(-1)"})
	case 6:
		act = "alter type fz.strict drop attribute t; alter type fz.strict add attribute t fz.word; select fz.f_strict(" + strict + ")"
	case 5:
		act = "perform fz.f_word('again' || repeat('a', 3000)), fz.f_strict(" + strict + ")"
	}
	if g.IntN(2) == 0 {
		return domainCheck("int_ok", "int4", act)
	}
	return domainCheck("text_ok", "text", act)
}

var ops = []op{
	{"call", 30, func(g *generator) { g.add(called(g)) }},
	{"alter", 8, func(g *generator) { g.add(altered(g)) }},
	{"create", 5, func(g *generator) { g.add(created(g)) }},
	{"drop", 1, func(g *generator) {
		g.add(dropped(g))
	}},
	{"check", 6, func(g *generator) { g.add(checked(g)) }},
	{"loop", 6, func(g *generator) {
		g.add(fmt.Sprintf("select fz.%s(%s, %d)", pick(g, loops), quote(action(g)), 1+g.IntN(60)))
	}},
	{"setalter", 3, func(g *generator) {
		g.add(pick(g, []string{"select count(*) from fz.f_setalter(%s) x", "select x::text from fz.f_setalter(%s) x", "select (x).a from (select fz.f_setalter(%s) x) s"}))
		g.last().sql = fmt.Sprintf(g.last().sql, quote(action(g)))
	}},
	{"shift", 4, func(g *generator) {
		g.add(pick(g, []string{
			"select case when a::text = '17' and b::text = '18' then 'ok' else 'BAD ' || length(a::text) end from fz.f_shift(%s)",
			"select case when (x).a::text = '17' and (x).b::text = '18' then 'ok' else 'BAD' end from (select fz.f_shift(%s) x) s",
			"select x::text from fz.f_shift(%s) x",
		}))
		shift := pick(g, []string{
			"alter type fz.shift alter attribute a type int8; alter type fz.shift alter attribute b type int8",
			"alter type fz.shift alter attribute a type int8",
			"alter type fz.shift drop attribute a; alter type fz.shift add attribute a text",
			"alter type fz.shift add attribute c text",
			"alter type fz.shift drop attribute b",
			action(g),
		})
		g.last().sql = fmt.Sprintf(g.last().sql, quote(shift))
		g.add("drop type if exists fz.shift cascade; create type fz.shift as (a text, b text)")
		g.add(find("f_shift").create(0))
	}},
	{"trigger", 2, func(g *generator) {
		g.add("insert into fz.acts (id, action) values (1, " + quote(action(g)) + ") returning case when b = 'done' then 'ok' else 'BAD' end")
	}},
	{"procedure", 2, func(g *generator) { g.add("call fz.p_commit(" + quote(action(g)) + ")") }},
	{"param", 2, func(g *generator) { g.add("select fz.f_param(" + quote(action(g)) + ")") }},
	{"act", 3, func(g *generator) { g.add("select fz.f_act(" + quote(action(g)) + ")") }},
	{"role", 4, func(g *generator) { g.add(pick(g, []string{"set role fuzz_own", "set role none", "reset role"})) }},
	{"path", 2, func(g *generator) {
		g.add(pick(g, []string{"set search_path = fz, public", "set search_path = fz2, fz, public"}))
	}},
	{"die", 2, func(g *generator) {
		g.add("select fz.f_die(" + quote(pick(g, []string{"panic", "nil", "exit", "deadlock", "stack", "goroutine"})) + ")")
	}},
	{"memory", 1, func(g *generator) { g.add("select fz.f_die('memory')") }},
	{"discard", 2, func(g *generator) {
		g.add(pick(g, []string{"select pgstd.discard_worlds()", "select pgstd.discard_worlds()", "discard plans", "discard all"}))
	}},
	{"cancel", 3, func(g *generator) {
		if g.IntN(3) == 0 {
			g.add("select fz.f_die(" + quote(pick(g, []string{"spin", "sleep", "map"})) + ")")
		} else {
			g.add(pick(g, heavy))
		}
		g.last().cancel = time.Duration(1+g.IntN(40)) * time.Millisecond
	}},
	{"timeout", 2, func(g *generator) {
		ms := 1 + g.IntN(20)
		g.add(fmt.Sprintf("begin; set local statement_timeout = %d; select fz.f_die(%s)", ms, quote(pick(g, []string{"spin", "sleep", "map"}))))
		g.add("rollback")
	}},
	{"terminate", 1, func(g *generator) {
		g.add("select fz.f_die(" + quote(pick(g, []string{"spin", "sleep"})) + ")")
		g.last().kill = true
	}},
	{"cursor", 5, func(g *generator) {
		name := pick(g, []string{"c1", "c2"})
		switch g.IntN(6) {
		case 0, 1:
			g.add(fmt.Sprintf("declare %s cursor %s for %s", name, pick(g, []string{"", "with hold"}), pick(g, []string{
				"select case when t = 'row ' || i then 'ok' else 'BAD' end from fz.f_table(50)",
				"select case when (x).t = 'row ' || (x).i then 'ok' else 'BAD' end from (select fz.f_table(50) x) s",
				"select fz.f_set(1000)",
				"select fz.f_setpair(100, " + aPair + ")",
			})))
		case 2, 3:
			g.add(fmt.Sprintf("fetch %d from %s", 1+g.IntN(20), name))
		case 4:
			g.add("close " + name)
		case 5:
			g.add("close all")
		}
	}},
	{"prepared", 4, func(g *generator) {
		name := pick(g, []string{"p1", "p2"})
		switch g.IntN(4) {
		case 0:
			g.add("prepare " + name + " as " + called(g))
		case 1:
			g.add("deallocate " + name)
		default:
			g.add("execute " + name)
		}
	}},
	{"do", 2, func(g *generator) {
		g.add("do language plgo $$ " + pick(g, []string{
			"pg.Notice(\"a block\")",
			"_, err := pg.Exec(\"select 1 / 0\")\nreturn err",
			"panic(\"a block\")",
		}) + " $$")
	}},
	{"beside", 4, func(g *generator) {
		g.add(pick(g, []string{called(g), created(g), altered(g), "select sum(x) from fz.f_set(200000) x"}))
		g.last().probe = pick(g, []string{called(g), created(g), altered(g), dropped(g), checked(g), "select pgstd.discard_worlds()"})
		g.last().wait = time.Duration(1+g.IntN(20)) * time.Millisecond
	}},
	{"locked", 1, func(g *generator) {
		g.add("select fz.f_locked(" + pick(g, []string{"true", "false"}) + ")")
		g.last().probe = "insert into fz.keys values (repeat('Z', 3))"
		g.last().wait = 100 * time.Millisecond
	}},
	{"interrupts", 1, func(g *generator) {
		g.add(pick(g, []string{"set client_connection_check_interval = '1ms'", "reset client_connection_check_interval", "select pg_log_backend_memory_contexts(pg_backend_pid())"}))
	}},
}
