package main

import (
	"context"
	"os/exec"
)

// verifies times the object gate over a module, and objdump, which decodes the same
// instructions and judges nothing.
func verifies(name string) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		commands := map[string][]string{
			"gate":    {l.pgbuild, "verify", l.ourModule(name)},
			"objdump": {"objdump", "-d", l.ourModule(name)},
		}
		return paired(swap, "gate", "objdump", func(what string) (float64, error) {
			took, err := elapsed(func() error {
				return exec.CommandContext(ctx, commands[what][0], commands[what][1:]...).Run()
			})
			return milliseconds(took), err
		})
	}
}
