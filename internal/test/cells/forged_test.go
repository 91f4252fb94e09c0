package cells

import (
	"testing"

	"github.com/pgstd/pgstd/target"
)

// TestForgedCommon has Go code ask for shared memory with what package pg never says. An operation
// decides about the lock that is taken, and a name gets into messages.
func TestForgedCommon(t *testing.T) {
	s := withHole(t, "hole", target.Options{})
	for _, where := range []string{"backend", "cell"} {
		conn, _ := s.session(t, where)
		for _, c := range []struct{ operation, name, want string }{
			{"1", `area`, "0"},
			{"2", `area`, "1"},
			{"1", `area`, "112345678"},
			{"0", `area`, "refused"},
			{"6", `area`, "refused"},
			{"(1::bigint << 32) | 2", `area`, "refused"},
			{"(1::bigint << 32) | 3", `area`, "refused"},
			{"-1", `area`, "refused"},
			{"1", `\xff`, "refused"},
			{"1", `\x`, "refused"},
			{"3", `area`, "1"},
		} {
			// A refusal is an error of the call, too, which Go code cannot drop.
			got, err := value(t, conn, "select forged("+c.operation+", '"+c.name+"')")
			if contained(err) {
				got = "refused"
			}
			if got != c.want {
				t.Errorf("%s: forged(%s, %s): %q, %v; want %s", where, c.operation, c.name, got, err, c.want)
			}
		}
	}
	s.alive(t)
}

// TestForgedBools has a cell pass out booleans that are neither true nor false. The compiler of Go
// leaves out checks by what a bool can be, and who reads them need not be in a cell.
func TestForgedBools(t *testing.T) {
	s := withHole(t, "hole", target.Options{})
	cell, _ := s.session(t, "cell")
	for _, sql := range []string{`create table returned as select forged_bools('\x02ff0001') as b`, `select pass_forged_bools('\x02ff0001')`} {
		if _, err := cell.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	backend, _ := s.session(t, "backend")
	for _, table := range []string{"returned", "passed"} {
		if got, err := value(t, backend, "select bytes_of_bools(b)::text from "+table); got != `\x01010001` {
			t.Errorf("bytes of booleans that a cell has %s: %q, %v", table, got, err)
		}
	}
}
