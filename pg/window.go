package pg

import "github.com/pgstd/pgstd/pg/internal/host"

// Window is what a window function is called with: the place of the current row in its
// partition, and what the function keeps of that, an S. It is for the function alone, while
// it runs.
//
//	// Gap is how far the value is above the one before.
//	//
//	//pg:window
//	func Gap(w *pg.Window[struct{}], v pg.Arg[float64]) *float64 {
//		before, ok := v.Relative(-1)
//		…
//	}
type Window[S any] struct {
	_ [0]S // so that none becomes one of another type by a conversion

	call *host.WindowCall
}

// State returns what the function keeps of the partition: zero at its first row.
func (w *Window[S]) State() *S {
	call := w.running()
	if call.State == nil {
		call.State = new(S)
	}
	return call.State.(*S)
}

// Position returns the number of the current row in its partition, from 0.
func (w *Window[S]) Position() int64 { return w.running().Position }

// Rows returns how many rows the partition has. PostgreSQL reads all of them for that.
func (w *Window[S]) Rows() int64 {
	w.running()
	return askWindow(host.CountRows, 0, 0).Rows
}

// Peers reports whether two rows of the partition, by their numbers, are the same to the
// window's ORDER BY.
func (w *Window[S]) Peers(a, b int64) bool {
	w.running()
	return askWindow(host.ComparePeers, a, b).Outside == 0
}

// Forget says that the function needs no rows before one, by its number, any more: PostgreSQL need
// not keep them. The number is at most that of the current row, and never less than before.
func (w *Window[S]) Forget(before int64) {
	w.running()
	askWindow(host.MarkRow, before, 0)
}

func (w *Window[S]) running() *host.WindowCall {
	if w.call == nil || w.call.Over {
		panic("pg: the call of the window function is over, and its Window with it")
	}
	return w.call
}

// Arg is an argument of a window function that it can have of any row of the partition. Where
// there is no such row, or the value is NULL and T no pointer, there is no value: ok is false.
type Arg[T any] struct {
	a         *argument[T]
	skipNulls bool
}

type argument[T any] struct {
	host.WindowArg
	get func(*host.Slot) (T, error)
}

// IgnoreNulls returns the argument without the rows in which it is NULL: these do not count.
func (a Arg[T]) IgnoreNulls() Arg[T] {
	a.skipNulls = true
	return a
}

// Current returns the value of the current row.
func (a Arg[T]) Current() (value T, ok bool) { return a.value(host.CurrentRow, 0) }

// Relative returns the value of the row that comes so many rows after the current one, or before
// it if offset is negative.
func (a Arg[T]) Relative(offset int) (value T, ok bool) {
	if !a.skipNulls || offset == 0 {
		return a.value(host.RelativeRow, int64(offset))
	}
	step := 1
	if offset < 0 {
		step = -1
	}
	return a.skip(host.RelativeRow, int64(step), step, offset*step-1)
}

// First returns the value of the n-th row of the partition, from 0.
func (a Arg[T]) First(n int) (value T, ok bool) { return a.from(host.FirstRow, 1, n) }

// Last returns the value of the n-th row before the last one of the partition.
func (a Arg[T]) Last(n int) (value T, ok bool) { return a.from(host.LastRow, -1, n) }

// FrameFirst returns the value of the n-th row of the frame, from 0.
func (a Arg[T]) FrameFirst(n int) (value T, ok bool) { return a.from(host.FrameFirstRow, 1, n) }

// FrameLast returns the value of the n-th row before the last one of the frame.
func (a Arg[T]) FrameLast(n int) (value T, ok bool) { return a.from(host.FrameLastRow, -1, n) }

func (a Arg[T]) from(op host.WindowOp, step, n int) (value T, ok bool) {
	if n < 0 {
		return value, false
	}
	if !a.skipNulls {
		return a.value(op, int64(step)*int64(n))
	}
	return a.skip(op, 0, step, n)
}

// skip passes by n rows that are not NULL.
func (a Arg[T]) skip(op host.WindowOp, at int64, step, n int) (value T, ok bool) {
	for ; ; at += int64(step) {
		w := a.ask(op, at)
		switch {
		case w.Outside != 0:
			return value, false
		case w.Value.Flags&host.Null != 0:
		case n == 0:
			return a.read(w)
		default:
			n--
		}
	}
}

func (a Arg[T]) value(op host.WindowOp, offset int64) (value T, ok bool) {
	w := a.ask(op, offset)
	if w.Outside != 0 {
		return value, false
	}
	return a.read(w)
}

func (a Arg[T]) ask(op host.WindowOp, offset int64) *host.Window {
	if a.a == nil {
		panic("pg: an Arg is an argument of a window function")
	}
	if call := host.RunningWindow; call != nil {
		// Another one's call would be answered with values of that one's types.
		if call.Place != a.a.Place {
			panic("pg: an Arg is for its window function, while that runs")
		}
		if w := call.Answered(op, offset, uint64(a.a.Number)); w != nil {
			return w
		}
	}
	return askWindow(op, offset, int64(a.a.Number))
}

func (a Arg[T]) read(w *host.Window) (value T, ok bool) {
	if w.Value.Flags&host.Null != 0 && !a.a.Nullable {
		return value, false
	}
	if !a.a.Simple {
		host.BeginReading()
		defer host.EndReading()
	}
	value, err := a.a.get(&w.Value)
	if err != nil {
		panic(err)
	}
	return value, true
}

// windowRequest is used again for each request: what it asks for is read before any other is
// made, and its answer is written when all others have been answered.
var windowRequest *host.Window

// askWindow makes a request. If it is refused, the function ends.
func askWindow(op host.WindowOp, offset, second int64) *host.Window {
	call := host.RunningWindow
	if call == nil {
		panic("pg: rows of a window are for a window function")
	}
	w := windowRequest
	if w == nil {
		w = new(host.Window)
		windowRequest = w
	}
	w.Op, w.Offset = op, offset
	if op == host.ComparePeers {
		w.Rows = second
	} else {
		w.Argument = uint64(second)
	}
	ahead := call.Ahead
	host.RunWindow(w)
	if op != host.MarkRow {
		call.Ahead = ahead
	}
	if w.Error != nil {
		call.Ahead = nil
		e := w.Error.Clone()
		call.Failed = &e
		panic(fromHost(&e))
	}
	return w
}

func init() {
	host.PlaceOf = func(window any) **host.WindowCall {
		return window.(interface{ place() **host.WindowCall }).place()
	}
	host.BindArg = func(arg any, a host.WindowArg) {
		arg.(interface{ bind(host.WindowArg) }).bind(a)
	}
}

func (w *Window[S]) place() **host.WindowCall { return &w.call }

func (a *Arg[T]) bind(to host.WindowArg) {
	a.a = &argument[T]{to, to.Get.(func(*host.Slot) (T, error))}
}
