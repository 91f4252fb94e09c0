package pgabi

import "unsafe"

// The state of an aggregate is a Go value of the author's. The host knows it by a handle,
// which stands in the slots of the functions of the aggregate; its group's memory in the
// server decides how long it lives, and the host says in a slot behind the arguments which
// have ended.

// state is a value that a group of rows has.
type state struct {
	value  any    // a pointer to the author's type
	number uint32 // of this use of the place, from 1; the handle's upper half
}

// states holds the values; the lower half of a handle is the place, from 1. Free places are
// in freeStates.
var (
	states     []state
	freeStates []uint32
)

// released is PgstdStates in the host's backend.h, as far as it is for the world.
type released struct {
	handles *uint64
	n       uint64
}

// ReleaseStates lets go of the states that the host has no use for any more.
func ReleaseStates(slot *Slot) {
	if slot.Word == 0 {
		return
	}
	// Through the address of Word, as vet knows no integer that is a pointer.
	r := *(**released)(unsafe.Pointer(&slot.Word))
	// Each is taken by itself: for memory, another goroutine may run, whose queries change
	// the list, and move it.
	for r.n > 0 {
		r.n--
		handle := unsafe.Slice(r.handles, r.n+1)[r.n]
		if s := find(handle); s != nil {
			s.value = nil
			s.number++
			freeStates = append(freeStates, uint32(handle)-1)
		}
	}
}

// find returns the state with a handle; nil if there is none.
func find(handle uint64) *state {
	i := uint64(uint32(handle)) - 1
	if i >= uint64(len(states)) || states[i].number != uint32(handle>>32) || states[i].value == nil {
		return nil
	}
	return &states[i]
}

// StateOf returns the state in a slot. If there is none yet, it is what fresh makes: Changed then
// keeps it, when the function has gone well.
func StateOf[T any](slot *Slot, fresh func() *T) *T {
	if slot.Flags&Null != 0 {
		return fresh()
	}
	if s := find(slot.Word); s != nil {
		if v, ok := s.value.(*T); ok {
			return v
		}
	}
	panic("pg: a function of an aggregate was called with the state of another one")
}

// Changed makes a result of the state that StateOf has returned of a slot.
func Changed[T any](result, slot *Slot, v *T) {
	if slot.Flags&Null != 0 {
		keepState(slot, v)
	}
	*result = *slot
}

// KeepState keeps a state, and makes a slot of it.
func KeepState[T any](slot *Slot, v *T) { keepState(slot, v) }

func keepState(slot *Slot, v any) {
	if n := len(freeStates); n > 0 {
		i := freeStates[n-1]
		freeStates = freeStates[:n-1]
		states[i].value = v
		*slot = handleSlot(i)
		return
	}
	states = append(states, state{value: v, number: 1})
	*slot = handleSlot(uint32(len(states) - 1))
}

func handleSlot(i uint32) Slot {
	return Slot{Word: uint64(states[i].number)<<32 | uint64(i+1)}
}
