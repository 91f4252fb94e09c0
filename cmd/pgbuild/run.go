package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/dbtest"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	var tools toolFlags
	var commands []string
	var file string
	var plgo bool
	modules := modulesValue{}
	cmd := &cobra.Command{
		Use:   "run [PACKAGE]",
		Short: "Try an extension in a scratch PostgreSQL",
		Long: `Run builds the extension, starts a scratch PostgreSQL of its own with it and
the extension pgstd created, and opens psql, or runs the given SQL and stops at its first
error. The scratch PostgreSQL is gone afterwards; nothing is installed.

With --plgo it has the procedural language plgo instead, and a compiler for it:
CREATE FUNCTION ... LANGUAGE plgo works.`,
		Example: `  pgbuild run ./textkit
  pgbuild run --plgo
  pgbuild run ./textkit -c "select slugify('Hello, World')"
  pgbuild run -f demo.sql ./textkit`,
		Args: packageOrLanguage("runs", &plgo),
		PreRunE: func(*cobra.Command, []string) error {
			if !plgo && len(modules) > 0 {
				return errors.New("--modules is for functions of the language; add --plgo")
			}
			return nil
		},
		RunE: ran(func(cmd *cobra.Command, args []string) (err error) {
			temp, err := scratch.Make("", scratch.Prefix)
			if err != nil {
				return err
			}
			defer temp.Remove()
			var c server
			if plgo {
				c, err = startWithLanguage(cmd, tools, modules)
			} else {
				c, err = startWithExtension(cmd, tools, args, temp.Path)
			}
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Stop()) }()
			switch {
			case file != "":
				return script(cmd, c, "-f", file)
			case len(commands) > 0:
				var psql []string
				for _, sql := range commands {
					psql = append(psql, "-c", sql)
				}
				return script(cmd, c, psql...)
			}
			return interactive(cmd, c)
		}),
	}
	tools.addBuild(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	cmd.Flags().StringArrayVarP(&commands, "command", "c", nil, "run this SQL instead of opening psql; can be repeated")
	cmd.Flags().StringVarP(&file, "file", "f", "", `run the SQL of this file ("-" for standard input)`)
	addModules(cmd, modules)
	cmd.Flags().BoolVar(&plgo, "plgo", false, "try the procedural language instead of an extension")
	cmd.MarkFlagsMutuallyExclusive("command", "file")
	return cmd
}

// server is a scratch PostgreSQL, with or without a compiler.
type server interface {
	Psql(ctx context.Context, args ...string) *exec.Cmd
	Stop() error
}

// startWithLanguage starts a cluster that has plgo created, and its compiler.
func startWithLanguage(cmd *cobra.Command, tools toolFlags, modules modulesValue) (server, error) {
	options, progress := tools.options(cmd)
	defer progress.end()
	s, err := plgotest.Start(cmd.Context(), plgotest.Options{Build: options, PGConfig: tools.pgConfig, Modules: modules})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// startWithExtension builds into temp and starts a cluster that has it created.
func startWithExtension(cmd *cobra.Command, tools toolFlags, args []string, temp string) (server, error) {
	ctx := cmd.Context()
	built, err := buildExtension(cmd, tools, args, temp)
	if err != nil {
		return nil, err
	}
	support, err := buildSupport(cmd, tools)
	if err != nil {
		return nil, err
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	c, err := cluster.Start(ctx, cluster.Options{PG: built.Postgres, CacheDir: filepath.Join(cache, "cluster"), Files: append(support, built.Files()...)})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{target.SupportName, built.Name} {
		if _, err := c.Query(ctx, fmt.Sprintf(`set client_min_messages = warning; create extension "%s" cascade`, name)); err != nil {
			err = fmt.Errorf("create extension %s: %w", name, err)
			if name == built.Name {
				err = dbtest.Origin(ctx, c, built.Package, err)
			}
			return nil, errors.Join(err, c.Stop())
		}
	}
	return c, nil
}

// script runs psql without a terminal's comforts. What went wrong, psql has said.
func script(cmd *cobra.Command, c server, args ...string) error {
	psql := c.Psql(cmd.Context(), append([]string{"-X", "-v", "ON_ERROR_STOP=1"}, args...)...)
	return runPsql(cmd, psql)
}

// interactive leaves Ctrl-C to psql, which cancels the query at hand.
func interactive(cmd *cobra.Command, c server) error {
	ctx, stop := signal.NotifyContext(context.WithoutCancel(cmd.Context()), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return runPsql(cmd, c.Psql(ctx))
}

func runPsql(cmd *cobra.Command, psql *exec.Cmd) error {
	psql.Stdin, psql.Stdout, psql.Stderr = os.Stdin, cmd.OutOrStdout(), cmd.ErrOrStderr()
	err := psql.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errReported
	}
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("psql not found; install it (apt-get install postgresql-client)")
	}
	return err
}
