package host

// WindowOp is what a window function asks for.
type WindowOp uint64

const (
	CurrentRow WindowOp = iota + 1
	RelativeRow
	FirstRow
	LastRow
	FrameFirstRow
	FrameLastRow
	CountRows
	ComparePeers
	MarkRow
)

// Window is a request about rows of a window.
type Window struct {
	Op       WindowOp
	Offset   int64
	Argument uint64

	Error   *ErrorData
	Value   Slot
	Outside uint64
	Rows    int64
}

// WindowCall is one call of a window function.
type WindowCall struct {
	Place    **WindowCall // in the *pg.Window[S] of the function: says which one it is
	State    any          // a pointer to what is kept of the partition; nil: nothing yet
	Position int64
	Ahead    []Window // in the host's memory: requests that are answered before they are made
	Used     *uint32  // there: a bit for each of these that was of use
	Over     bool
	Failed   *ErrorData // a request was refused: the call ends with this
}

// RunningWindow is the call of a window function that may ask for rows; nil: none.
var RunningWindow *WindowCall

// Answered returns a request that need not be made; nil: it has to be. What the host would refuse
// now it is asked for, so that it does.
func (c *WindowCall) Answered(op WindowOp, offset int64, argument uint64) *Window {
	for i := range c.Ahead {
		w := &c.Ahead[i]
		if w.Op == op && w.Offset == offset && w.Argument == argument && reading == 0 && serving() {
			*c.Used |= 1 << i
			return w
		}
	}
	return nil
}

// forgetAhead is called before anything is asked of the host: it may end what makes the answers right, as the
// begin of a subtransaction does.
func forgetAhead() {
	if RunningWindow != nil {
		RunningWindow.Ahead = nil
	}
}

// WindowArg is what generated code knows of a variable of type pg.Arg[T].
type WindowArg struct {
	Place    **WindowCall // of the function whose argument it is: what answers to it has that function's types
	Number   int
	Nullable bool // T has a nil for NULL
	Simple   bool // no code of an author reads it
	Get      any  // func(*Slot) (T, error)
}

// What package pg does with variables of type *pg.Window[S] and *pg.Arg[T].
var (
	PlaceOf func(window any) **WindowCall
	BindArg func(arg any, a WindowArg)
)
