package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/coverage"
	"github.com/pgstd/pgstd/internal/dbtest"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/internal/testreport"
	"github.com/pgstd/pgstd/pg/pgtest"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func testCommand() *cobra.Command {
	run := testRun{}
	var pattern string
	cmd := &cobra.Command{
		Use:   "test [PACKAGE] [-- FLAG...]",
		Short: "Run a package's tests: on the target, and in PostgreSQL",
		Long: `Test runs three kinds of tests, as far as the package has them:

Go's tests, examples and seeds of fuzz tests, compiled for the target, in a process of
their own: on the same runtime and with the same library as in PostgreSQL, but without a
PostgreSQL. Whatever stands after "--" goes to the test binary.

Functions func PgTestXxx(t *pgtest.T) in files _test.go, inside a scratch PostgreSQL that
has the extension, each in a transaction that is rolled back.

Sessions of psql, sql/NAME.sql against expected/NAME.out (or test/sql and test/expected),
each in a database of its own in that PostgreSQL; -u makes what is printed the expected.

With --pg, the last two run on each of several PostgreSQLs.

With --upgrade OLD, a script NAME--OLD.sql or a tag of the git repository, it proves an upgrade
instead: in a scratch PostgreSQL, that version of the extension is created and updated, and
the catalog then has to be what it is where the package's version was created.

PACKAGE is a folder or an import path, also one of the standard library. Go's tests
for another architecture than this machine's run in an emulator, qemu.

Files and sockets fail, as they do in PostgreSQL. With --files, Go's tests can read what
is in the package's folder, have a temporary folder of their own (os.TempDir,
t.TempDir), and a network that exists inside the test alone, and can start themselves by
os/exec, which finds no other program. With --dir they read further folders, and with --copy
they change a copy of theirs. With --network, the network is the kernel's, in a namespace with
nothing but a loopback.

With --cover, all kinds of tests together tell which statements of the module's packages have
run, on the target and inside of PostgreSQL.`,
		Example: `  pgbuild test ./textkit
  pgbuild test -v --run Slugify ./textkit
  pgbuild test --pg 15,17,18 --junit report.xml ./textkit
  pgbuild test -u ./textkit
  pgbuild test --upgrade textkit--1.0.sql --upgrade v1.1 ./textkit
  pgbuild test --copy --dir . ./textkit
  pgbuild test --network ./textkit
  pgbuild test --cover --html report.html ./textkit
  pgbuild test strings -- -test.short`,
		Args: func(cmd *cobra.Command, args []string) error {
			packages, _ := splitArgs(cmd, args)
			return cobra.MaximumNArgs(1)(cmd, packages)
		},
		PreRunE: func(*cobra.Command, []string) (err error) {
			run.pattern, err = compilePattern(pattern)
			return err
		},
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			packages, flags := splitArgs(cmd, args)
			run.cmd, run.packages = cmd, packages
			if run.verbose || run.reported() {
				flags = append([]string{"-test.v"}, flags...)
			}
			if pattern != "" {
				flags = append([]string{"-test.run=" + pattern}, flags...)
			}
			run.flags = flags
			return run.all()
		}),
	}
	run.tools.addBuild(cmd)
	run.tools.addTarget(cmd)
	run.tools.addPolicy(cmd)
	run.servers.add(cmd)
	run.reach.add(cmd)
	cmd.Flags().BoolVarP(&run.verbose, "verbose", "v", false, "print the name of each test as it runs")
	cmd.Flags().StringVar(&pattern, "run", "", "run only the tests whose names match this regular expression")
	cmd.Flags().BoolVarP(&run.update, "update", "u", false, "write what sessions of psql print to their files of expected output")
	cmd.Flags().StringArrayVar(&run.upgrades, "upgrade", nil, "prove that the upgrade from this older version, a script or a tag of git, makes what a new installation has; can be repeated")
	cmd.Flags().BoolVar(&run.json, "json", false, `print events, one JSON object a line, as "go test -json" does`)
	cmd.Flags().StringVar(&run.junit, "junit", "", "write a report of all tests to this file, as JUnit's XML")
	cmd.Flags().StringVar(&run.html, "html", "", "write a report of all tests to this file, as a page for people")
	cmd.Flags().BoolVar(&run.cover, "cover", false, "count which statements of the module's packages run")
	cmd.Flags().StringVar(&run.profile, "coverprofile", "", `write them to this file, as "go tool cover" takes it; implies --cover`)
	cmd.MarkFlagsMutuallyExclusive("upgrade", "cover")
	cmd.MarkFlagsMutuallyExclusive("upgrade", "coverprofile")
	return cmd
}

// compilePattern reads a regular expression of names; an empty one is none.
func compilePattern(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	// Of what go test takes, A/B is about the parts of tests; they run with their whole.
	first, _, _ := strings.Cut(pattern, "/")
	re, err := regexp.Compile(first)
	if err != nil {
		return nil, fmt.Errorf("--run: %w", err)
	}
	return re, nil
}

// splitArgs parts the package from what stands after "--".
func splitArgs(cmd *cobra.Command, args []string) (packages, flags []string) {
	dash := cmd.ArgsLenAtDash()
	if dash < 0 {
		return args, nil
	}
	return args[:dash], args[dash:]
}

// testRun is one run of "pgbuild test".
type testRun struct {
	cmd      *cobra.Command
	tools    toolFlags
	servers  serverFlags
	reach    reach
	packages []string
	flags    []string // of the test binary
	pattern  *regexp.Regexp
	verbose  bool
	update   bool
	upgrades []string
	json     bool
	junit    string
	html     string
	cover    bool
	profile  string
	emulator string // for programs of the target; empty: none is needed

	report  testreport.Report
	covered coverage.Profile
	name    string            // of the package
	sources map[string]string // of the files whose statements are counted
	failed  bool
}

// reported tells whether there is more to be told of each test than its output.
func (r *testRun) reported() bool { return r.json || r.junit != "" || r.html != "" }

// all runs all tests that there are.
func (r *testRun) all() error {
	r.cover = r.cover || r.profile != ""
	for flag, file := range map[string]string{"junit": r.junit, "html": r.html, "coverprofile": r.profile} {
		if file == "" {
			continue
		}
		if err := atomicfile.CheckFolder(filepath.Dir(file)); err != nil {
			return fmt.Errorf("the report cannot be written: %w; choose another file with --%s", err, flag)
		}
	}
	if r.json {
		r.report.JSON = r.cmd.OutOrStdout()
	}
	if len(r.upgrades) > 0 {
		if err := r.proveUpgrades(r.upgrades); err != nil {
			return err
		}
		return r.end()
	}
	on, err := target.Parse(r.tools.target)
	if err != nil {
		return err
	}
	if r.emulator, err = kit.Emulator(on); err != nil {
		return err
	}
	options, progress := r.tools.options(r.cmd)
	tests, err := target.FindTests(r.cmd.Context(), target.Request{Options: options, Package: packageArg(r.packages), Cover: r.cover})
	progress.end()
	if err != nil {
		return err
	}
	r.name, r.sources = tests.ImportPath, tests.Sources
	sessions := dbtest.Sessions(tests.Dir)
	inDatabase := slices.ContainsFunc(tests.InDatabase, r.wanted) ||
		slices.ContainsFunc(sessions, func(s dbtest.Session) bool { return r.wanted(s.Name) })
	// Where nothing else runs, the test binary says that there is nothing.
	if slices.ContainsFunc(tests.Plain, r.wanted) || !inDatabase {
		if err := r.plain(tests); err != nil {
			return err
		}
	}
	if inDatabase {
		configs, err := r.servers.find(r.cmd.Context())
		if err != nil {
			return err
		}
		for _, config := range configs {
			if err := r.inDatabase(tests, sessions, config); err != nil {
				return err
			}
		}
	}
	return r.end()
}

// end writes the reports, and says whether all is well.
func (r *testRun) end() error {
	files, err := r.covered.Files(r.sources)
	if err != nil {
		return err
	}
	if r.cover && !r.json {
		fmt.Fprintf(r.cmd.OutOrStdout(), "coverage: %.1f%% of statements\n", coverage.Percent(files...))
	}
	if r.profile != "" {
		if err := atomicfile.Write(r.profile, []byte(r.covered.String()), 0o644); err != nil {
			return fmt.Errorf("writing what ran: %w", err)
		}
	}
	if r.html != "" {
		if err := writePage(&r.report, testreport.Page{Name: r.name, Files: files}, r.html); err != nil {
			return err
		}
	}
	if r.junit != "" {
		xml, err := r.report.JUnit()
		if err != nil {
			return err
		}
		if err := atomicfile.Write(r.junit, xml, 0o644); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	if r.failed {
		return errReported
	}
	return nil
}

func (r *testRun) wanted(name string) bool { return r.pattern == nil || r.pattern.MatchString(name) }

// suite takes what the tests of one kind print, and ends them.
func (r *testRun) suite(name string) (io.Writer, func(ok bool)) {
	if !r.reported() {
		return r.cmd.OutOrStdout(), func(ok bool) { r.failed = r.failed || !ok }
	}
	suite := r.report.Suite(name)
	out := io.Writer(suite)
	if !r.json {
		out = io.MultiWriter(r.cmd.OutOrStdout(), suite)
	}
	return out, func(ok bool) {
		suite.End(ok)
		r.failed = r.failed || !ok
	}
}

// plain runs Go's tests in the standalone host.
func (r *testRun) plain(tests *target.Tests) error {
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return err
	}
	defer temp.Remove()
	options, progress := r.tools.options(r.cmd)
	defer progress.end()
	options.Files, options.Network = r.reach.any(), r.reach.network
	object := filepath.Join(temp.Path, "test.so")
	request := target.Request{Options: options, Package: packageArg(r.packages), Cover: r.cover}
	if err := target.BuildTest(r.cmd.Context(), request, object); err != nil {
		return err
	}
	host, err := target.StandaloneHost(r.cmd.Context(), options)
	if err != nil {
		return err
	}
	progress.end()
	reached, err := r.reach.flags(tests.Dir, temp.Path)
	if err != nil {
		return err
	}
	args, env := slices.Concat(reached, []string{object, "main"}, r.flags), os.Environ()
	if r.reach.any() {
		env = append(env, "TMPDIR="+filepath.Join(temp.Path, "tmp"))
	}
	command := []string{host}
	if r.emulator != "" {
		host, command, args = r.emulator, []string{r.emulator, host}, append([]string{host, "-i", r.emulator}, args...)
	}
	if r.reach.network {
		if err := target.CheckNetwork(r.cmd.Context(), command...); err != nil {
			return fmt.Errorf("--network: %w", err)
		}
	}
	out, end := r.suite(tests.ImportPath)
	if r.cover {
		if tests.HasMain {
			options.Warn(tests.ImportPath + " has a TestMain of its own: what its Go tests reach is not counted")
		}
		lines := &coverageLines{to: out, take: r.covered.Add}
		defer lines.flush()
		out = lines
	}
	test := exec.CommandContext(r.cmd.Context(), host, args...)
	test.Env = env
	test.Stdout, test.Stderr = out, r.cmd.ErrOrStderr()
	err = test.Run()
	end(err == nil)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil
	}
	return err
}

// coverageLines is a writer that takes the lines of pgtest.PrintCoverage out.
type coverageLines struct {
	to   io.Writer
	take func(string)
	rest []byte
}

func (c *coverageLines) Write(p []byte) (int, error) {
	c.rest = append(c.rest, p...)
	for {
		end := bytes.IndexByte(c.rest, '\n') + 1
		if end == 0 {
			return len(p), nil
		}
		if line, ok := bytes.CutPrefix(c.rest[:end], []byte(pgtest.CoverageLine)); ok {
			c.take(string(line))
		} else if _, err := c.to.Write(c.rest[:end]); err != nil {
			return 0, err
		}
		c.rest = c.rest[end:]
	}
}

// flush writes what no line end has followed.
func (c *coverageLines) flush() { c.to.Write(c.rest) }

// writePage writes a report for people.
func writePage(r *testreport.Report, p testreport.Page, file string) error {
	var page bytes.Buffer
	if err := r.HTML(&page, p); err != nil {
		return err
	}
	if err := atomicfile.Write(file, page.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
