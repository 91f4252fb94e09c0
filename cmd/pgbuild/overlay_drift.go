package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func overlayDriftCommand() *cobra.Command {
	var releases []string
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Say what has to be reviewed before a release of Go can be used",
		Long: `Drift compares the library of a release of Go, a candidate or one that builds are
not allowed with yet, too, with the last release that was reviewed: rules and
replacements that do not fit, declarations that are replaced or dropped and have
another signature or body, and names that packages export and did not before. It
exits with 1 if there is anything that a person has to look at.

A release that is not on this machine is fetched by the go command, as
GOTOOLCHAIN does it.`,
		Example: `  pgbuild overlay drift --go go1.27.4
  pgbuild overlay drift --go go1.28rc1`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			if len(releases) == 0 {
				releases = []string{""}
			}
			clean := true
			for _, release := range releases {
				good, err := drift(cmd.Context(), cmd.OutOrStdout(), release)
				if err != nil {
					return err
				}
				clean = clean && good
			}
			if !clean {
				return errReported
			}
			return nil
		}),
	}
	cmd.Flags().StringSliceVar(&releases, "go", nil, "release, as go1.28rc1, or go command to look at; can be repeated (default: the go command in PATH)")
	return cmd
}

// drift reports on one release, and tells whether nobody has to look.
func drift(ctx context.Context, w io.Writer, release string) (bool, error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return false, err
	}
	g, err := gocmd.FindAny(ctx, release, cache)
	if err != nil {
		return false, err
	}
	clean, since := true, ""
	for _, t := range target.Supported {
		r, err := overlay.ReviewRelease(ctx, kit.OverlayConfig(g, t, cache))
		if err != nil {
			return false, err
		}
		since = r.Since
		if r.Clean() {
			fmt.Fprintf(w, "%s %s: as in %s\n", r.Release, t, r.Since)
			continue
		}
		clean = false
		for _, s := range r.Stale {
			fmt.Fprintf(w, "%s %s: does not fit: %s\n", r.Release, t, s)
		}
		for _, c := range r.Changed {
			fmt.Fprintf(w, "%s %s: %s: %s %s than in %s\n", r.Release, t, c.Path, c.Decl, c.What, r.Since)
		}
	}
	added, err := exportedSince(ctx, g, since, cache)
	if err != nil {
		return false, err
	}
	for _, name := range added {
		fmt.Fprintf(w, "%s: exported, and not in %s: %s\n", g.Version, since, name)
	}
	return clean && len(added) == 0, nil
}

// exportedSince lists what a release's library exports and a reviewed one's does not.
func exportedSince(ctx context.Context, g *gocmd.Go, since, cache string) ([]string, error) {
	if g.Version == since {
		return nil, nil
	}
	old, err := gocmd.FindAny(ctx, since, cache)
	if err != nil {
		return nil, err
	}
	before, err := overlay.Exported(old.Root)
	if err != nil {
		return nil, err
	}
	now, err := overlay.Exported(g.Root)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(now, func(name string) bool {
		_, found := slices.BinarySearch(before, name)
		return found
	}), nil
}
