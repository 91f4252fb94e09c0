package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func testCommand() *cobra.Command {
	var tools toolFlags
	var verbose bool
	var reach reach
	var pattern string
	cmd := &cobra.Command{
		Use:   "test [PACKAGE] [-- FLAG...]",
		Short: "Run a package's Go tests on the target",
		Long: `Test compiles a package's tests for the target and runs them in a process of
their own: on the same runtime and with the same library as in PostgreSQL, but
without a PostgreSQL. Whatever stands after "--" goes to the test binary.

PACKAGE is a folder or an import path, also one of the standard library. Tests
for another architecture than this machine's run in an emulator, qemu.

Files and sockets fail, as they do in PostgreSQL. With --files, tests can read what
is in the package's folder, have a temporary folder of their own (os.TempDir,
t.TempDir), and a network that exists inside the test alone. With --dir they read further
folders, and with --copy they change a copy of theirs.`,
		Example: `  pgbuild test ./textkit
  pgbuild test -v --run Slugify ./textkit
  pgbuild test --files ./textkit
  pgbuild test --copy --dir . ./textkit
  pgbuild test strings -- -test.short`,
		Args: func(cmd *cobra.Command, args []string) error {
			packages, _ := splitArgs(cmd, args)
			return cobra.MaximumNArgs(1)(cmd, packages)
		},
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			packages, flags := splitArgs(cmd, args)
			if verbose {
				flags = append([]string{"-test.v"}, flags...)
			}
			if pattern != "" {
				flags = append([]string{"-test.run=" + pattern}, flags...)
			}
			return runTests(cmd, tools, reach, packages, flags)
		}),
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	reach.add(cmd)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print the name of each test as it runs")
	cmd.Flags().StringVar(&pattern, "run", "", "run only the tests whose names match this regular expression")
	return cmd
}

// splitArgs parts the package from what stands after "--".
func splitArgs(cmd *cobra.Command, args []string) (packages, flags []string) {
	dash := cmd.ArgsLenAtDash()
	if dash < 0 {
		return args, nil
	}
	return args[:dash], args[dash:]
}

func runTests(cmd *cobra.Command, tools toolFlags, reach reach, packages, flags []string) error {
	on, err := target.Parse(tools.target)
	if err != nil {
		return err
	}
	emulator, err := kit.Emulator(on)
	if err != nil {
		return err
	}
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return err
	}
	defer temp.Remove()
	options, progress := tools.options(cmd)
	defer progress.end()
	options.Files = reach.any()
	object := filepath.Join(temp.Path, "test.so")
	request := target.Request{Options: options, Package: packageArg(packages)}
	if err := target.BuildTest(cmd.Context(), request, object); err != nil {
		return err
	}
	host, err := target.StandaloneHost(cmd.Context(), options)
	if err != nil {
		return err
	}
	progress.end()
	reached, err := reach.flags(cmd.Context(), request, temp.Path)
	if err != nil {
		return err
	}
	args, env := slices.Concat(reached, []string{object, "main"}, flags), os.Environ()
	if reach.any() {
		env = append(env, "TMPDIR="+filepath.Join(temp.Path, "tmp"))
	}
	if emulator != "" {
		host, args = emulator, append([]string{host}, args...)
	}
	test := exec.CommandContext(cmd.Context(), host, args...)
	test.Env = env
	test.Stdout, test.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	err = test.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return errReported
	}
	return err
}
