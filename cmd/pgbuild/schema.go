package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

func schemaCommand() *cobra.Command {
	var tools toolFlags
	var asJSON, asDot bool
	cmd := &cobra.Command{
		Use:   "schema [PACKAGE]",
		Short: "Print the SQL script of an extension, and where each part comes from",
		Long: `Schema prints what CREATE EXTENSION will run: types, functions, operators, casts and SQL
of the author's own, each after what it needs, with the file and line that it comes from.
Nothing is built.

--json prints the parts with what they need, --dot a graph of them for Graphviz.

PACKAGE is a folder or an import path; the default is the current folder.`,
		Example: `  pgbuild schema ./textkit
  pgbuild schema --dot ./textkit | dot -Tsvg -o textkit.svg`,
		Args: cobra.MaximumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			options, progress := tools.options(cmd)
			defer progress.end()
			p, err := target.LoadExtension(cmd.Context(), target.Request{Options: options, Package: packageArg(args)})
			if err != nil {
				return err
			}
			parts, err := p.Parts()
			if err != nil {
				return err
			}
			progress.end()
			switch out := cmd.OutOrStdout(); {
			case asJSON:
				return writeSchemaJSON(out, parts)
			case asDot:
				return writeSchemaDot(out, p.Name, parts)
			default:
				return writeSchema(out, parts)
			}
		}),
	}
	tools.addBuild(cmd)
	tools.addTarget(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the parts as JSON")
	cmd.Flags().BoolVar(&asDot, "dot", false, "print a graph of what needs what, for Graphviz")
	cmd.MarkFlagsMutuallyExclusive("json", "dot")
	return cmd
}

// origin names where a part comes from.
func origin(p *extension.Part) string {
	return fmt.Sprintf("%s:%d", strings.TrimPrefix(p.Pos.Filename, "./"), p.Pos.Line)
}

func writeSchema(w io.Writer, parts []*extension.Part) error {
	for i, p := range parts {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if _, err := fmt.Fprintf(w, "-- %s: %s\n%s", origin(p), p.Kind+" "+p.Name, strings.TrimLeft(p.SQL, "\n")); err != nil {
			return err
		}
	}
	return nil
}

func writeSchemaJSON(w io.Writer, parts []*extension.Part) error {
	type part struct {
		Kind  string   `json:"kind"`
		Name  string   `json:"name"`
		File  string   `json:"file"`
		Line  int      `json:"line"`
		Needs []string `json:"needs"`
		SQL   string   `json:"sql"`
	}
	list := []part{}
	for _, p := range parts {
		list = append(list, part{p.Kind, p.Name, strings.TrimPrefix(p.Pos.Filename, "./"), p.Pos.Line, append([]string{}, p.Needs...), strings.TrimLeft(p.SQL, "\n")})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(list)
}

func writeSchemaDot(w io.Writer, name string, parts []*extension.Part) error {
	fmt.Fprintf(w, "digraph %q {\n\trankdir=LR;\n\tnode [shape=box];\n", name)
	for _, p := range parts {
		label := p.Kind + " " + p.Name
		fmt.Fprintf(w, "\t%q [tooltip=%q];\n", label, origin(p))
		for _, n := range p.Needs {
			fmt.Fprintf(w, "\t%q -> %q;\n", label, n)
		}
	}
	_, err := fmt.Fprintln(w, "}")
	return err
}
