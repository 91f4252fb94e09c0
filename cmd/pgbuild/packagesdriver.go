package main

import (
	"encoding/json"
	"fmt"

	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
	"golang.org/x/tools/go/packages"
)

func packagesDriverCommand() *cobra.Command {
	var tools toolFlags
	var answer bool
	cmd := &cobra.Command{
		Use:   "packagesdriver",
		Short: "Show the target's library to gopls and other tools",
		Long: `Packagesdriver prints the path of a program that answers where the packages of a
build are, in place of the go command. Tools made with golang.org/x/tools/go/packages
(gopls, staticcheck and most others) take it from GOPACKAGESDRIVER, and see what a
build sees: the restricted standard library, and no package that the target lacks.

The program is run with the flags given here. Flags and environment that a tool
means for the go command are left aside.`,
		Example: `  export GOPACKAGESDRIVER=$(pgbuild packagesdriver)
  staticcheck ./...
  code .`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !answer && len(args) > 0 {
				return fmt.Errorf("unknown argument %q", args[0])
			}
			if !answer {
				return ran(func(cmd *cobra.Command, _ []string) error { return printLauncher(cmd, "answer") })(cmd, args)
			}
			return ran(func(cmd *cobra.Command, args []string) error {
				var question packages.DriverRequest
				if err := json.NewDecoder(cmd.InOrStdin()).Decode(&question); err != nil {
					return fmt.Errorf("the question on standard input is not one of go/packages: %w", err)
				}
				options, progress := tools.options(cmd)
				defer progress.end()
				response, err := target.Packages(cmd.Context(), target.Request{Options: options}, &question, args)
				if err != nil {
					return err
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(response)
			})(cmd, args)
		},
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	addHidden(cmd, &answer, "answer", "answer a question on standard input")
	return cmd
}
