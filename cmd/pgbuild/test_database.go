package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/dbtest"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

// serverFlags say on which PostgreSQLs something runs.
type serverFlags struct {
	pgConfig string
	majors   []string
}

func (f *serverFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pgConfig, "pg-config", "", "pg_config of the PostgreSQL to use (default: the one in PATH)")
	cmd.Flags().StringSliceVar(&f.majors, "pg", nil, "majors of PostgreSQL to use, of those that are installed, or paths of pg_configs, as 15,17")
	cmd.MarkFlagsMutuallyExclusive("pg", "pg-config")
}

// find finds the PostgreSQLs.
func (f *serverFlags) find(ctx context.Context) ([]*pgconfig.Config, error) {
	if len(f.majors) == 0 {
		c, err := pgconfig.Find(ctx, f.pgConfig)
		return []*pgconfig.Config{c}, err
	}
	var all []*pgconfig.Config
	for _, name := range f.majors {
		c, err := pgconfig.Named(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// inDatabase runs the tests that need a PostgreSQL on one.
func (r *testRun) inDatabase(tests *target.Tests, sessions []dbtest.Session, config *pgconfig.Config) (err error) {
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return err
	}
	defer temp.Remove()
	options, progress := r.tools.options(r.cmd)
	defer progress.end()
	server, err := dbtest.Start(r.cmd.Context(), target.Request{Options: options, Package: packageArg(r.packages), PGConfig: config.Path, Cover: r.cover}, tests)
	if err != nil {
		return err
	}
	server.Covered = r.covered.Add
	defer func() { err = errors.Join(err, server.Stop()) }()
	out, end := r.suite(fmt.Sprintf("%s [PostgreSQL %d]", tests.ImportPath, config.Major))
	say := func(name, report string) {
		progress.end()
		if r.verbose || r.reported() {
			fmt.Fprintf(out, "=== RUN   %s\n%s", name, report)
		} else if strings.HasPrefix(report, "--- FAIL") {
			io.WriteString(out, report)
		}
	}
	var outcome dbtest.Outcome
	if slices.ContainsFunc(sessions, func(s dbtest.Session) bool { return r.wanted(s.Name) }) {
		if err := server.Build(temp.Path, false); err != nil {
			return err
		}
		played, err := server.RunSessions(sessions, r.pattern, r.update, say)
		if err != nil {
			return err
		}
		outcome.Add(played)
	}
	if slices.ContainsFunc(tests.InDatabase, r.wanted) {
		if err := server.Build(temp.Path, true); err != nil {
			return err
		}
		if err := server.PrepareTests(); err != nil {
			return err
		}
		ran, err := server.RunTests(tests.InDatabase, r.pattern, say)
		if err != nil {
			return err
		}
		outcome.Add(ran)
	}
	progress.end()
	verdict := "PASS"
	if outcome.Failed > 0 {
		verdict = "FAIL"
	}
	fmt.Fprintf(out, "%s\nPostgreSQL %s: %d passed, %d failed, %d skipped\n", verdict, config.Version, outcome.Passed, outcome.Failed, outcome.Skipped)
	end(outcome.Failed == 0)
	return nil
}
