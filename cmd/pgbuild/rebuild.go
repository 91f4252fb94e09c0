package main

import (
	"fmt"

	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

// rebuild compares files with what their source gives.
func rebuild(cmd *cobra.Command, tools toolFlags, source string, files []string) error {
	options, progress := tools.options(cmd)
	defer progress.end()
	for _, file := range files {
		r := target.Request{Options: options, Package: source, PGConfig: tools.pgConfig}
		if err := target.Rebuild(cmd.Context(), r, file); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s gives the same, byte by byte\n", file, source)
	}
	return nil
}
