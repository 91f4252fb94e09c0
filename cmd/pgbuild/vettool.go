package main

import (
	"fmt"
	"os"

	"github.com/pgstd/pgstd/internal/vet"
	"github.com/spf13/cobra"
	"golang.org/x/tools/go/analysis/unitchecker"
)

func vettoolCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "vettool",
		Short: "Report mistakes in //pg: directives where they are typed",
		Long: `Vettool prints the path of a program for go vet, which reports what "pgbuild build"
would refuse of a package's directives: a misspelt one, one above the wrong
declaration, a word or a type that there is not. Packages without a directive are
left alone.`,
		Example: `  go vet -vettool=$(pgbuild vettool) ./...`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if check {
				// What go vet asks of a tool, unitchecker answers, and ends the process.
				os.Args = append([]string{"pgvet"}, args...)
				unitchecker.Main(vet.Analyzer)
			}
			if len(args) > 0 {
				return fmt.Errorf("unknown argument %q", args[0])
			}
			return ran(func(cmd *cobra.Command, _ []string) error { return printLauncher(cmd, "check") })(cmd, args)
		},
	}
	addHidden(cmd, &check, "check", "check for go vet")
	return cmd
}
