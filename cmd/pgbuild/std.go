package main

import (
	"fmt"

	"github.com/pgstd/pgstd/internal/surface"
	"github.com/spf13/cobra"
)

func stdCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "std [PACKAGE]",
		Short: "Show what of Go's standard library there is on the target",
		Long: `Std shows for each package of the standard library whether it works on the
target, is restricted, or is absent. With a PACKAGE it shows all that is known of
that package: what is restricted in it, and how that fails.

What is restricted compiles and fails when it is called, mostly with an error for
which errors.Is(err, fs.ErrPermission) holds. What is absent cannot be imported.`,
		Example: `  pgbuild std
  pgbuild std net/http
  pgbuild std | grep absent`,
		Args: cobra.MaximumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && asJSON {
				return printJSON(cmd, surface.Table())
			}
			if len(args) == 0 {
				return surface.Print(cmd.OutOrStdout())
			}
			p, ok := surface.Lookup(args[0])
			if !ok {
				return fmt.Errorf("no package %q in the standard library; see all of them with: pgbuild std", args[0])
			}
			if asJSON {
				return printJSON(cmd, p)
			}
			return p.Print(cmd.OutOrStdout())
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
