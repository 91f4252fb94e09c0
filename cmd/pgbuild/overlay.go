package main

import (
	"fmt"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func overlayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "overlay",
		Short: "Look at what pgbuild changes in Go's standard library",
		Long: `The target's standard library is Go's own, with some declarations and files
replaced by "go build -overlay". These commands show and pin what.`,
		Args: subcommand,
		RunE: showHelp,
	}
	cmd.AddCommand(overlayWriteCommand(), overlayDiffCommand(), overlayLockCommand(), overlayDriftCommand())
	return cmd
}

func overlayWriteCommand() *cobra.Command {
	var tools toolFlags
	cmd := &cobra.Command{
		Use:   "write",
		Short: "Write the overlay and print the path of its JSON file",
		Long: `Write makes the overlay for a go command and a target, or finds it in the cache,
and prints the path that "go build -overlay" takes.`,
		Example: `  go build -overlay="$(pgbuild overlay write)" -tags=postgres ./...`,
		Args:    cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			config, err := overlayConfig(cmd, tools)
			if err != nil {
				return err
			}
			o, err := buildOverlay(cmd, config)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), o.JSON)
			return nil
		}),
	}
	tools.addGo(cmd)
	tools.addTarget(cmd)
	return cmd
}

func overlayDiffCommand() *cobra.Command {
	var tools toolFlags
	var dir, since string
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show what the overlay changes, for a reviewer",
		Long: `Diff prints a unified diff of Go's standard library and what the overlay makes
of it. With --since it prints instead how the declarations that the overlay
replaces have changed since an older release of Go.`,
		Example: `  pgbuild overlay diff -o merged > overlay.diff
  pgbuild overlay diff --since ~/sdk/go1.26.2/bin/go`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			config, err := overlayConfig(cmd, tools)
			if err != nil {
				return err
			}
			if since == "" {
				return overlay.Diff(cmd.Context(), cmd.OutOrStdout(), config, dir)
			}
			older, err := gocmd.Find(cmd.Context(), since)
			if err != nil {
				return err
			}
			return overlay.Drift(cmd.Context(), cmd.OutOrStdout(), config, older)
		}),
	}
	tools.addGo(cmd)
	tools.addTarget(cmd)
	cmd.Flags().StringVarP(&dir, "output", "o", "", "also lay the changed files out in this folder")
	cmd.Flags().StringVar(&since, "since", "", "go command of the older release")
	cmd.MarkFlagsMutuallyExclusive("output", "since")
	cmd.MarkFlagDirname("output")
	return cmd
}

func overlayLockCommand() *cobra.Command {
	var goPaths []string
	cmd := &cobra.Command{
		Use:   "lock FILE",
		Short: "Pin what the overlay replaces, after a review",
		Long: `Lock writes into FILE how everything that the overlay replaces looks in a release
of Go, for all targets. Builds with a later patch release in which it looks
different then say so. To lock is to say that the present state was reviewed.
Without --go the file is written anew, for all releases that pgbuild was tried
with. It is for those who change the replacements: pgbuild carries a lock file.`,
		Example: `  pgbuild overlay lock overlay/overlay.lock
  pgbuild overlay lock --go ~/sdk/go1.26.8/bin/go --go ~/sdk/go1.27.3/bin/go overlay/overlay.lock`,
		Args: cobra.ExactArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			whole := len(goPaths) == 0
			if whole {
				goPaths = gocmd.Reviewed
			}
			var configs []overlay.Config
			for _, goPath := range goPaths {
				for _, t := range target.Supported {
					config, err := overlayConfig(cmd, toolFlags{goPath: goPath, target: string(t)})
					if err != nil {
						return err
					}
					config.Lock = nil // what is being written
					configs = append(configs, config)
				}
			}
			return overlay.WriteLock(cmd.Context(), args[0], whole, configs...)
		}),
	}
	cmd.Flags().StringArrayVar(&goPaths, "go", nil, "go command of the release to lock, beside those that are locked already; can be repeated")
	return cmd
}

func overlayConfig(cmd *cobra.Command, tools toolFlags) (overlay.Config, error) {
	t, err := target.Parse(tools.target)
	if err != nil {
		return overlay.Config{}, err
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return overlay.Config{}, err
	}
	g, err := gocmd.FindIn(cmd.Context(), tools.goPath, cache)
	if err != nil {
		return overlay.Config{}, err
	}
	return kit.OverlayConfig(g, t, cache), nil
}

func buildOverlay(cmd *cobra.Command, config overlay.Config) (*overlay.Overlay, error) {
	o, err := overlay.Build(cmd.Context(), config)
	if err != nil {
		return nil, err
	}
	for _, w := range o.Warnings {
		warn(cmd, w.String())
	}
	return o, nil
}
