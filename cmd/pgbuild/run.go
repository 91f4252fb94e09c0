package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/dbtest"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	var tools toolFlags
	var sql psqlFlags
	var kept string
	var plgo, asJSON bool
	modules := modulesValue{}
	cmd := &cobra.Command{
		Use:   "run [PACKAGE] [-- FLAG...]",
		Short: "Try an extension in a scratch PostgreSQL",
		Long: `Run builds the extension, starts a scratch PostgreSQL of its own with it and
the extension pgstd created, and opens psql, or runs the given SQL (also what is piped in)
and stops at its first error. The scratch PostgreSQL is gone afterwards; nothing is installed.
With --json it prints how to connect, and lasts until standard input ends. With --keep NAME it stays, as after "pgbuild start NAME". What stands after "--" goes to psql.

With --plgo it has the procedural language plgo instead, and a compiler for it:
CREATE FUNCTION ... LANGUAGE plgo works.`,
		Example: `  pgbuild run ./textkit
  pgbuild run --plgo
  pgbuild run ./textkit -c "select slugify('Hello, World')"
  pgbuild run -f demo.sql ./textkit
  pgbuild run --keep shop ./textkit
  pgbuild run --plgo --keep functions
  pgbuild run -c "select 1" -- -At`,
		Args: func(cmd *cobra.Command, args []string) error {
			packages, _ := splitArgs(cmd, args)
			return packageOrLanguage("runs", &plgo)(cmd, packages)
		},
		PreRunE: modulesOfLanguage(modules, &plgo),
		RunE: ran(func(cmd *cobra.Command, args []string) (err error) {
			args, flags := splitArgs(cmd, args)
			if err := sql.check(); err != nil {
				return err
			}
			if !plgo {
				if err := checkPackage(args); err != nil {
					return err
				}
			}
			if kept != "" {
				if len(args) == 0 && !plgo {
					args = []string{"."}
				}
				s, err := keepEither(cmd, tools, kept, args, plgo, modules)
				if err != nil {
					return err
				}
				return sql.run(cmd, flags, func(ctx context.Context, args ...string) (*exec.Cmd, error) { return s.Psql(ctx, args...) })
			}
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
			if asJSON {
				return waitForEnd(cmd, c)
			}
			return sql.run(cmd, flags, func(ctx context.Context, args ...string) (*exec.Cmd, error) { return c.Psql(ctx, args...), nil })
		}),
	}
	tools.addBuild(cmd)
	tools.addDebug(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	sql.add(cmd)
	cmd.Flags().StringVar(&kept, "keep", "", "give the PostgreSQL this name, and let it stay")
	addModules(cmd, modules)
	cmd.Flags().BoolVar(&plgo, "plgo", false, "try the procedural language instead of an extension")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print how to connect as a line of JSON, and wait until standard input ends")
	cmd.MarkFlagsMutuallyExclusive("keep", "json")
	cmd.MarkFlagsMutuallyExclusive("plgo", "json")
	cmd.MarkFlagsMutuallyExclusive("json", "command")
	cmd.MarkFlagsMutuallyExclusive("json", "file")
	return cmd
}

// server is a scratch PostgreSQL, with or without a compiler.
type server interface {
	Psql(ctx context.Context, args ...string) *exec.Cmd
	Env() []string
	URL(database string) string
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

// waitForEnd lets whoever has started this command use the server, for as long as that lives.
func waitForEnd(cmd *cobra.Command, c server) error {
	line, err := json.Marshal(map[string]any{"url": c.URL("postgres"), "env": c.Env()})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n", line)
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	select {
	case <-ended:
	case <-cmd.Context().Done():
	}
	return nil
}

// checkPackage says at once, before anything is compiled, that there is no extension where the user
// stands.
func checkPackage(args []string) error {
	if len(args) > 0 {
		return nil // the go command knows what is meant
	}
	if _, err := extension.FindModule("."); err != nil {
		return err
	}
	files, _ := filepath.Glob("*.go") // the pattern is well-formed
	if len(files) == 0 {
		return errors.New("there is no Go package in this folder; name the folder of one, or begin one with: pgbuild new NAME")
	}
	return nil
}
