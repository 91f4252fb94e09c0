package plgotest

import "testing"

// TestOwnWorld: a function can have a world that it shares with no other, if it has been created so or comes to be
// so, and then keeps what it has when others lose theirs.
func TestOwnWorld(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "own_world")
	c := connect(t, s, "own_world")
	for _, name := range []string{"shared", "apart", "becomes"} {
		set := ""
		if name == "apart" {
			set = "set pgstd.own_world = on"
		}
		c.exec("create function " + name + "() returns int language plgo " + set + ` as $$
			var ( n int32 )
			n++
			return n $$`)
	}
	c.exec("create function ends() returns void language plgo as $$ os.Exit(1) $$")
	const kinds = `select string_agg(f.function::text || case when f.targets[1] like '%+base' then ' shares' else ' alone' end, ', ' order by f.function::text)
		from plgo.functions f where f.function::text <> 'ends()'`
	call := "select concat_ws(' ', shared(), apart(), becomes())"
	c.want(call, "1 1 1")
	c.want(call, "2 2 2")
	c.want(kinds, "apart() alone, becomes() shares, shared() shares")
	c.fails("select ends()", "38000")
	c.want(call, "1 3 1")
	// It is compiled anew when it is called next, here and in other sessions; it begins anew there.
	c.exec("alter function becomes() set pgstd.own_world to true")
	c.want(call, "2 4 1")
	c.want(kinds, "apart() alone, becomes() alone, shared() shares")
	c.fails("select ends()", "38000")
	c.want(call, "1 5 2")
	connect(t, s, "own_world").want(call, "1 1 1")
	// What need not be alone any more stays what it is until it is compiled anew.
	c.exec("alter function apart() reset pgstd.own_world; alter function becomes() set pgstd.own_world = off")
	c.want(call, "2 1 1")
	c.want(kinds, "apart() alone, becomes() alone, shared() shares")
	c.exec("select plgo.compile('apart()')")
	c.want(call, "3 2 2")
	c.want(kinds, "apart() shares, becomes() alone, shared() shares")
	// For the session it means nothing.
	c.exec("set pgstd.own_world = on; create function further() returns int language plgo as $$ return 7 $$")
	c.want("select further()", "7")
	c.want("select base is null from plgo.functions where function::text = 'becomes()'", "t")
	c.want("select (targets[1] like '%+base')::text from plgo.functions where function::text = 'further()'", "true")
	c.fails("alter function shared() set pgstd.own_world = perhaps", "22023")
}

// TestMaxStale: how much of functions that have been replaced a world holds is what the administrator says.
func TestMaxStale(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "max_stale")
	c := connect(t, s, "max_stale")
	c.exec("create function kept() returns int language plgo as $$ var ( n int32 ); n++; return n $$")
	replace := func(times int) {
		for i := range times {
			c.exec("create or replace function changes() returns int language plgo as $$ return " + string(rune('0'+i)) + " $$")
			c.want("select changes()", string(rune('0'+i)))
		}
	}
	c.want("select kept()", "1")
	replace(5)
	c.want("select kept()", "2")
	c.exec("set pgstd.max_stale = '1kB'")
	replace(2)
	c.want("select kept()", "1")
	c.exec("set pgstd.max_stale = '1GB'")
	replace(5)
	c.want("select kept()", "2")
	c.exec("create role limited; set role limited")
	c.fails("set pgstd.max_stale = '1kB'", "42501")
}
