package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/dbtest"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/internal/testreport"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func benchCommand() *cobra.Command {
	var tools toolFlags
	var servers serverFlags
	var pattern string
	var each time.Duration
	var count int
	var html string
	cmd := &cobra.Command{
		Use:   "bench [PACKAGE]",
		Short: "Run a package's benchmarks in PostgreSQL",
		Long: `Bench runs the functions func PgBenchmarkXxx(b *pgtest.B) of a package's files _test.go,
inside a scratch PostgreSQL that has the extension, each in a transaction that is rolled
back. It prints what "go test -bench" does, which benchstat compares.`,
		Example: `  pgbuild bench ./textkit
  pgbuild bench --run Slug --count 10 ./textkit >new.txt
  pgbuild bench --pg 15,18 ./textkit`,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(*cobra.Command, []string) error {
			if each <= 0 || count < 1 {
				return errors.New("--benchtime and --count have to be more than nothing")
			}
			_, err := compilePattern(pattern)
			return err
		},
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			run, err := compilePattern(pattern)
			if err != nil {
				return err
			}
			options, progress := tools.options(cmd)
			tests, err := target.FindTests(cmd.Context(), target.Request{Options: options, Package: packageArg(args)})
			progress.end()
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(tests.Benchmarks, func(name string) bool { return run == nil || run.MatchString(name) }) {
				return fmt.Errorf("%s has no such benchmark; write some: func PgBenchmarkXxx(b *pgtest.B)", tests.ImportPath)
			}
			configs, err := servers.find(cmd.Context())
			if err != nil {
				return err
			}
			if html != "" {
				if err := atomicfile.CheckFolder(filepath.Dir(html)); err != nil {
					return fmt.Errorf("the report cannot be written: %w; choose another file with --html", err)
				}
			}
			failed := false
			page := testreport.Page{Name: tests.ImportPath}
			for _, config := range configs {
				var out strings.Builder
				outcome, err := benchOn(cmd, io.MultiWriter(cmd.OutOrStdout(), &out), tools, args, tests, config, run, each, count)
				if err != nil {
					return err
				}
				failed = failed || outcome.Failed > 0
				for line := range strings.Lines(out.String()) {
					if b, ok := testreport.ParseBenchmark(line, fmt.Sprintf("PostgreSQL %d", config.Major)); ok {
						page.Benchmarks = append(page.Benchmarks, b)
					}
				}
			}
			if html != "" {
				if err := writePage(&testreport.Report{}, page, html); err != nil {
					return err
				}
			}
			if failed {
				return errReported
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addPolicy(cmd)
	servers.add(cmd)
	cmd.Flags().StringVar(&pattern, "run", "", "run only the benchmarks whose names match this regular expression")
	cmd.Flags().DurationVar(&each, "benchtime", time.Second, "how long to run each")
	cmd.Flags().StringVar(&html, "html", "", "write what is printed to this file, too, as a page for people")
	cmd.Flags().IntVar(&count, "count", 1, "how often to run each")
	return cmd
}

// benchOn runs benchmarks on one PostgreSQL.
func benchOn(cmd *cobra.Command, out io.Writer, tools toolFlags, args []string, tests *target.Tests, config *pgconfig.Config, run *regexp.Regexp, each time.Duration, count int) (outcome dbtest.Outcome, err error) {
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return outcome, err
	}
	defer temp.Remove()
	options, progress := tools.options(cmd)
	defer progress.end()
	server, err := dbtest.Start(cmd.Context(), target.Request{Options: options, Package: packageArg(args), PGConfig: config.Path}, tests)
	if err != nil {
		return outcome, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := server.Build(temp.Path, true); err != nil {
		return outcome, err
	}
	if err := server.PrepareTests(); err != nil {
		return outcome, err
	}
	progress.end()
	fmt.Fprintf(out, "goos: postgres\ngoarch: %s\npkg: %s\npostgresql: %d\n", runtime.GOARCH, tests.ImportPath, config.Major)
	return server.RunBenchmarks(tests.Benchmarks, run, each, count, out)
}
