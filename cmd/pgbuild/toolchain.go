package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/signature"
	"github.com/spf13/cobra"
)

func toolchainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "toolchain",
		Short: "Make and install packs: builds without C compiler and server headers",
		Long: `A pack holds what a build takes besides Go, compiled: the standard library of a
target for a release of Go, or the host, the language and the companion for a
major of PostgreSQL. Whoever has a C compiler and the server's headers makes
packs; where they are installed, builds take neither, only the linker ("ld", of
binutils) and Go. A pack is for the one pgbuild that made it.`,
		Args: subcommand,
		RunE: showHelp,
	}
	cmd.AddCommand(toolchainPackCommand(), toolchainListCommand(), toolchainInstallCommand(false), toolchainInstallCommand(true), toolchainPruneCommand())
	return cmd
}

// trustFlags say why packs are believed.
type trustFlags struct {
	keys, digest string
	unsigned     bool
}

// defaultKeys is where keys are looked for if none are named.
const defaultKeys = "/etc/pgstd/keys"

func (f *trustFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.keys, "trusted-keys", "", "folder of public keys (NAME.pub), by one of which the index must be signed (default: "+defaultKeys+", if it is there)")
	flags.StringVar(&f.digest, "digest", "", "SHA-256 of the index, or of the single pack, instead of a signature")
	flags.BoolVar(&f.unsigned, "unsigned", false, "believe what has no signature and no digest")
	cmd.MarkFlagDirname("trusted-keys")
	cmd.MarkFlagsMutuallyExclusive("trusted-keys", "digest", "unsigned")
}

func (f *trustFlags) trust() (packs.Trust, error) {
	t := packs.Trust{Digest: f.digest, Unsigned: f.unsigned}
	keys := f.keys
	if keys == "" && f.digest == "" && !f.unsigned {
		if _, err := os.Stat(defaultKeys); err == nil {
			keys = defaultKeys
		}
	}
	if keys != "" {
		var err error
		if t.Keys, err = signature.ReadTrusted(keys); err != nil {
			return t, err
		}
	}
	return t, t.Check()
}

// selectFlags say which packs are meant.
type selectFlags struct {
	targets, releases []string
	majors            []int
}

func (f *selectFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.targets, "target", nil, "only for this target; can be repeated")
	flags.StringSliceVar(&f.releases, "go", nil, "libraries only for this release of Go, as go1.26.8; can be repeated")
	flags.IntSliceVar(&f.majors, "pg", nil, "hosts only for this major of PostgreSQL; can be repeated")
}

func (f *selectFlags) selection() (packs.Selection, error) {
	s := packs.Selection{Kit: link.KitDigest(), Go: f.releases, Postgres: f.majors}
	for _, name := range f.targets {
		t, err := target.Parse(name)
		if err != nil {
			return s, err
		}
		s.Targets = append(s.Targets, string(t))
	}
	return s, nil
}

func store() (*packs.Store, error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	return packs.StoreIn(cache), nil
}

// hasPack tells whether a host for a target is installed that this pgbuild uses.
func hasPack(t target.Target) bool {
	s, err := store()
	if err != nil {
		return false
	}
	list, err := s.List()
	return err == nil && slices.ContainsFunc(list, func(i packs.Installed) bool {
		return i.Whole && i.Kind == packs.Server && i.Target == string(t) && i.Kit.Digest == link.KitDigest()
	})
}

func toolchainListCommand() *cobra.Command {
	var trust trustFlags
	cmd := &cobra.Command{
		Use:   "list [SOURCE]",
		Short: "List the packs that are installed, or those of a source",
		Long: `List shows the installed packs. With SOURCE, a folder, an index.json or its https
URL, it shows what that has, if its index is believed.`,
		Example: `  pgbuild toolchain list
  pgbuild toolchain list --trusted-keys keys https://example.org/pgstd/`,
		Args: cobra.MaximumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			if len(args) == 0 {
				s, err := store()
				if err != nil {
					return err
				}
				list, err := s.List()
				if err != nil {
					return err
				}
				for _, i := range list {
					state := "ok"
					if !i.Whole {
						state = "damaged"
					} else if i.Kit.Digest != link.KitDigest() {
						state = "other pgbuild"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", state, i.Kind, i.Target, i.For(), i.Dir)
				}
				return w.Flush()
			}
			from, err := packs.Open(args[0])
			if err != nil {
				return err
			}
			t, err := trust.trust()
			if err != nil {
				return err
			}
			x, err := from.Index(cmd.Context(), t)
			if err != nil {
				return err
			}
			for _, e := range x.Packs {
				state := "fits"
				if e.Kit.Digest != link.KitDigest() {
					state = "other pgbuild"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", state, e.Kind, e.Target, e.For(), sandbox.FormatSize(e.Size), e.Name)
			}
			return w.Flush()
		}),
	}
	trust.add(cmd)
	return cmd
}

// toolchainInstallCommand makes install, or, if dry, verify.
func toolchainInstallCommand(dry bool) *cobra.Command {
	var trust trustFlags
	var which selectFlags
	cmd := &cobra.Command{
		Use:   "install SOURCE",
		Short: "Install packs from a folder, a file or an https URL",
		Long: `Install takes the packs for this pgbuild from SOURCE into the cache: a folder or
an https URL with an index.json, or a single pack. The index, or the single pack,
must be signed by a trusted key, or have the digest that is given; each pack must
be what the index says. Where a pack comes from makes nobody believe it.`,
		Example: `  pgbuild toolchain install --trusted-keys keys https://example.org/pgstd/
  pgbuild toolchain install --target linux-postgres-arm64 --pg 17 --pg 18 packs
  pgbuild toolchain install --digest 6ff0…  packs/index.json`,
		Args: cobra.ExactArgs(1),
	}
	if dry {
		cmd.Use, cmd.Short = "verify [SOURCE]", "Verify packs, without installing them"
		cmd.Long = `Verify reads the packs of SOURCE as install does, and says whether they would be
installed. Without SOURCE it says whether the installed packs are still what was
installed, and exits with 1 if one is not.`
		cmd.Example = `  pgbuild toolchain verify
  pgbuild toolchain verify --trusted-keys keys packs`
		cmd.Args = cobra.MaximumNArgs(1)
	}
	cmd.RunE = ran(func(cmd *cobra.Command, args []string) error {
		s, err := store()
		if err != nil {
			return err
		}
		if len(args) == 0 {
			return verifyInstalled(cmd, s)
		}
		from, err := packs.Open(args[0])
		if err != nil {
			return err
		}
		t, err := trust.trust()
		if err != nil {
			return err
		}
		selection, err := which.selection()
		if err != nil {
			return err
		}
		done, err := s.Install(cmd.Context(), from, t, selection, dry)
		said := "installed"
		if dry {
			said = "good"
		}
		for _, e := range done {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s for %s and %s\n", said, e.Kind, e.Target, e.For())
		}
		return err
	})
	trust.add(cmd)
	which.add(cmd)
	return cmd
}

func verifyInstalled(cmd *cobra.Command, s *packs.Store) error {
	list, err := s.List()
	if err != nil {
		return err
	}
	good := true
	for _, i := range list {
		if i.Whole {
			fmt.Fprintf(cmd.OutOrStdout(), "good: %s for %s and %s\n", i.Kind, i.Target, i.For())
			continue
		}
		good = false
		fmt.Fprintf(cmd.OutOrStdout(), "refused: %s: %v\n", i.Dir, packs.ErrDamaged)
	}
	if !good {
		return errReported
	}
	return nil
}

func toolchainPruneCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove packs that are for other pgbuilds, or damaged",
		Long:  `Prune removes the installed packs that this pgbuild does not use; with --all, every one.`,
		Example: `  pgbuild toolchain prune
  pgbuild toolchain prune --all`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			s, err := store()
			if err != nil {
				return err
			}
			removed, err := s.Remove(func(i *packs.Installed) bool {
				return all || !i.Whole || i.Kit.Digest != link.KitDigest()
			})
			for _, i := range removed {
				fmt.Fprintln(cmd.OutOrStdout(), "removed", i.Dir)
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove all packs")
	return cmd
}

// pgConfigs finds the pg_config of each major: where Debian has it, or the one in PATH.
func pgConfigs(majors []int, named []string, major func(path string) (int, error)) ([]string, error) {
	found := slices.Clone(named)
	for _, m := range majors {
		candidates := []string{fmt.Sprintf("/usr/lib/postgresql/%d/bin/pg_config", m), ""}
		i := slices.IndexFunc(candidates, func(path string) bool {
			is, err := major(path)
			return err == nil && is == m
		})
		if i < 0 {
			return nil, fmt.Errorf("no pg_config of PostgreSQL %d in %s or in PATH; install it (apt-get install postgresql-server-dev-%d), or name it with --pg-config",
				m, filepath.Dir(candidates[0]), m)
		}
		found = append(found, candidates[i])
	}
	return found, nil
}

// releasesOf are the releases to make libraries for: those that are named, or the go command's own.
func releasesOf(releases []string) []string {
	if len(releases) == 0 {
		return []string{""}
	}
	return slices.Compact(slices.SortedFunc(slices.Values(releases), func(a, b string) int { return cmp.Compare(strings.TrimSpace(a), strings.TrimSpace(b)) }))
}
