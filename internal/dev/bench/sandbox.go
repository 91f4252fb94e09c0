package main

import (
	"context"

	"github.com/pgstd/pgstd/internal/sandbox"
)

// tools times a tool that does nothing: in a sandbox, as builds run theirs, and with
// its limits alone.
func tools(ctx context.Context, _ *lab, swap bool) (float64, float64, error) {
	return paired(swap, string(sandbox.Auto), string(sandbox.Off), func(mode string) (float64, error) {
		runner, err := sandbox.New(sandbox.Mode(mode), sandbox.Limits{})
		if err != nil {
			return 0, err
		}
		var times []float64
		for range 20 {
			took, err := elapsed(func() error { return runner.Command(ctx, "/", nil, "/bin/true").Run() })
			if err != nil {
				return 0, err
			}
			times = append(times, milliseconds(took))
		}
		return median(times), nil
	})
}
