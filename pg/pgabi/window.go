package pgabi

import "github.com/pgstd/pgstd/pg/internal/host"

// WindowCall is one call of a window function.
type WindowCall struct {
	host.WindowCall
	Returned      bool // the author's function has
	state         *Slot
	outer, before *host.WindowCall
}

// spareCall is one that nobody uses.
var spareCall *WindowCall

// BeginWindow begins a call. Window is a *pg.Window[S] of the function, args what is behind the
// slots of its arguments: its state, states that have ended, and the number of the row.
func BeginWindow(window any, args *[3]Slot) *WindowCall {
	ReleaseStates(&args[1])
	c := spareCall
	if c == nil {
		c = new(WindowCall)
	}
	spareCall = nil
	c.Returned = false
	c.WindowCall = host.WindowCall{Window: window, Position: int64(args[2].Word)}
	c.state = &args[0]
	if args[0].Flags&Null == 0 {
		s := find(args[0].Word)
		if s == nil {
			panic("pg: a window function was called with the state of another one")
		}
		c.State = s.value
	}
	c.before = host.SetWindow(window, &c.WindowCall)
	c.outer, host.RunningWindow = host.RunningWindow, &c.WindowCall
	return c
}

// End ends a call; it is deferred. When a request was refused, the function has ended by a panic,
// or has gone on in spite of it.
func (c *WindowCall) End() {
	c.Over = true
	host.SetWindow(c.Window, c.before)
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
	c.state, c.State = nil, nil
	spareCall = c
}

// BindArg makes a variable of type pg.Arg[T] the argument of that number of the function that has
// the window.
func BindArg[T any](arg, window any, number int, nullable bool, get func(*Slot) (T, error)) {
	host.BindArg(arg, host.WindowArg{
		Window: window, Number: number, Nullable: nullable,
		Get: func(s *host.Slot) (T, error) { return get((*Slot)(s)) },
	})
}
