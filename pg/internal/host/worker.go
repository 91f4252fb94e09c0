package host

// WorkerOp is what is asked for.
type WorkerOp uint64

const (
	ListenTo WorkerOp = iota + 1
	UnlistenFrom
	NextNotification
	StartWorker
)

// Worker is a request of a background worker, or for one.
type Worker struct {
	Op             WorkerOp
	Name, Argument string

	Error            *ErrorData
	Found            uint64
	Channel, Payload string
	PID              uint64
}

// What AwaitSignals returns: two counts and a bit.
const (
	Notified = 1
	Reloaded = 1 << 16
	Ending   = 1 << 31
)

// What package pg does with a *pg.Worker.
var (
	NewWorker  func(argument string) any
	WakeWorker func(worker any, notified, reloaded bool)
)
