package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/spf13/cobra"
)

// toolFlags say which tools a command uses.
type toolFlags struct {
	goPath   string
	pgConfig string
	target   string
	offline  bool
	sandbox  sandbox.Mode
	limits   sandbox.Limits
	policy   string
	deps     string
	strict   bool
	all      bool
	noPacks  bool
	symbols  bool
	major    int // of PostgreSQL, where there is no pg_config to ask
}

func (f *toolFlags) addGo(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.goPath, "go", "", "go command to use (default: the one in PATH)")
}

// addBuild adds the flags of every command that builds.
func (f *toolFlags) addBuild(cmd *cobra.Command) {
	f.addGo(cmd)
	f.addTools(cmd)
	cmd.Flags().BoolVar(&f.noPacks, "no-packs", false, "do without installed packs: compile what they hold")
}

// addDebug adds the flag of commands that build for a debugger.
func (f *toolFlags) addDebug(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.symbols, "debug", false, "build for a debugger: with symbols, and the package compiled without optimizations")
}

// addTools adds the flags about how tools run.
func (f *toolFlags) addTools(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.limits = sandbox.DefaultLimits
	flags.BoolVar(&f.offline, "offline", false, "do without the network: modules are those in the module cache or in vendor")
	f.sandbox = sandbox.Auto
	flags.Var((*modeValue)(&f.sandbox), "sandbox", "run tools in namespaces of their own: auto, require or off")
	flags.Var((*timeValue)(&f.limits.CPU), "limit-cpu", "processor time that each process of a tool may take")
	flags.Var((*sizeValue)(&f.limits.Memory), "limit-memory", "address space that each process of a tool may take")
	flags.Var((*sizeValue)(&f.limits.Output), "limit-output", "size of a file that a tool may write")
	flags.Var((*timeValue)(&f.limits.Timeout), "timeout", "time that a tool, or the source gate, may take")
}

// modeValue is a flag with a sandbox mode.
type modeValue sandbox.Mode

func (v *modeValue) String() string { return string(*v) }
func (v *modeValue) Type() string   { return "mode" }

func (v *modeValue) Set(s string) error {
	m, err := sandbox.ParseMode(s)
	*v = modeValue(m)
	return err
}

var errNothing = errors.New("it has to be more than nothing")

// timeValue is a flag with a time span.
type timeValue time.Duration

func (v *timeValue) String() string { return time.Duration(*v).String() }
func (v *timeValue) Type() string   { return "duration" }

func (v *timeValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err == nil && d <= 0 {
		err = errNothing
	}
	*v = timeValue(d)
	return err
}

// sizeValue is a flag with a size, as PostgreSQL writes it.
type sizeValue int64

func (v *sizeValue) String() string { return sandbox.FormatSize(int64(*v)) }
func (v *sizeValue) Type() string   { return "size" }

func (v *sizeValue) Set(s string) error {
	n, err := sandbox.ParseSize(s)
	if err == nil && n == 0 {
		err = errNothing
	}
	*v = sizeValue(n)
	return err
}

func (f *toolFlags) addTarget(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.target, "target", "", "target to build for, as linux-postgres-arm64 (default: this machine's)")
}

func (f *toolFlags) addPgConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pgConfig, "pg-config", "", "pg_config of the PostgreSQL to use (default: the one in PATH)")
}

func (f *toolFlags) addPolicy(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.policy, "policy", "", "pgtrust.toml of the administrator, or \"curated\", the one of pgbuild (default: the module's own, which makes no exceptions)")
	cmd.Flags().Var((*depsValue)(&f.deps), "deps", `modules that the policy does not list: "listed" refuses them, "checked" allows what passes every rule`)
	cmd.Flags().BoolVar(&f.strict, "strict-files", false, "refuse what is found in files that no build takes in, as those for other systems")
	cmd.Flags().BoolVar(&f.all, "all", false, "list findings one by one, also those of one kind in one module")
	cmd.MarkFlagFilename("policy", "toml")
}

// depsValue is the value of --deps.
type depsValue string

func (v *depsValue) String() string { return string(*v) }
func (v *depsValue) Type() string   { return "listed|checked" }
func (v *depsValue) Set(s string) error {
	deps, err := policy.ParseDeps(s)
	*v = depsValue(deps)
	return err
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
		Go:          f.goPath,
		Target:      target.Target(f.target),
		Policy:      f.policy,
		Deps:        policy.Deps(f.deps),
		StrictFiles: f.strict,
		AllFindings: f.all,
		Progress:    p.step,
		Offline:     f.offline,
		Sandbox:     f.sandbox,
		NoPacks:     f.noPacks,
		Symbols:     f.symbols,
		Limits:      f.limits,
		Warn: func(message string) {
			p.end()
			warn(cmd, message)
		},
	}, p
}

// modulesValue is the value of --modules: folders by the names of their sets.
type modulesValue map[string]string

func (v modulesValue) String() string { return "" }
func (v modulesValue) Type() string   { return "[NAME=]DIR" }
func (v modulesValue) Set(s string) error {
	name, dir, named := strings.Cut(s, "=")
	if !named {
		name, dir = "", s
	}
	if dir == "" {
		return errors.New("it names no folder")
	}
	if _, twice := v[name]; twice {
		return fmt.Errorf("the set %q is there twice", name)
	}
	v[name] = dir
	return nil
}

// addModules adds --modules to a command that compiles functions.
func addModules(cmd *cobra.Command, v modulesValue) {
	cmd.Flags().Var(v, "modules", "a Go module whose packages, and what they import, functions may import; with a NAME, those with that policy. Can be repeated")
}

// compiler are the options of a compiler of functions.
func (f *toolFlags) compiler(cmd *cobra.Command) target.Options {
	return target.Options{
		Go:      f.goPath,
		Offline: f.offline,
		Sandbox: f.sandbox,
		Limits:  f.limits,
		Warn:    func(message string) { warn(cmd, message) },
	}
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
		Major:    tools.major,
		OutDir:   out,
	})
}

// buildSupport builds the extension that goes wherever others are installed.
func buildSupport(cmd *cobra.Command, tools toolFlags) ([]string, error) {
	options, progress := tools.options(cmd)
	defer progress.end()
	options.Warn = nil // the build of the extension itself has warned
	return target.BuildSupport(cmd.Context(), target.Request{Options: options, PGConfig: tools.pgConfig, Major: tools.major})
}

// buildLanguage builds the extension of the procedural language.
func buildLanguage(cmd *cobra.Command, tools toolFlags) ([]string, error) {
	options, progress := tools.options(cmd)
	defer progress.end()
	options.Warn = nil // the build of the support has warned
	return target.BuildLanguage(cmd.Context(), target.Request{Options: options, PGConfig: tools.pgConfig, Major: tools.major})
}
