// Package faults does everything that can go wrong in Go code, on demand. Tests
// call it in a backend that has to survive it.
package faults

// Tally counts its calls in this world: 1 says that the world is new.
//
//pg:function parallel=restricted
func Tally() int64 { tally++; return tally }

var tally int64

// Fault does what its argument names. Immutable is a lie: it lets every place in
// SQL call it.
//
//pg:function immutable parallel=safe
func Fault(name string) string {
	find(name)()
	return "survived"
}

// Recovered does the same below a deferred recover, and returns what it got.
//
//pg:function immutable parallel=safe
func Recovered(name string) (value string) {
	defer func() { value = text(recover()) }()
	find(name)()
	return "survived"
}

func find(name string) func() {
	for _, table := range []map[string]func(){panics, deaths, endless, strange} {
		if f := table[name]; f != nil {
			return f
		}
	}
	return func() { panic("no such fault: " + name) }
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case error:
		return v.Error()
	case string:
		return v
	case custom:
		return "custom " + v.reason
	}
	return "something else"
}
