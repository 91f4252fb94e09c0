package plgotest

import "testing"

// TestPreloaded: the handler may be loaded before the server forks. Sessions then differ in nothing but the time
// of their first call.
func TestPreloaded(t *testing.T) {
	t.Parallel()
	s := own(t, Options{Settings: []string{"shared_preload_libraries=plgo"}})
	if err := makeTemplate(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	baseDatabase(t, s, "preloaded")
	for _, isolation := range []string{"backend", "cell"} {
		c := connect(t, s, "preloaded")
		c.exec("set pgstd.isolation = " + isolation)
		c.exec("create or replace function f(n int) returns int language plgo as $$ if n == 0 { os.Exit(1) }; return n + 1 $$")
		c.want("select f(1)::text", "2")
		c.fails("select f(0)", "38000")
		c.want("select f(2)::text", "3")
		other := connect(t, s, "preloaded")
		other.want("select f(3)::text", "4")
	}
}
