package main

import (
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/inspect"
	"github.com/spf13/cobra"
)

func inspectCommand() *cobra.Command {
	var asJSON, asHTML bool
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what is in a file that pgbuild has made",
		Long: `Inspect shows a person what a file is: the object gate's verdict, what the file
says of its origin, its SQL functions, modules with versions and checksums, the
packages of the standard library in it, and what takes up its space.

With --html it writes one page that needs nothing else, with a map of the file in
which areas are sizes.`,
		Example: `  pgbuild inspect textkit.so
  pgbuild inspect --html textkit.so > textkit.html
  pgbuild inspect --json textkit.so | jq .provenance.modules`,
		Args: func(cmd *cobra.Command, args []string) error {
			if asJSON && asHTML {
				return errors.New("--json and --html are two formats; choose one")
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			data, err := readObject(args[0])
			if err != nil {
				return err
			}
			f := inspect.Read(filepath.Base(args[0]), data)
			out := cmd.OutOrStdout()
			switch {
			case asJSON:
				err = json.NewEncoder(out).Encode(f)
			case asHTML:
				err = f.WriteHTML(out)
			default:
				err = f.WriteText(out)
			}
			if err == nil && !f.Good {
				err = errReported
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&asHTML, "html", false, "print a page for a browser")
	return cmd
}
