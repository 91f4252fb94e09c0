package plgotest

import (
	"fmt"
	"testing"
)

// TestSubscription: a publication of all tables has the objects of functions in it. What a subscriber gets of them
// belongs to none of its functions: these stay what they are, run where rows arrive, and one recompilation
// puts away what has come.
func TestSubscription(t *testing.T) {
	t.Parallel()
	s := own(t, Options{Settings: []string{"wal_level=logical", "max_wal_senders=4", "max_replication_slots=8"}})
	admin := connect(t, s, "postgres")
	database := func(name, factor string) *conn {
		admin.exec("create database " + name)
		c := connect(t, s, name)
		c.exec(`create extension pgstd; create extension plgo;
			create table item (n int primary key, product int);
			create function twice(n int) returns int language plgo as $$ return n * 2 $$;
			create function fill() returns trigger language plgo as $$
				var n int32
				if err := t.New.Get("n", &n); err != nil {
					return err
				}
				return t.New.Set("product", n * ` + factor + `) $$;
			create trigger fill before insert on item for each row execute function fill();
			alter table item enable always trigger fill`)
		return c
	}
	source, subscriber := database("source", "10"), database("subscriber", "100")
	source.exec("insert into item values (1); create publication everything for all tables")
	// Within one server, CREATE SUBSCRIPTION would wait for itself.
	source.exec("select pg_create_logical_replication_slot('all_of_it', 'pgoutput')")
	subscriber.exec(fmt.Sprintf(`create subscription everything connection 'host=%s user=postgres dbname=source' publication everything
		with (create_slot = false, slot_name = 'all_of_it')`, s.Dir()))
	subscriber.until("select count(*) > 0 and bool_and(srsubstate = 'r') from pg_subscription_rel")
	source.exec("create or replace function twice(n int) returns int language plgo as $$ return n + n $$")
	source.exec("create function gone() returns int language plgo as $$ return 1 $$")
	source.want("select gone()::text", "1")
	source.exec("drop function gone(); insert into item values (2)")
	subscriber.until("select count(*) = 2 from item")

	const none = "select count(*)::text from plgo.object where function <> 0 and not exists (select from pg_proc where pg_proc.oid = function)" // 0: a base
	subscriber.want("select string_agg(n || ':' || product, ' ' order by n) from item", "1:100 2:200")
	for _, c := range []*conn{subscriber, connect(t, s, "subscriber")} {
		c.want("select twice(21)::text", "42")
		c.exec("insert into item values (3)")
		c.want("select product::text from item where n = 3", "300")
		c.exec("delete from item where n = 3")
	}
	subscriber.until("(" + none + ") <> '0'")
	subscriber.exec("select plgo.recompile_all()")
	subscriber.want(none, "0")
	subscriber.want("select twice(21)::text", "42")
	subscriber.exec("alter subscription everything disable; alter subscription everything set (slot_name = none); drop subscription everything")
}
