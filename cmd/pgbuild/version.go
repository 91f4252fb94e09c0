package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	var tools toolFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of everything that goes into an object",
		Long: `Version prints the version of pgbuild and what it works with: the releases of Go
and PostgreSQL, the targets, the version of the interface between objects and
their host, and the hash of the overlay that it makes for the go command here.`,
		Example: `  pgbuild version
  pgbuild version --go /usr/local/go/bin/go`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			abi, err := abiVersion()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, map[string]any{
					"pgbuild": pgstd.Version, "go": map[string]string{"from": gocmd.MinVersion, "before": gocmd.FirstUnsupported},
					"postgresql": map[string]int{"from": majors.First(), "to": majors.Last()},
					"targets":    target.Supported, "abi": abi, "overlay": overlayVersion(cmd, tools),
				})
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(table, "pgbuild\t%s\n", pgstd.Version)
			fmt.Fprintf(table, "go\t%s and later, before %s\n", gocmd.MinVersion, gocmd.FirstUnsupported)
			fmt.Fprintf(table, "postgresql\t%d to %d\n", majors.First(), majors.Last())
			fmt.Fprintf(table, "targets\t%s\n", targetNames())
			fmt.Fprintf(table, "abi\t%s\n", abi)
			fmt.Fprintf(table, "overlay\t%s\n", overlayVersion(cmd, tools))
			return table.Flush()
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	tools.addGo(cmd)
	tools.addTarget(cmd)
	return cmd
}

func targetNames() string {
	names := make([]string, len(target.Supported))
	for i, t := range target.Supported {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// abiVersion reads the one place where the interface is defined.
func abiVersion() (string, error) {
	header, err := pgstd.Files.ReadFile("host/abi.h")
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`(?m)^#define\s+PGSTD_ABI_VERSION\s+([0-9]+)`).FindSubmatch(header)
	if m == nil {
		return "", fmt.Errorf("host/abi.h defines no PGSTD_ABI_VERSION")
	}
	return string(m[1]), nil
}

// overlayVersion depends on the go command; without a usable one the rest of the
// answer is still worth having.
func overlayVersion(cmd *cobra.Command, tools toolFlags) string {
	config, err := overlayConfig(cmd, tools)
	if err != nil {
		return "unknown: " + err.Error()
	}
	o, err := buildOverlay(cmd, config)
	if err != nil {
		return "unknown: " + err.Error()
	}
	return fmt.Sprintf("%s for %s", o.Hash, config.Go.Version)
}

func majorNames() []string {
	var names []string
	for _, m := range majors.All {
		names = append(names, strconv.Itoa(m.Number))
	}
	return names
}
