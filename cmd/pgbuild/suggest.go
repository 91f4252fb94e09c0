package main

import (
	"fmt"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
	"github.com/spf13/cobra"
)

func policySuggestCommand() *cobra.Command {
	var tools toolFlags
	var packages string
	var write bool
	cmd := &cobra.Command{
		Use:   "suggest",
		Short: "Make the policy that the current module needs",
		Long: `Suggest finds the modules that the packages of the current folder's module take in, and
prints a policy with an entry for each: as the curated policy has it, or, for one that passes
every rule, its version and hash. Which modules to trust is for a person to decide: look at
the entries before you keep them. What breaks rules and is not curated, it names, and exits
with 1; "pgbuild policy add --reason" writes an entry for that.

What the policy lists already stays as it is. With -w, the result is written: to pgtrust.toml
in the module, or to the file of --policy.`,
		Example: `  pgbuild policy suggest
  pgbuild policy suggest -w --policy /etc/pgstd/pgtrust.toml`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			options, progress := tools.options(cmd)
			defer progress.end()
			s, err := target.SuggestPolicy(cmd.Context(), target.Request{Options: options}, packages)
			if err != nil {
				return err
			}
			progress.end()
			excepts := false
			for _, e := range s.Added {
				excepts = excepts || len(e.Accept) > 0
				if write {
					how := "passes every rule"
					if e.Curated {
						how = "curated"
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s, %s\n", s.File, e.Path, e.Versions, how)
				}
			}
			switch {
			case !write:
				fmt.Fprintf(cmd.OutOrStdout(), "%s", s.Text)
			case len(s.Added) > 0:
				if err := atomicfile.Write(s.File, s.Text, 0o644); err != nil {
					return fmt.Errorf("writing the policy: %w", err)
				}
			}
			if excepts && tools.policy == "" {
				warn(cmd, "exceptions count only in a policy that whoever builds has chosen: build with --policy "+s.File)
			}
			for _, m := range s.Refused {
				why := ""
				if m.Why != "" {
					why = "; it has been read, and left out of the curated policy: " + m.Why
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "pgbuild: %s%s; review it and run: pgbuild policy add --reason 'WHY' %s\n", m.Breaks, why, m.Path)
			}
			if s.Refused != nil {
				return errReported
			}
			return nil
		}),
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	cmd.Flags().StringVar(&tools.policy, "policy", "", "file that is added to (default: pgtrust.toml in the module)")
	cmd.Flags().StringVar(&packages, "packages", "./...", "packages to look for modules in")
	cmd.Flags().BoolVarP(&write, "write", "w", false, "write the file")
	cmd.MarkFlagFilename("policy", "toml")
	return cmd
}

func policyCuratedCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "curated",
		Short: "Print the policy that ships with pgbuild",
		Long: `Curated prints the policy that --policy=curated chooses: modules that people want in a
database, each with a version, the hash of its content, and, where it breaks a rule, where
that is and why it is harmless.`,
		Example: "  pgbuild policy curated >pgtrust.toml",
		Args:    cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			p, err := policy.Curated(source.Acceptable())
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(p.Text())
			return err
		}),
	}
}
