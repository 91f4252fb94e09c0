// Package work runs background workers, for generated code. It is apart from package pgabi
// as others have no use for package context.
package work

import (
	"context"
	"errors"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi"
)

// Run runs an author's function, of a *pg.Worker, which gets the text of the one argument.
// Whoever has such a function imports package pg.
func Run[W any](args, result *pgabi.Slot, f func(context.Context, *W) error) {
	w := host.NewWorker(args.Text()).(*W)
	ctx, end := context.WithCancel(context.Background())
	go watch(w, end)
	result.SetVoid()
	err := f(ctx, w)
	if err != nil && !(errors.Is(err, context.Canceled) && ctx.Err() != nil) {
		pgabi.Fail(err)
	}
}

// watch passes on what the host has to tell.
func watch(w any, end func()) {
	for seen := uint32(0); ; {
		now := host.AwaitSignals(seen)
		if now&host.Ending != 0 {
			end()
		}
		changed := now ^ seen
		host.WakeWorker(w, changed&(host.Reloaded-1) != 0, changed&^host.Ending >= host.Reloaded)
		seen = now
	}
}
