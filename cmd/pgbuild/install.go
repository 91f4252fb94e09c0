package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/spf13/cobra"
)

func installCommand() *cobra.Command {
	var tools toolFlags
	var plgo, prepare bool
	var destDir string
	cmd := &cobra.Command{
		Use:   "install [PACKAGE]",
		Short: "Build an extension and install it into a PostgreSQL",
		Long: `Install builds the extension and puts its files where the PostgreSQL of
pg_config finds them. After it, CREATE EXTENSION works in every database of that
server. Beside it goes the extension pgstd, with which sessions see and discard
their Go worlds. It usually needs the rights of root. It prints the paths, and
uninstall removes them.

With --plgo it installs the extension plgo instead, the procedural language, and makes its
compiler ready: as root for the user postgres, if there is one, whose servers would run it,
and else for who runs this. A server that is a user of its own makes itself ready when it
starts: see "pgbuild serve".`,
		Example: `  sudo pgbuild install ./textkit
  sudo pgbuild install --plgo
  pgbuild install --pg-config ~/pg17/bin/pg_config`,
		Args: packageOrLanguage("installs", &plgo),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			if err := checkPlaces(cmd, tools, destDir); err != nil {
				return err
			}
			temp, err := scratch.Make("", scratch.Prefix)
			if err != nil {
				return err
			}
			defer temp.Remove()
			pg, files, err := buildFiles(cmd, tools, args, plgo, temp.Path)
			if err != nil {
				return err
			}
			for _, file := range files {
				to := filepath.Join(destDir, pg.Dir(file), filepath.Base(file))
				if destDir != "" {
					if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
						return fmt.Errorf("cannot install: %w", err)
					}
				}
				if err := place(to, file); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), to)
			}
			if !plgo || !prepare || destDir != "" {
				return nil
			}
			return prepareFor(cmd, tools)
		}),
	}
	tools.addBuild(cmd)
	tools.addDebug(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	addDestDir(cmd, &destDir)
	cmd.Flags().BoolVar(&plgo, "plgo", false, "install the procedural language instead of an extension")
	cmd.Flags().BoolVar(&prepare, "prepare", true, "make the compiler of the language ready, which takes minutes the first time")
	return cmd
}

// packageOrLanguage takes a package, but none if the command does something with the language.
func packageOrLanguage(does string, plgo *bool) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if *plgo && len(args) > 0 {
			return fmt.Errorf("--plgo %s the language, without package %s", does, args[0])
		}
		return cobra.MaximumNArgs(1)(cmd, args)
	}
}

// buildFiles builds what is to be installed.
func buildFiles(cmd *cobra.Command, tools toolFlags, args []string, plgo bool, temp string) (*pgconfig.Config, []string, error) {
	support, err := buildSupport(cmd, tools)
	if err != nil {
		return nil, nil, err
	}
	if plgo {
		pg, err := pgconfig.Find(cmd.Context(), tools.pgConfig)
		if err != nil {
			return nil, nil, err
		}
		files, err := buildLanguage(cmd, tools)
		return pg, append(support, files...), err
	}
	built, err := buildExtension(cmd, tools, args, temp)
	if err != nil {
		return nil, nil, err
	}
	return built.Postgres, append(support, built.Files()...), nil
}

// place never writes into a file that is there: a running server may have it
// mapped.
func place(to, from string) error {
	return installing(atomicfile.Copy(to, from, pgstd.FileMode(from)))
}

// checkPlaces finds out before the build whether the PostgreSQL takes files.
func checkPlaces(cmd *cobra.Command, tools toolFlags, destDir string) error {
	pg, err := pgconfig.Find(cmd.Context(), tools.pgConfig)
	if err != nil {
		return err
	}
	for _, file := range []string{"module.so", "script.sql"} {
		to := filepath.Join(destDir, pg.Dir(file))
		if destDir != "" {
			err = os.MkdirAll(to, 0o755)
		}
		if err == nil {
			err = atomicfile.CheckFolder(to)
		}
		if err != nil {
			return installing(err)
		}
	}
	return nil
}

// installing says what to do about what a file could not be installed for.
func installing(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot install: %w; run it as root, or name a PostgreSQL of your own with --pg-config", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot install: %w; is the PostgreSQL server of this pg_config installed?", err)
	}
	return err
}
