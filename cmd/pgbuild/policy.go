package main

import (
	"fmt"

	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Say which modules an extension may take in",
		Long: `A policy is a file pgtrust.toml: the modules that extensions may take in, with
versions and hashes, and the rules of "pgbuild check" that a reviewed module may
break. The one in the author's module lists modules; exceptions from rules count
only in one that whoever builds names with --policy. --policy=curated names the one that ships
with pgbuild.`,
		Args: subcommand,
		RunE: showHelp,
	}
	cmd.AddCommand(policyAddCommand(), policySuggestCommand(), policyCuratedCommand())
	return cmd
}

func policyAddCommand() *cobra.Command {
	var tools toolFlags
	var reason, packages string
	cmd := &cobra.Command{
		Use:   "add MODULE",
		Short: "Write what has been reviewed into a policy",
		Long: `Add checks the packages of the current folder's module, and writes an entry for
MODULE, one that they take in, into the policy: the version and the hash of its
content, today's date, and the rules that it breaks, with where. Rules are accepted
only with --reason, which says why that is harmless. Everything else in the file,
comments included, stays as it is.

The file is pgtrust.toml in the module, or that of --policy.`,
		Example: `  pgbuild policy add github.com/google/uuid
  pgbuild policy add --policy /etc/pgstd/pgtrust.toml --reason "unsafe only in Hash64, read line by line" github.com/cespare/xxhash/v2`,
		Args: cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			options, progress := tools.options(cmd)
			defer progress.end()
			added, err := target.AddToPolicy(cmd.Context(), target.Request{Options: options}, target.Review{
				Module: args[0], Reason: reason, Packages: packages,
			})
			if err != nil {
				return err
			}
			progress.end()
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s\n", added.File, args[0], added.Version)
			for _, a := range added.Accept {
				fmt.Fprintf(cmd.OutOrStdout(), "may break %s, in %d places\n", a.Rule, len(a.Findings))
			}
			if len(added.Accept) > 0 && tools.policy == "" {
				warn(cmd, "exceptions count only in a policy that whoever builds has chosen: build with --policy "+added.File)
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	cmd.Flags().StringVar(&tools.policy, "policy", "", "file to write to (default: pgtrust.toml in the module)")
	cmd.Flags().StringVar(&reason, "reason", "", "why what the module does is harmless although it breaks rules")
	cmd.Flags().StringVar(&packages, "packages", "./...", "packages to look for the module in")
	cmd.MarkFlagFilename("policy", "toml")
	return cmd
}
