package faults

import (
	"context"
	"fmt"
	"testing"
)

// heldSetup makes tables in which a statement can fail while it holds something that
// others wait for without a way to cancel.
const heldSetup = `
	create table held_btree (t text); create index on held_btree (t);
	create table held_gin (t text[]); create index on held_gin using gin (t) with (fastupdate = off);
	create sequence held_seq maxvalue 2; select nextval('held_seq'), nextval('held_seq');
	create table held_unique (n int primary key); insert into held_unique values (1);
	create table held_check (n int check (n > 0));
	create table held_locked (n int);
	create function held_text(n int) returns text language sql stable as $$ select string_agg(md5(i::text), '') from generate_series(1, n) i $$`

// Whatever a statement holds when it fails, others need not wait for a function that
// goes on after it, and it can be ended.
func TestHeldAfterFailure(t *testing.T) {
	server := startSQL(t)
	setup, holder := server.connect(t), server.connect(t)
	setup.must(heldSetup)
	holder.must("begin; lock table held_locked")
	for _, c := range []struct {
		does, statement, other string
	}{
		{"an index row is too large for btree", "insert into held_btree select held_text(100)", "insert into held_btree values ('a'), ('zzz')"},
		{"an index row is too large for gin", "insert into held_gin select array[held_text(100)]", "insert into held_gin values ('{a}'), ('{zzz}')"},
		{"a sequence has no more values", "select nextval('held_seq')", "select last_value from held_seq; select setval('held_seq', 2)"},
		{"a key is there already", "insert into held_unique values (1)", "select from held_unique"},
		{"a check fails", "insert into held_check values (2), (0)", "insert into held_check values (1)"},
		{"a lock does not come", "lock table held_locked", "do $do$ begin lock table held_locked nowait; end $do$"},
		{"a division fails in an aggregate", "select sum(1 / (n - 500)) from generate_series(1, 1000) n", "select 1"},
		{"an index cannot be built", "create index on held_btree ((1 / (length(t) - length(t))))", "select 1"},
	} {
		for _, inside := range []string{"false", "true"} {
			t.Run(c.does+", in a subtransaction: "+inside, func(t *testing.T) {
				s, other := server.connect(t), server.connect(t)
				pid := fmt.Sprint(s.PgConn().PID())
				s.must("set lock_timeout = 30; select tally()")
				done := make(chan error)
				go func() {
					_, err := s.Exec(context.Background(), "select go_on($held$"+c.statement+"$held$, "+inside+")")
					done <- err
				}()
				waitFor(t, "the function to sleep", func() bool {
					return other.one("select count(*) from pg_stat_activity where wait_event = 'Extension' and pid = "+pid) == "1"
				})
				other.must("set statement_timeout = '60s'")
				if c.does == "a lock does not come" {
					if err := other.run(c.other); err == nil || err.Code != "55P03" {
						t.Error(describe(err))
					}
				} else {
					other.must(c.other)
				}
				other.must("checkpoint")
				other.want("select pg_cancel_backend("+pid+")", "t")
				if err := s.reported(<-done, "go_on"); err == nil || err.Code != "57014" {
					t.Error(describe(err))
				}
				s.must("select tally()")
				s.checkProcess()
			})
		}
	}
}

// A cancel that comes before Go code runs, while PostgreSQL holds interrupts off, is not lost: the
// code may be an endless loop, also that of an init function, and the holder of a lock.
func TestCancelBeforeCall(t *testing.T) {
	server := start(t)
	s := server.connect(t)
	s.must("create function call_cancelled(regproc, text) returns bigint language c as '" + server.compile(t, "held", "held") + "'")
	for _, call := range []string{"'tally', ''", "'fault', 'loop'", "'fault', 'sleep'", "'initloop', ''"} {
		for _, when := range []string{"in a new world", "in a world that runs"} {
			t.Run(call+" "+when, func(t *testing.T) {
				s := server.connect(t)
				if when == "in a world that runs" {
					s.must("select tally()")
				}
				s.must("set statement_timeout = '60s'")
				// Who waits for the timeout is told of it.
				err := s.run("select call_cancelled(" + call + ")")
				if err == nil || err.Code != "57014" || err.Message != "canceling statement due to user request" {
					t.Error(describe(err))
				}
				s.must("select tally()")
				s.checkProcess()
			})
		}
	}
}
