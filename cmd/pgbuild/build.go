package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func buildCommand() *cobra.Command {
	var tools toolFlags
	var out string
	cmd := &cobra.Command{
		Use:   "build [PACKAGE]",
		Short: "Build an extension: module, control file and SQL script",
		Long: `Build compiles the functions of a Go package that carry a //pg:function
directive into an extension for one PostgreSQL major, and writes NAME.so,
NAME.control and NAME--VERSION.sql. It prints their paths.

PACKAGE is a folder or an import path; the default is the current folder.`,
		Example: `  pgbuild build -o build ./textkit
  pgbuild build --pg-config /usr/lib/postgresql/17/bin/pg_config`,
		Args: cobra.MaximumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			built, err := buildExtension(cmd, tools, args, out)
			if err != nil {
				return err
			}
			for _, file := range built.Files() {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			return nil
		}),
	}
	tools.addGo(cmd)
	tools.addTarget(cmd)
	tools.addPgConfig(cmd)
	cmd.Flags().StringVarP(&out, "output", "o", ".", "folder to write to; made if it is not there")
	cmd.MarkFlagDirname("output")
	return cmd
}
