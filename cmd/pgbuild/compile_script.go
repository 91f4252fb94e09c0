package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/plgo/shipping"
	"github.com/spf13/cobra"
)

func compileScriptCommand() *cobra.Command {
	var tools toolFlags
	var out string
	modules := modulesValue{}
	cmd := &cobra.Command{
		Use:   "compile-script NAME--VERSION.sql",
		Short: "Put what its functions in plgo are compiled to into an extension's script",
		Long: `Compile-script takes the script of an extension whose functions are written in the language
plgo, creates the extension in a scratch PostgreSQL, and writes to the output folder its
control file, and its script with what the functions are compiled to in front: a server that
has the language, and no compiler, can create the extension and run them.

The control file, NAME.control, lies beside the script, and requires plgo. What is compiled is
for this machine's architecture.`,
		Example: `  pgbuild compile-script -o build words--1.0.sql`,
		Args:    cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			script, err := shipping.Find(args[0])
			if err != nil {
				return err
			}
			control, err := os.ReadFile(script.Control)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(out, 0o755); err != nil {
				return fmt.Errorf("the output folder: %w", err)
			}
			if err := atomicfile.CheckFolder(out); err != nil {
				return fmt.Errorf("the output folder: %w", err)
			}
			to := filepath.Join(out, filepath.Base(script.Path))
			if sameFile(script.Path, to) {
				return fmt.Errorf("%s would take the place of the source; name another folder with -o", to)
			}
			options, progress := tools.options(cmd)
			compiled, err := shipping.Compile(cmd.Context(), plgotest.Options{Build: options, PGConfig: tools.pgConfig, Modules: modules}, script)
			progress.end()
			if err != nil {
				return err
			}
			files := []atomicfile.File{
				{Path: to, Data: compiled, Perm: 0o644},
				{Path: filepath.Join(out, filepath.Base(script.Control)), Data: control, Perm: 0o644},
			}
			if err := atomicfile.WriteAll(files...); err != nil {
				return err
			}
			for _, f := range files {
				fmt.Fprintln(cmd.OutOrStdout(), f.Path)
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	addModules(cmd, modules)
	cmd.Flags().StringVarP(&out, "output", "o", "", "folder to write to; made if it is not there")
	cmd.MarkFlagRequired("output")
	return cmd
}

// sameFile tells whether two names are of one file that is there.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}
