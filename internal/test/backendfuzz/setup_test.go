package backendfuzz

import (
	"fmt"
	"strings"
)

// wide is how many columns the tables wide and wider have: around what a count in one
// byte can say.
const wide, wider = 250, 260

// setup makes what the sequences begin with. Everything belongs to a role that both
// ordinary ones are members of, so that both can change it. fz2 has a second set of what
// is named without a schema.
func setup() string {
	var b strings.Builder
	b.WriteString(`
create extension pgstd;
create extension plgo;
create schema fz; create schema fz2;
alter schema fz owner to fuzz_own; alter schema fz2 owner to fuzz_own;
grant all on schema fz, fz2, public to public;
alter default privileges in schema fz grant all on tables to public;
alter default privileges in schema fz2 grant all on tables to public;
set search_path = fz, public;
`)
	b.WriteString(asOwner(`
create type fz.pair as (a int8, b text);
create type fz.nest as (p fz.pair, n int4, ps fz.pair[]);
` + domainCheck("int_ok", "int4", "null") + domainCheck("text_ok", "text", "null") + `
create domain fz.small as int4 check (fz.int_ok(value) and value >= 0);
create domain fz.word as text check (fz.text_ok(value) and value not like 'evil%');
create type fz.strict as (d fz.small, t fz.word);
create table fz.things (tag text, v inet);
insert into fz.things values ('first', '10.0.0.1');
create table fz2.things (tag text, v text);
insert into fz2.things values ('second', '10.0.0.1');
create type fz.shift as (a text, b text);
create table fz.tab (id int, a int8, b text, d fz.small);
create table fz.changed (id int, a int8);
create table fz.acts (id int, action text, b text);
create table fz.keys (t text);
create index on fz.keys (t);
`))
	for _, n := range []int{wide, wider} {
		var columns []string
		for i := range n {
			columns = append(columns, fmt.Sprintf("c%d int8 default %[1]d", i+1))
		}
		b.WriteString(asOwner(fmt.Sprintf("create table fz.w%d (%s); insert into fz.w%[1]d default values;\n", n, strings.Join(columns, ", "))))
	}
	for _, f := range functions {
		if f.refusable {
			continue
		}
		b.WriteString(asOwner(f.create(0)))
		for _, sql := range f.after {
			b.WriteString(asOwner(sql))
		}
	}
	return b.String()
}

func asOwner(sql string) string { return "set role fuzz_own;\n" + sql + ";\nreset role;\n" }

// domainCheck makes the check of a domain, which does something besides. It is called
// by what it calls, but not without end.
func domainCheck(name, of, action string) string {
	if !strings.HasPrefix(action, "perform") && !strings.HasPrefix(action, "execute") && action != "null" {
		action = "execute " + quote(action)
	}
	return fmt.Sprintf(`create or replace function fz.%s(value %s) returns boolean language plpgsql as $plpgsql$
declare depth int := coalesce(nullif(current_setting('fz.depth', true), ''), '0')::int;
begin
	if depth < 2 then
		perform set_config('fz.depth', (depth + 1)::text, true);
		begin %s; exception when others then null; end;
		perform set_config('fz.depth', depth::text, true);
	end if;
	return true;
end $plpgsql$;
`, name, of, action)
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// function is one in Go. All its bodies do the same, so that what a call has to return
// does not depend on which one is there.
type function struct {
	name      string
	signature string // behind the name
	options   string
	bodies    []string
	calls     []string // statements; a value that is not right makes one say BAD
	after     []string // statements that follow its creation at the start
	refusable bool     // its creation may be refused: it is not there at the start
	procedure bool
}

func (f *function) create(body int) string {
	kind := "function"
	if f.procedure {
		kind = "procedure"
	}
	return fmt.Sprintf("create or replace %s fz.%s%s language plgo %s as $$\n%s\n$$", kind, f.name, f.signature, f.options, f.bodies[body%len(f.bodies)])
}

// expect makes a statement that checks a condition.
func expect(condition, from string) string {
	if from != "" {
		from = " from " + from
	}
	return fmt.Sprintf("select case when %s then 'ok' else 'BAD' end%s", condition, from)
}

// echo checks that a function returns its argument.
func echo(name, value string) string {
	return expect(fmt.Sprintf("fz.%s(x)::text is not distinct from x::text", name), fmt.Sprintf("(select %s offset 0) s(x)", value))
}

const (
	aPair  = `jsonb_populate_record(null::fz.pair, '{"a": 7, "b": "seven", "c": 77, "e": "eee"}')`
	bPair  = `jsonb_populate_record(null::fz.pair, jsonb_build_object('a', 12345, 'b', repeat('1', 3000)))`
	pairs  = `array[` + aPair + `, ` + bPair + `, ` + aPair + `]`
	aNest  = `jsonb_populate_record(null::fz.nest, '{"n": 5, "p": {"a": 1, "b": "one"}, "ps": [{"a": 2, "b": "two"}, {"a": 3, "b": "three"}]}')`
	strict = `jsonb_populate_record(null::fz.strict, '{"d": 4, "t": "four"}')`
	// It is too long for an index, which says so while it has a page of it locked.
	tooLong = `select string_agg(md5(i::text), '') from generate_series(1, 100) i`
)
