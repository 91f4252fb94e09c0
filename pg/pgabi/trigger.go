package pgabi

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Trigger runs an author's function, of a *pg.Trigger, as a trigger. The one argument of the
// call points to what that is about. Whoever has such a function imports package pg.
func Trigger[T any](args, result *Slot, f func(*T) error) {
	result.SetVoid()
	if err := host.RunTrigger(*(**host.TriggerData)(unsafe.Pointer(&args.Word)), f); err != nil {
		Fail(err)
	}
}

// EventTrigger runs an author's function, of a *pg.EventTrigger, as an event trigger.
func EventTrigger[T any](args, result *Slot, f func(*T) error) {
	result.SetVoid()
	if err := host.RunEventTrigger(*(**host.EventTriggerData)(unsafe.Pointer(&args.Word)), f); err != nil {
		Fail(err)
	}
}

// NoError makes a function that cannot fail one that does not.
func NoError[T any](f func(*T)) func(*T) error {
	return func(t *T) error {
		f(t)
		return nil
	}
}
