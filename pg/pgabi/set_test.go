//go:build !postgres

package pgabi

import (
	"errors"
	"testing"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// counting is the wrapper of a set of n numbers, the last of which fails if fails.
func counting(n int64, fails bool, ended *int) func(call, result *Slot) {
	return func(call, result *Slot) {
		if ResumeSet(call, result) {
			return
		}
		OpenSet(call, result, true, func(row *Slot, yield func() bool) {
			defer func() { *ended++ }()
			for i := int64(1); i <= n; i++ {
				if fails && i == n {
					Fail(errors.New("the last one"))
				}
				row.SetInt8(i)
				if !yield() {
					return
				}
			}
		})
	}
}

func ask(t *testing.T, f func(call, result *Slot), number uint64, op host.SetOp) (Slot, Slot) {
	t.Helper()
	host.Failure = nil
	call, result := Slot{Word: number, Flags: uint32(op)}, Slot{}
	f(&call, &result)
	return call, result
}

func TestSet(t *testing.T) {
	ended := 0
	f := counting(3, false, &ended)
	call, result := ask(t, f, 0, host.OpenSet)
	for want := int64(1); want <= 3; want++ {
		if call.Word == 0 || result.Int8() != want {
			t.Fatalf("row %d is %d, of set %#x", want, result.Int8(), call.Word)
		}
		call, result = ask(t, f, call.Word, host.NextInSet)
	}
	if call.Word != 0 || ended != 1 {
		t.Errorf("behind the last row, the set is %#x, and has ended %d times", call.Word, ended)
	}
}

// Several sets of one function are open at a time; each ends by itself, once.
func TestSetsInterleaved(t *testing.T) {
	ended := 0
	f := counting(100, false, &ended)
	a, _ := ask(t, f, 0, host.OpenSet)
	b, _ := ask(t, f, 0, host.OpenSet)
	ask(t, f, a.Word, host.NextInSet)
	ask(t, f, b.Word, host.NextInSet)
	if _, r := ask(t, f, a.Word, host.NextInSet); r.Int8() != 3 {
		t.Errorf("the third row of a set is %d", r.Int8())
	}
	if c, _ := ask(t, f, a.Word, host.StopSet); c.Word != 0 || ended != 1 {
		t.Errorf("stopped: %#x, ended %d", c.Word, ended)
	}
	// Its place is taken again; its number is not.
	c, _ := ask(t, f, 0, host.OpenSet)
	if c.Word == a.Word {
		t.Error("a number has been used twice")
	}
	if again, _ := ask(t, f, a.Word, host.AbandonSet); again.Word != 0 || ended != 1 {
		t.Errorf("a set that is over has ended again: %d", ended)
	}
	ask(t, f, b.Word, host.AbandonSet)
	ask(t, f, c.Word, host.StopSet)
	if ended != 3 {
		t.Errorf("%d of 3 have ended", ended)
	}
}

func TestSetFails(t *testing.T) {
	ended := 0
	f := counting(2, true, &ended)
	call, _ := ask(t, f, 0, host.OpenSet)
	call, _ = ask(t, f, call.Word, host.NextInSet)
	if call.Word != 0 || ended != 1 || host.Failure == nil || host.Failure.Message != "the last one" {
		t.Errorf("set %#x, ended %d, failure %+v", call.Word, ended, host.Failure)
	}
	f = counting(1, true, &ended)
	if call, _ = ask(t, f, 0, host.OpenSet); call.Word != 0 || host.Failure == nil {
		t.Errorf("at the first row: set %#x, failure %+v", call.Word, host.Failure)
	}
}

// In a plain process there is nobody to take all rows: the iterator is told to end.
func TestSetOfAll(t *testing.T) {
	ended := 0
	ask(t, counting(1000, false, &ended), 0, host.AllOfSet)
	if ended != 1 {
		t.Errorf("ended %d times", ended)
	}
	ask(t, counting(5, true, &ended), 0, host.AllOfSet)
	if host.Failure == nil || ended != 2 {
		t.Errorf("failure %+v, ended %d", host.Failure, ended)
	}
}

func TestYieldElsewhere(t *testing.T) {
	var escaped func() bool
	f := func(call, result *Slot) {
		if !ResumeSet(call, result) {
			OpenSet(call, result, true, func(row *Slot, yield func() bool) {
				escaped = yield
				yield()
			})
		}
	}
	call, _ := ask(t, f, 0, host.OpenSet)
	defer func() {
		if recover() == nil {
			t.Error("yield between two rows does not panic")
		}
		ask(t, f, call.Word, host.StopSet)
	}()
	escaped()
}
