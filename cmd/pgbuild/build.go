package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func buildCommand() *cobra.Command {
	var tools toolFlags
	var targets []string
	var out string
	var plgo, asJSON bool
	cmd := &cobra.Command{
		Use:   "build [PACKAGE]",
		Short: "Build an extension: module, control file and SQL script",
		Long: `Build compiles the functions of a Go package that carry a //pg:function
directive into an extension for one PostgreSQL major, and writes NAME.so,
NAME.control and NAME--VERSION.sql. It prints their paths.

PACKAGE is a folder or an import path; the default is the current folder.

With more than one --target, the files for each go to a folder of its name in
the output folder.

With --debug the module has symbols, and the package is not optimized: gdb stops at its lines,
and perf knows its names. "pgbuild verify" refuses such a module.

With --plgo it builds the procedural language instead, and the extension pgstd, as
install does: for a server on another machine.`,
		Example: `  pgbuild build -o build ./textkit
  pgbuild build --pg-config /usr/lib/postgresql/17/bin/pg_config
  pgbuild build -o build --target linux-postgres-amd64 --target linux-postgres-arm64
  pgbuild build -o plgo --target linux-postgres-arm64 --plgo`,
		Args: packageOrLanguage("builds", &plgo),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			outputs, err := outputs(cmd.Context(), tools.goPath, targets, out)
			if err != nil {
				return err
			}
			var built []map[string]any
			for _, o := range outputs {
				tools.target = string(o.target)
				files, err := buildInto(cmd, tools, args, plgo, o.dir)
				if err != nil {
					return err
				}
				if asJSON {
					built = append(built, map[string]any{"target": o.target, "files": files})
					continue
				}
				for _, file := range files {
					fmt.Fprintln(cmd.OutOrStdout(), file)
				}
			}
			if asJSON {
				return printJSON(cmd, built)
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addDebug(cmd)
	cmd.Flags().StringSliceVar(&targets, "target", nil, "target to build for, as linux-postgres-arm64; can be repeated (default: this machine's)")
	tools.addPgConfig(cmd)
	cmd.Flags().IntVar(&tools.major, "pg", 0, "major of PostgreSQL to build for with an installed pack, where there is no pg_config")
	cmd.MarkFlagsMutuallyExclusive("pg", "pg-config")
	tools.addPolicy(cmd)
	cmd.Flags().StringVarP(&out, "output", "o", ".", "folder to write to; made if it is not there")
	cmd.MarkFlagDirname("output")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the files of each target as JSON")
	cmd.Flags().BoolVar(&plgo, "plgo", false, "build the procedural language instead of an extension")
	return cmd
}

// buildInto builds an extension, or the language, into a folder.
func buildInto(cmd *cobra.Command, tools toolFlags, args []string, plgo bool, dir string) ([]string, error) {
	if !plgo {
		built, err := buildExtension(cmd, tools, args, dir)
		if err != nil {
			return nil, err
		}
		return built.Files(), nil
	}
	_, files, err := buildFiles(cmd, tools, args, plgo, "")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w; choose another one with -o", err)
	}
	for i, file := range files {
		files[i] = filepath.Join(dir, filepath.Base(file))
		if err := atomicfile.Copy(files[i], file, pgstd.FileMode(file)); err != nil {
			return nil, fmt.Errorf("the output folder cannot be written to: %w; choose another one with -o", err)
		}
	}
	return files, nil
}

// output is where the files for a target go.
type output struct {
	target target.Target
	dir    string
}

// outputs says where the files for each target go. With more than one it looks for
// the compilers first, so that either all are built or, as a rule, none.
func outputs(ctx context.Context, goPath string, names []string, out string) ([]output, error) {
	if len(names) < 2 {
		t, err := target.Parse(slices.Concat(names, []string{""})[0])
		return []output{{t, out}}, err
	}
	g, err := gocmd.Find(ctx, goPath)
	if err != nil {
		return nil, err
	}
	var all []output
	for _, name := range names {
		t, err := target.Parse(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o output) bool { return o.target == t }) {
			return nil, fmt.Errorf("target %s is named twice; name each once", t)
		}
		if _, err := kit.FindBinutil(t, "ld"); err != nil {
			return nil, err
		}
		if _, err := kit.FindCC(g, t); err != nil && !hasPack(t) {
			return nil, err
		}
		all = append(all, output{t, filepath.Join(out, string(t))})
	}
	return all, nil
}
