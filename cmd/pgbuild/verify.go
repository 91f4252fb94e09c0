package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pgstd/pgstd/trust/object"
	"github.com/spf13/cobra"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Say whether files are what pgbuild makes, by their machine code",
		Long: `Verify judges finished files, objects and modules, without their source and
without running them: what the loader would do with them, what they import, and
every instruction in them. Anything that pgbuild does not make is refused, and
every instruction that enters the kernel. docs/provenance.md has the rules.

Builds verify what they have linked before it gets its name; this command is for
files that come from elsewhere.`,
		Example: `  pgbuild verify textkit.so
  pgbuild verify --json build/*.so`,
		Args: cobra.MinimumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, files []string) error {
			return verifyFiles(cmd, files, asJSON)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a report for each file, one JSON object per line")
	return cmd
}

// verified is a line of --json.
type verified struct {
	File string `json:"file"`
	Good bool   `json:"good"`
	*object.Report
}

func verifyFiles(cmd *cobra.Command, files []string, asJSON bool) error {
	out := cmd.OutOrStdout()
	bad := false
	for _, file := range files {
		data, err := readObject(file)
		if err != nil {
			return err
		}
		r := object.Verify(data, "")
		bad = bad || !r.Good()
		switch {
		case asJSON:
			if err := json.NewEncoder(out).Encode(verified{file, r.Good(), r}); err != nil {
				return err
			}
		case r.Good():
			fmt.Fprintf(out, "%s: good: %s\n", file, summary(r))
		default:
			for _, f := range r.Findings {
				fmt.Fprintf(out, "%s: refused: %v\n", file, f)
			}
			if r.More > 0 {
				fmt.Fprintf(out, "%s: refused: and %d more\n", file, r.More)
			}
		}
	}
	if bad {
		return errReported
	}
	return nil
}

// summary is a report of a good file in a line.
func summary(r *object.Report) string {
	s := fmt.Sprintf("%s for %s, %d functions, %d instructions, no system call", r.Kind, r.Machine, r.GoFunctions+r.HostFunctions, r.Instructions)
	if n := len(r.Hidden); n > 0 {
		s += fmt.Sprintf(" (%d hidden in constants, where no branch leads)", n)
	}
	return s
}

// maxObject is more than any file that pgbuild makes.
const maxObject = 1 << 30

// readObject reads a file to be judged.
func readObject(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the file to verify: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file; name files that pgbuild has made", path)
	}
	if info.Size() > maxObject {
		return nil, fmt.Errorf("%s has %d bytes, more than any file that pgbuild makes", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("cannot read the file to verify: %w; run this as somebody who may", err)
	}
	return data, err
}
