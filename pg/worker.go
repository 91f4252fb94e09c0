package pg

import (
	"errors"
	"iter"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Worker is what a background worker runs with: a process of the server's own, without a
// client. It is for the goroutine that runs the function.
//
//	// Sweep deletes what has expired, whenever somebody says so, and each minute.
//	//
//	//pg:worker database=app role=sweeper
//	func Sweep(ctx context.Context, w *pg.Worker) error {
//		if err := w.Listen("sweep"); err != nil {
//			return err
//		}
//		for {
//			err := w.Tx(func() error {
//				_, err := pg.Exec("DELETE FROM sessions WHERE expires < now()")
//				return err
//			})
//			if err != nil {
//				return err
//			}
//			select {
//			case <-ctx.Done():
//				return nil
//			case <-w.Notified():
//				for range w.Notifications() {
//				}
//			case <-time.After(time.Minute):
//			}
//		}
//	}
type Worker struct {
	argument           string
	notified, reloaded chan struct{}
}

// Notification is what NOTIFY has sent.
type Notification struct {
	Channel, Payload string
	PID              int // of the process that has sent it
}

var errTx = errors.New("pg: the worker is in a transaction already; pg.Subtransaction is for a part of it")

// Argument returns what [StartWorker] was given; empty for a worker that the server has started.
func (w *Worker) Argument() string { return w.argument }

// Tx runs fn in a transaction: committed if fn returns nil, else undone, as when fn panics or
// a statement in it has failed. SQL of a worker runs in transactions only. statement_timeout is
// for the whole of it.
func (w *Worker) Tx(fn func() error) error {
	if host.Subtransactions > 0 {
		return errTx
	}
	return Subtransaction(fn)
}

// Listen makes notifications of a channel come, from the end of the transaction on; outside of
// [Worker.Tx], from now on.
func (w *Worker) Listen(channel string) error { return w.ask(host.ListenTo, channel) }

// Unlisten is the opposite of [Worker.Listen].
func (w *Worker) Unlisten(channel string) error { return w.ask(host.UnlistenFrom, channel) }

func (w *Worker) ask(op host.WorkerOp, channel string) error {
	ask := func() error {
		r := &host.Worker{Op: op, Name: channel}
		host.RunWorker(r)
		return fromHost(r.Error)
	}
	if host.Subtransactions > 0 {
		return ask()
	}
	return Subtransaction(ask)
}

// Notified has something to receive when notifications may have come; [Worker.Notifications]
// has them then.
func (w *Worker) Notified() <-chan struct{} { return w.notified }

// Notifications are those that have come and not been read; it does not wait for more. In a
// transaction, those that come meanwhile stay until its end.
func (w *Worker) Notifications() iter.Seq[Notification] {
	return func(yield func(Notification) bool) {
		for {
			r := &host.Worker{Op: host.NextNotification}
			host.RunWorker(r)
			if err := fromHost(r.Error); err != nil {
				panic(err)
			}
			if r.Found == 0 {
				return
			}
			n := Notification{string([]byte(r.Channel)), string([]byte(r.Payload)), int(r.PID)}
			if !yield(n) {
				return
			}
		}
	}
}

// Reload has something to receive when the server's configuration has been read again;
// settings have their new values then.
func (w *Worker) Reload() <-chan struct{} { return w.reloaded }

// StartWorker starts a worker of this extension, by the name that it has in SQL's manner, in this
// database and with the rights of the current user, and returns its process, or 0 for one that has
// ended already: what it has failed with is in the server's log. It starts at once, and does not see
// what this transaction does before that is committed.
func StartWorker(name, argument string) (pid int, err error) {
	r := &host.Worker{Op: host.StartWorker, Name: name, Argument: argument}
	host.RunWorker(r)
	return int(r.PID), fromHost(r.Error)
}

func init() {
	host.NewWorker = func(argument string) any {
		return &Worker{argument, make(chan struct{}, 1), make(chan struct{}, 1)}
	}
	host.WakeWorker = func(worker any, notified, reloaded bool) {
		w := worker.(*Worker)
		if notified {
			wake(w.notified)
		}
		if reloaded {
			wake(w.reloaded)
		}
	}
}

// wake sends what is for whoever looks next; one is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
