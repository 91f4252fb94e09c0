// Package host is the one place where packages pg and pgabi meet the runtime
// of a world: it declares what the runtime offers them. It decides nothing.
//
// With the build tag postgres the functions are the runtime's. Without it they
// have plain stand-ins, so that an author's package builds and tests anywhere.
package host

// Levels of Report.
const (
	Debug int32 = iota
	Log
	Info
	Notice
	Warning
)

// Large is the size from which a result is let go of at once, not when there is a next.
const Large = 64 << 10

// ErrorData is the text of a message or an error. The runtime and the C host
// know its layout: ten string headers in this order.
type ErrorData struct {
	SQLState   string
	Message    string
	Detail     string
	Hint       string
	Context    string
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
}
