package main

import (
	"fmt"

	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

// toolFlags say which tools a command uses.
type toolFlags struct {
	goPath   string
	pgConfig string
	target   string
}

func (f *toolFlags) addGo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.goPath, "go", "", "go command to use (default: the one in PATH)")
}

func (f *toolFlags) addTarget(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.target, "target", "", "target to build for, as linux-postgres-arm64 (default: this machine's)")
}

func (f *toolFlags) addPgConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pgConfig, "pg-config", "", "pg_config of the PostgreSQL to use (default: the one in PATH)")
}

// packageArg is the optional argument of the commands that take a package;
// empty stands for the one in the current folder.
func packageArg(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// options are those of every build. The caller ends the progress when it is done.
func (f *toolFlags) options(cmd *cobra.Command) (target.Options, *progress) {
	p := newProgress(cmd.ErrOrStderr())
	return target.Options{
		Go:       f.goPath,
		Target:   target.Target(f.target),
		Progress: p.step,
		Warn: func(message string) {
			p.end()
			warn(cmd, message)
		},
	}, p
}

func warn(cmd *cobra.Command, message string) {
	fmt.Fprintln(cmd.ErrOrStderr(), "pgbuild: warning:", message)
}

// buildExtension builds what a command was called with.
func buildExtension(cmd *cobra.Command, tools toolFlags, args []string, out string) (*target.Extension, error) {
	options, progress := tools.options(cmd)
	defer progress.end()
	return target.BuildExtension(cmd.Context(), target.Request{
		Options:  options,
		Package:  packageArg(args),
		PGConfig: tools.pgConfig,
		OutDir:   out,
	})
}

// buildSupport builds the extension that goes wherever others are installed.
func buildSupport(cmd *cobra.Command, tools toolFlags) ([]string, error) {
	options, progress := tools.options(cmd)
	defer progress.end()
	options.Warn = nil // the build of the extension itself has warned
	return target.BuildSupport(cmd.Context(), target.Request{Options: options, PGConfig: tools.pgConfig})
}
