package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/spf13/cobra"
)

func uninstallCommand() *cobra.Command {
	var tools toolFlags
	var destDir string
	cmd := &cobra.Command{
		Use:   "uninstall NAME",
		Short: "Remove the files of an extension from a PostgreSQL",
		Long: `Uninstall removes what install has put where the PostgreSQL of pg_config finds
it: NAME.so, NAME.control and the scripts NAME--VERSION.sql. It prints the paths.
An extension whose module pgbuild has not made stays as it is. So does pgstd, which install
has put beside it for all extensions, until it is the one that is named.

Databases in which it was created have it still: DROP EXTENSION comes first.`,
		Example: `  sudo pgbuild uninstall textkit
  pgbuild uninstall --pg-config ~/pg17/bin/pg_config textkit`,
		Args: cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			pg, err := pgconfig.Find(cmd.Context(), tools.pgConfig)
			if err != nil {
				return err
			}
			files, err := installedFiles(pg, destDir, args[0])
			if err != nil {
				return err
			}
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					return fmt.Errorf("cannot uninstall: %w", err)
				}
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			return nil
		}),
	}
	tools.addPgConfig(cmd)
	addDestDir(cmd, &destDir)
	return cmd
}

// addDestDir is for who makes a package of what is installed.
func addDestDir(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "destdir", "", "folder that stands for the root of the file system, as DESTDIR does for make")
	cmd.MarkFlagDirname("destdir")
}

// extensionName is what a name has to look like before it becomes a part of paths.
var extensionName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// installedFiles are the files of an extension that pgbuild has made.
func installedFiles(pg *pgconfig.Config, destDir, name string) ([]string, error) {
	if !extensionName.MatchString(name) {
		return nil, fmt.Errorf("%q is no name of an extension of pgbuild's: lower case letters, digits and underscores", name)
	}
	path := func(file string) string { return filepath.Join(destDir, pg.Dir(file), file) }
	module := path(name + ".so")
	versions, err := filepath.Glob(filepath.Join(filepath.Dir(module), name+"-*.so"))
	if err != nil {
		return nil, err
	}
	var modules []string // of each version, if they have their own
	for _, version := range versions {
		// Others are called so, too: uuid-ossp.so is not of an extension uuid.
		if data, err := os.ReadFile(version); err == nil && object.Verify(data, "").Provenance != nil {
			modules = append(modules, version)
		}
	}
	switch data, err := os.ReadFile(module); {
	case errors.Is(err, fs.ErrNotExist) && len(modules) == 0:
		return nil, fmt.Errorf("extension %s is not installed: there is no %s", name, module)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err == nil && object.Verify(data, "").Provenance == nil:
		return nil, fmt.Errorf("%s was not made by pgbuild; whoever has installed it knows how to remove it", module)
	case err == nil:
		modules = append(modules, module)
	}
	// The control file goes first: without it, nobody can create the extension.
	files := []string{path(name + ".control")}
	scripts, err := filepath.Glob(filepath.Join(filepath.Dir(files[0]), name+"--*.sql"))
	if err != nil {
		return nil, err
	}
	files = append(files, scripts...)
	if name == target.SupportName {
		files = append(files, path(pgstd.CellProgram))
	}
	for _, module := range modules {
		files = append(files, module, module+".minisig")
	}
	var there []string
	for _, file := range files {
		if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() {
			there = append(there, file)
		}
	}
	return there, nil
}
