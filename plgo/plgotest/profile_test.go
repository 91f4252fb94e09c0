package plgotest

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// stopProfile ends a profile of a session by a function, and reads it.
func stopProfile(t *testing.T, c *conn, function string) *profile.Profile {
	t.Helper()
	data, err := hex.DecodeString(c.value("select encode(pgstd." + function + "(), 'hex')"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.ParseData(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// heapProfile ends the profile of a session, and reads it: what each Go function has allocated, and
// what of that is still there, in bytes, with what it has called.
func heapProfile(t *testing.T, c *conn) (allocated, kept map[string]int64) {
	t.Helper()
	p := stopProfile(t, c, "stop_heap_profile")
	allocated, kept = map[string]int64{}, map[string]int64{}
	for _, s := range p.Sample {
		var names []string
		for _, l := range s.Location {
			if name := l.Line[0].Function.Name; !slices.Contains(names, name) {
				names = append(names, name)
				allocated[name] += s.Value[1]
				kept[name] += s.Value[3]
			}
		}
	}
	return allocated, kept
}

// TestHeapProfile: a profile has what functions allocate while it is taken, in worlds that were there and
// in those that start meanwhile, and names them.
func TestHeapProfile(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	t.Run("objects", func(t *testing.T) {
		database(t, s, "heap_profile")
		c := connect(t, s, "heap_profile")
		c.exec("set plgo.shared_base = off; set pgstd.isolation = backend")
		profileHeap(t, c, false)
	})
	t.Run("base", func(t *testing.T) {
		baseDatabase(t, s, "heap_profile_base")
		c := connect(t, s, "heap_profile_base")
		profileHeap(t, c, true)
		c.want("select distinct targets::text from plgo.functions", "{"+here+"+base}")
		// Samples of time have names, too: of the author's functions, those of an object.
		c.exec(`create function busy() returns int language plgo as $$
			type T struct{ n int }
			func (t *T) spin() { for start := time.Now(); t.n < 10_000_000 && time.Since(start) >= 0; t.n++ { } }
			t := &T{}
			t.spin()
			return t.n $$;
			create function busy_twice() returns int language plgo as $$
			func spin() (n int) { for start := time.Now(); n < 5_000_000 && time.Since(start) >= 0; n++ { }; return n }
			done := make(chan int)
			go func() { done <- spin() }()
			return spin() + <-done $$`)
		// With goroutines that take turns, the runtime has a timer besides.
		for _, call := range []string{"busy", "busy_twice"} {
			c.exec("select pgstd.start_profile(1000); select " + call + "()")
			p := stopProfile(t, c, "stop_profile")
			var names []string
			for _, f := range p.Function {
				names = append(names, f.Name)
			}
			if len(p.Sample) < 10 || call == "busy" && !slices.Contains(names, "plgo.(*T).spin") || !slices.Contains(names, "time.Since") {
				t.Errorf("%s: %d samples, of %q", call, len(p.Sample), names)
			}
			if want := map[string]string{"busy": "plgo.Busy", "busy_twice": "plgo.BusyTwice"}[call]; !slices.Contains(names, want) {
				t.Errorf("%s: no %s in %q", call, want, names)
			}
		}
	})
}

// Functions that share a heap share its garbage.
func profileHeap(t *testing.T, c *conn, share bool) {
	t.Helper()
	c.exec(`create function keep(n int, size int) returns int language plgo strict as $$
	var (
		kept [][]byte
	)
	func grow(size int) []byte {
		if size < 0 { return grow(-size) }
		return make([]byte, size)
	}
	for range n { kept = append(kept, grow(int(size))) }
	return len(kept)
$$`)
	c.exec(`create function waste(n int) returns int language plgo strict as $$
	size := 0
	for i := range n { size += len(strings.Repeat("x", 1000 + int(i % 10))) }
	return size
$$`)
	near := func(what string, got, want int64) {
		t.Helper()
		if got < want*8/10 || got > want*12/10 {
			t.Errorf("%s: %d bytes, want about %d", what, got, want)
		}
	}
	c.want("select keep(100, 100000)::text", "100") // before: nobody counts
	c.exec("select pgstd.start_heap_profile(1000)")
	c.want("select keep(10, 1024000)::text", "110")
	c.want("select (waste(10000) > 0)::text", "true")
	allocated, kept := heapProfile(t, c)
	near("keep has allocated", allocated["plgo.Keep"], 10_240_000)
	near("keep has kept", kept["plgo.Keep"], 10_240_000)
	near("waste has allocated", allocated["plgo.Waste"], 10_240_000)
	if got := kept["plgo.Waste"]; !share && got > 9_000_000 {
		t.Errorf("waste has kept %d bytes", got)
	}
	if allocated["strings.Repeat"] > allocated["plgo.Waste"] || allocated["strings.(*Builder).Grow"] == 0 {
		t.Errorf("what waste calls has allocated %v", allocated)
	}
	// Off again, nothing is counted, be it in a world that starts now.
	before := allocated["plgo.Keep"]
	c.want("select keep(100, 10240)::text", "210")
	c.exec("select pgstd.discard_worlds()")
	c.want("select keep(100, 10240)::text", "100")
	c.exec("select pgstd.start_heap_profile(1000)")
	if allocated, _ = heapProfile(t, c); allocated["plgo.Keep"] != 0 || before == 0 {
		t.Errorf("without a profile: %v", allocated)
	}
	// The world of a role that dies takes its counts along, and the next one counts again.
	c.exec("drop role if exists heap_profile_user; create role heap_profile_user; grant execute on function keep(int, int) to public")
	c.exec("select pgstd.start_heap_profile(1)")
	c.exec("set role heap_profile_user")
	c.fails("select keep(1000, 10000000)", "53200")
	c.want("select keep(1, 1024)::text", "1")
	c.fails("select pgstd.stop_heap_profile()", "42501")
	c.exec("reset role")
	allocated, _ = heapProfile(t, c)
	near("keep has allocated after its end", allocated["plgo.Keep"], 1024+8)
	c.fails("select pgstd.stop_heap_profile()", "55000")
	c.fails("select pgstd.start_heap_profile(0)", "22023")
	var names []string
	for name := range allocated {
		if strings.HasPrefix(name, "(") {
			names = append(names, name)
		}
	}
	if names != nil {
		t.Errorf("no function of Go: %v", names)
	}
}
