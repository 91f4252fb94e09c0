package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/compiler"
	"github.com/pgstd/pgstd/trust/source"
	"github.com/spf13/cobra"
)

func checkCommand() *cobra.Command {
	var tools toolFlags
	var asJSON, asSARIF bool
	var explain string
	cmd := &cobra.Command{
		Use:   "check [PACKAGE...]",
		Short: "Judge Go source by the rules of the source gate",
		Long: `Check looks at the packages and at all that they import, except the standard
library, and prints what an extension must not contain: file:line:column, what, and
the rule. Every build does the same. It exits with 1 if there is anything.

PACKAGE is a folder, an import path or a pattern such as ./...; the default is the
current folder. --explain prints what a rule is about; --explain all lists the rules,
--explain compiler the known faults of the Go compiler.`,
		Example: `  pgbuild check ./...
  pgbuild check --deps=checked ./textkit
  pgbuild check --policy /etc/pgstd/pgtrust.toml --sarif ./... > check.sarif
  pgbuild check --explain unsafe-pointer`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if explain != "" {
				if len(args) > 0 {
					return errors.New("--explain takes no packages")
				}
				return explainRule(cmd.OutOrStdout(), explain)
			}
			return ran(func(cmd *cobra.Command, args []string) error {
				options, progress := tools.options(cmd)
				defer progress.end()
				result, err := target.Check(cmd.Context(), target.Request{Options: options}, args...)
				if err != nil {
					return err
				}
				return writeResult(cmd.OutOrStdout(), result, asJSON, asSARIF, tools.all)
			})(cmd, args)
		},
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	tools.addPolicy(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print findings, accepted findings and modules as JSON")
	cmd.Flags().BoolVar(&asSARIF, "sarif", false, "print findings in SARIF 2.1.0, for code-review tools")
	cmd.Flags().StringVar(&explain, "explain", "", "print what a rule is about, or the list of all")
	cmd.MarkFlagsMutuallyExclusive("json", "sarif", "explain")
	return cmd
}

func writeResult(w io.Writer, r *source.Result, asJSON, asSARIF, all bool) error {
	write := func(w io.Writer) error { return r.WriteText(w, all) }
	switch {
	case asJSON:
		write = r.WriteJSON
	case asSARIF:
		write = r.WriteSARIF
	}
	if err := write(w); err != nil {
		return err
	}
	if !r.OK() {
		return errReported
	}
	return nil
}

// compilerFaults is not a rule: it is about what compiles the source.
const compilerFaults = "compiler"

// explainRule fails on an unknown name as a wrong use of the command.
func explainRule(w io.Writer, name string) error {
	if name == "all" {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, r := range source.Rules {
			fmt.Fprintf(table, "%s\t%s\n", r.Name, r.Short)
		}
		fmt.Fprintf(table, "%s\t%s\n", compilerFaults, "faults of the Go compiler, and what is done about them")
		return table.Flush()
	}
	if name == compilerFaults {
		_, err := io.WriteString(w, compiler.Explain())
		return err
	}
	rule := source.Find(name)
	if rule == nil {
		return fmt.Errorf("there is no rule %q; there are %s", name, strings.Join(ruleNames(), ", "))
	}
	_, err := io.WriteString(w, rule.Explain())
	return err
}

func ruleNames() []string {
	var names []string
	for _, r := range source.Rules {
		names = append(names, r.Name)
	}
	return names
}
