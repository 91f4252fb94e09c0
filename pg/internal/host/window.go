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
	Window   any // the *pg.Window[S] of the function: says which one it is
	State    any // a pointer to what is kept of the partition; nil: nothing yet
	Position int64
	Over     bool
	Failed   *ErrorData // a request was refused: the call ends with this
}

// RunningWindow is the call of a window function that may ask for rows; nil: none.
var RunningWindow *WindowCall

// WindowArg is what generated code knows of a variable of type pg.Arg[T].
type WindowArg struct {
	Window   any // of the function whose argument it is: what answers to it has that function's types
	Number   int
	Nullable bool // T has a nil for NULL
	Get      any  // func(*Slot) (T, error)
}

// What package pg does with variables of type *pg.Window[S] and *pg.Arg[T].
var (
	SetWindow func(window any, call *WindowCall) (before *WindowCall)
	BindArg   func(arg any, a WindowArg)
)
