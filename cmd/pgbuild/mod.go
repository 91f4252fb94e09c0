package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/spf13/cobra"
)

func modCommand() *cobra.Command {
	var goPath string
	cmd := &cobra.Command{
		Use:   "mod [FOLDER]",
		Short: "Let go vet, gopls and other tools find package pg",
		Long: `Mod puts the module that pgbuild carries, with package pg, into Go's module cache, and
its version into the go.mod and go.sum of the module in FOLDER (default: the current one),
where "go vet", "go test", gopls and staticcheck find it, without a network. Builds by
pgbuild do without: they take the packages that pgbuild carries, whatever go.mod says.

The version names the contents. After an upgrade of pgbuild, and on another machine, mod
does it again. A replace line for the module is dropped.`,
		Example: `  pgbuild mod
  pgbuild mod ./textkit`,
		Args: cobra.MaximumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			return addModule(cmd, goPath, packageArg(args))
		}),
	}
	cmd.Flags().StringVar(&goPath, "go", "", "go command to use (default: the one in PATH)")
	return cmd
}

// addModule makes the kit's packages a requirement of the module that holds a folder.
func addModule(cmd *cobra.Command, goPath, dir string) error {
	m, err := extension.FindModule(dir)
	if err != nil {
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
	published, err := kit.Publish(cmd.Context(), g, cache)
	if err != nil {
		return err
	}
	changed, err := published.Require(m)
	if err != nil {
		return err
	}
	if changed {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", m.File, published)
	} else {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, as it was\n", m.File, published)
	}
	if _, err := os.Stat(filepath.Join(m.Dir, "vendor")); err == nil {
		warn(cmd, "the module has a vendor folder, which tools look into instead; bring it up to date with: go mod vendor")
	}
	return nil
}
