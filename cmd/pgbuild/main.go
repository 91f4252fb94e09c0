// Command pgbuild compiles Go packages into PostgreSQL extensions.
//
// Each command has a file of its own and does little more than to read its
// flags: what it does is in the packages it calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/pgstd/pgstd"
	"github.com/spf13/cobra"
)

func main() {
	os.Exit(doMain(os.Args[1:], os.Stdout, os.Stderr))
}

// Exit codes.
const (
	exitFine  = 0
	exitInput = 1 // the input is at fault, or the machine
	exitUsage = 2 // the command was used wrongly
)

// lastWait is how long a command may take to end when it has been told to: a server that
// it has started stops within it.
const lastWait = 10 * time.Second

func doMain(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// Whoever asks a second time does not wait, and nobody waits for ever: what is left
	// behind, the next run removes.
	context.AfterFunc(ctx, func() {
		stop()
		time.AfterFunc(lastWait, func() { os.Exit(exitInput) })
	})
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitFine
	}
	var failed *failure
	if !errors.As(err, &failed) {
		fmt.Fprintf(stderr, "pgbuild: %s; see %s --help\n", misuse(cmd, err), cmd.CommandPath())
		return exitUsage
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "pgbuild:", text)
	}
	return exitInput
}

// exclusive is what cobra says of flags that exclude each other.
var exclusive = regexp.MustCompile(`^if any flags in the group .* are set none of the others can be; \[(.*)\] were all set$`)

// misuse words an error of cobra's so that it says what would be right.
func misuse(cmd *cobra.Command, err error) string {
	text := err.Error()
	if m := exclusive.FindStringSubmatch(text); m != nil {
		return "--" + strings.ReplaceAll(m[1], " ", " and --") + " exclude each other; give one of them"
	}
	if strings.Contains(text, "arg(s), ") {
		return text + "; write: " + cmd.UseLine()
	}
	return text
}

// failure is an error of a command that ran; all others come from cobra, about
// how it was called.
type failure struct{ error }

func (f *failure) Unwrap() error { return f.error }

// errReported ends a command whose output has already said what is wrong.
var errReported = errors.New("")

// ran marks what a command returns.
func ran(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd, args); err != nil {
			return &failure{err}
		}
		return nil
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "pgbuild",
		Short: "Compile Go packages into PostgreSQL extensions",
		Long: `Pgbuild compiles a Go package into a PostgreSQL extension: native code that
runs inside the server process, without access to anything but SQL.

It exits with 0 when all is well, 1 when the input or the machine is at fault, which
includes errors of SQL and tests that fail, and 2 when it was used wrongly.`,
		Args:          subcommand,
		RunE:          showHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       pgstd.Version,
	}
	root.AddCommand(
		buildCommand(), schemaCommand(), upgradeScriptCommand(), compileScriptCommand(), newCommand(), modCommand(), testCommand(), benchCommand(),
		runCommand(), startCommand(), stopCommand(), statusCommand(), connectCommand(), watchCommand(), keepSessionCommand(),
		installCommand(), uninstallCommand(), packageCommand(),
		compileCommand(), serveCommand(), verifyCommand(), inspectCommand(), signCommand(), doctorCommand(), versionCommand(), overlayCommand(),
		stdCommand(), toolchainCommand(),
		checkCommand(), policyCommand(), vettoolCommand(), packagesDriverCommand(),
	)
	root.SetHelpCommand(helpCommand(root))
	completeValues(root)
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" { // as the other groups: a shell that is not there is an error
			cmd.Args, cmd.RunE = subcommand, showHelp
			for _, shell := range cmd.Commands() {
				shell.Example = "  " + shell.CommandPath() + " >completion." + shell.Name()
			}
		}
	}
	return root
}

// helpCommand is cobra's, but for a command that there is not: that is an error.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Explain a command",
		Long:    "Help explains a command, as its flag --help does.",
		Example: "  pgbuild help run",
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			at, _, err := root.Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, c := range at.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: ran(func(_ *cobra.Command, args []string) error {
			at, rest, err := root.Find(args)
			if err == nil {
				err = subcommand(at, rest)
			}
			if err != nil {
				return fmt.Errorf("no help: %w", err)
			}
			at.InitDefaultHelpFlag()
			return at.Help()
		}),
	}
}

// completeValues lets shells complete the values of flags.
func completeValues(root *cobra.Command) {
	values := map[string]func() []string{
		"target":  func() []string { return strings.Split(targetNames(), ", ") },
		"pg":      func() []string { return majorNames() },
		"sandbox": func() []string { return []string{"auto", "require", "off"} },
		"deps":    func() []string { return []string{"listed", "checked"} },
		"explain": func() []string { return append(ruleNames(), "all", compilerFaults) },
		"format":  func() []string { return formats },
		"keep":    func() []string { names, _ := completeSessions(nil, nil, ""); return names },
	}
	for _, cmd := range root.Commands() {
		completeValues(cmd)
		for name, list := range values {
			if cmd.Flags().Lookup(name) != nil {
				cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
					return list(), cobra.ShellCompDirectiveNoFileComp
				})
			}
		}
	}
}

// subcommand is for commands that only group others.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q for %s", args[0], cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w, did you mean %s?", err, strings.Join(near, " or "))
	}
	return err
}

func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }
