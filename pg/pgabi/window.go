package pgabi

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// WindowCall is one call of a window function.
type WindowCall struct {
	host.WindowCall
	Returned      bool // the author's function has
	state         *Slot
	outer, before *host.WindowCall
}

// spareCall is one that nobody uses.
var spareCall *WindowCall

// WindowPlace returns where a *pg.Window[S] has its call.
func WindowPlace(window any) **host.WindowCall { return host.PlaceOf(window) }

// BeginWindow begins a call. Place is that of the function, args what is behind the
// slots of its arguments: its state, states that have ended, the number of the row, and
// what is answered ahead.
func BeginWindow(place **host.WindowCall, args *[4]Slot) *WindowCall {
	ReleaseStates(&args[1])
	c := spareCall
	if c == nil {
		c = new(WindowCall)
	}
	spareCall = nil
	c.Returned = false
	c.WindowCall = host.WindowCall{Place: place, Position: int64(args[2].Word)}
	if ahead := &args[3]; ahead.Size > 0 {
		c.Ahead = unsafe.Slice(*(**host.Window)(unsafe.Pointer(&ahead.Word)), ahead.Size)
		c.Used = &ahead.Flags
	}
	c.state = &args[0]
	if args[0].Flags&Null == 0 {
		s := find(args[0].Word)
		if s == nil {
			panic("pg: a window function was called with the state of another one")
		}
		c.State = s.value
	}
	c.before, *place = *place, &c.WindowCall
	c.outer, host.RunningWindow = host.RunningWindow, &c.WindowCall
	return c
}

// End ends a call; it is deferred. When a request was refused, the function has ended by a panic,
// or has gone on in spite of it.
func (c *WindowCall) End() {
	c.Over = true
	*c.Place = c.before
	host.RunningWindow = c.outer
	failure := host.TakeFailure()
	switch {
	case c.Failed != nil:
		recover()
		fail(c.Failed)
	case failure != nil:
		host.Fail(failure)
	case c.Returned && c.State != nil && c.state.Flags&Null != 0:
		keepState(c.state, c.State)
	}
	c.state, c.State, c.Ahead = nil, nil, nil
	spareCall = c
}

// BindArg makes a variable of type pg.Arg[T] the argument of that number of the function that has
// the place. Simple says that no code of an author reads it.
func BindArg[T any](arg any, place **host.WindowCall, number int, nullable, simple bool, get func(*Slot) (T, error)) {
	host.BindArg(arg, host.WindowArg{
		Place: place, Number: number, Nullable: nullable, Simple: simple,
		// To call, these functions are the same: Slot is a host.Slot.
		Get: *(*func(*host.Slot) (T, error))(unsafe.Pointer(&get)),
	})
}
