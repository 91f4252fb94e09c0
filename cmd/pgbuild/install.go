package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/spf13/cobra"
)

func installCommand() *cobra.Command {
	var tools toolFlags
	cmd := &cobra.Command{
		Use:   "install [PACKAGE]",
		Short: "Build an extension and install it into a PostgreSQL",
		Long: `Install builds the extension and puts its files where the PostgreSQL of
pg_config finds them. After it, CREATE EXTENSION works in every database of that
server. Beside it goes the extension pgstd, with which sessions see and discard
their Go worlds. It usually needs the rights of root. It prints the paths.`,
		Example: `  sudo pgbuild install ./textkit
  pgbuild install --pg-config ~/pg17/bin/pg_config`,
		Args: cobra.MaximumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			temp, err := os.MkdirTemp("", "pgbuild-install-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(temp)
			built, err := buildExtension(cmd, tools, args, temp)
			if err != nil {
				return err
			}
			support, err := buildSupport(cmd, tools)
			if err != nil {
				return err
			}
			for _, file := range append(support, built.Files()...) {
				to := filepath.Join(built.Postgres.Dir(file), filepath.Base(file))
				if err := place(to, file); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), to)
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	return cmd
}

// place never writes into a file that is there: a running server may have it
// mapped.
func place(to, from string) error {
	err := atomicfile.Copy(to, from, 0o644)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot install: %w; run it as root, or name a PostgreSQL of your own with --pg-config", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot install: %w; is the PostgreSQL server of this pg_config installed?", err)
	}
	return err
}
