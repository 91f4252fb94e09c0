package host

// EndingOp is what has come of a transaction.
type EndingOp uint64

const (
	Commits EndingOp = iota + 1 // it is about to be committed, which an error prevents
	Committed
	Aborted
	Subaborted // a part of it
)

// EndingRequest is one to be told of the end of the transaction.
type EndingRequest struct {
	Count  uint64 // of what is kept for that already
	Checks uint64 // 1: it may refuse the commit
	Error  *ErrorData
}

// EndingFunction is the name of the function by which the host tells.
const EndingFunction = "end of transaction"

// TellEnding is what package pg does then. What it kept beyond so many things is what has ended.
var TellEnding func(op EndingOp, count uint64) error

var errEnding = &ErrorData{
	SQLState: "0A000",
	Message:  "SQL is not possible here: the transaction is ending",
}

// WithoutTransaction runs what is done while a transaction ends.
func WithoutTransaction(f func()) {
	before := refuse(errEnding)
	defer refuse(before)
	f()
}
