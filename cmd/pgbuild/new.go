package main

import (
	"cmp"
	"fmt"
	"go/version"
	"path"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/newmodule"
	"github.com/spf13/cobra"
)

func newCommand() *cobra.Command {
	var goPath, dir string
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin an extension: a module that builds, runs and passes its tests",
		Long: `New writes a module with the extension NAME into a folder of that name: a function, a
set, a trigger and an aggregate, their tests in Go, inside the database and by psql, a
control file, a README, and a workflow for GitHub. What it has is there to be replaced.

NAME can be the path of the module, whose last part is then the extension's name.`,
		Example: `  pgbuild new greeting
  pgbuild new example.org/me/greeting
  pgbuild new greeting --dir ./src`,
		Args: cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			e := newmodule.Extension{Name: path.Base(args[0]), Module: args[0]}
			if e.Name == e.Module {
				e.Module = "example.org/" + e.Name
			}
			if err := e.Check(); err != nil {
				return err
			}
			cache, err := kit.DefaultCacheDir()
			if err != nil {
				return err
			}
			g, err := gocmd.FindIn(cmd.Context(), goPath, cache)
			if err != nil {
				return err
			}
			e.Go = strings.TrimPrefix(version.Lang(g.Version), "go")
			dir := cmp.Or(dir, e.Name)
			files, err := e.Write(dir)
			if err != nil {
				return err
			}
			for _, file := range files {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			if err := addModule(cmd, goPath, dir); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "\nNext:\n\n\tcd %s\n\tpgbuild run -c \"SELECT greet('world')\"\n\tpgbuild test\n", filepath.Clean(dir))
			return nil
		}),
	}
	cmd.Flags().StringVar(&goPath, "go", "", "go command to use (default: the one in PATH)")
	cmd.Flags().StringVar(&dir, "dir", "", "folder to write to (default: NAME)")
	cmd.MarkFlagDirname("dir")
	return cmd
}
