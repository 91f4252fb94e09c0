package main

import (
	"fmt"

	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/internal/toolchain"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/signature"
	"github.com/spf13/cobra"
)

func toolchainPackCommand() *cobra.Command {
	var tools toolFlags
	var releases, targets, configs []string
	var majors []int
	var out, key string
	cmd := &cobra.Command{
		Use:   "pack -o DIR",
		Short: "Make packs, and the index of them",
		Long: `Pack compiles the standard library for each target and release of Go, and the
hosts for each target and major of PostgreSQL, and writes a pack of each and
index.json into a folder. The same pgbuild, releases and C compiler make the same
bytes on every machine. Packs for the same pgbuild that are there already stay
in the index.

The headers of a major are those of its pg_config: one that --pg-config names, or
Debian's for a major that --pg names. Without either, it is the one in PATH.`,
		Example: `  pgbuild toolchain pack -o packs
  pgbuild toolchain pack -o packs --go go1.26.8 --go go1.27.4 --pg 15 --pg 17 \
    --target linux-postgres-amd64 --target linux-postgres-arm64 --sign-key release.key`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			options, progress := tools.options(cmd)
			defer progress.end()
			o := toolchain.Options{Build: options, Go: releasesOf(releases)}
			o.Step = func(e *packs.Entry) {
				progress.end()
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s, unpacked %s\n", e.Name, sandbox.FormatSize(e.Size), sandbox.FormatSize(e.Unpacked))
			}
			for _, name := range targets {
				t, err := target.Parse(name)
				if err != nil {
					return err
				}
				o.Targets = append(o.Targets, t)
			}
			if o.Targets == nil {
				o.Targets = []target.Target{target.Host()}
			}
			var err error
			o.PGConfigs, err = pgConfigs(majors, configs, func(path string) (int, error) {
				pg, err := pgconfig.Find(cmd.Context(), path)
				if err != nil {
					return 0, err
				}
				return pg.Major, nil
			})
			if err != nil {
				return err
			}
			if o.PGConfigs == nil {
				o.PGConfigs = []string{""}
			}
			if key != "" {
				o.Key, err = signature.ReadKey(key, func() (string, error) { return password(cmd, "Password of "+key+": ") })
				if err != nil {
					return err
				}
			}
			_, err = toolchain.Make(cmd.Context(), o, out)
			return err
		}),
	}
	tools.addTools(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&targets, "target", nil, "target to compile for; can be repeated (default: this machine's)")
	flags.StringSliceVar(&releases, "go", nil, "release of Go to compile the library with; can be repeated (default: the one in PATH)")
	flags.IntSliceVar(&majors, "pg", nil, "major of PostgreSQL to compile hosts for; can be repeated")
	flags.StringSliceVar(&configs, "pg-config", nil, "pg_config of a PostgreSQL to compile hosts for; can be repeated")
	flags.StringVarP(&out, "output", "o", "", "folder to write to; made if it is not there")
	flags.StringVar(&key, "sign-key", "", "file of a secret key, to sign the index and the packs")
	cmd.MarkFlagRequired("output")
	cmd.MarkFlagDirname("output")
	cmd.MarkFlagFilename("sign-key")
	return cmd
}
