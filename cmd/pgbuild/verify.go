package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/signature"
	"github.com/spf13/cobra"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	var keys string
	var tools toolFlags
	var source string
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Say whether files are what pgbuild makes, by their machine code",
		Long: `Verify judges finished files, objects and modules, without their source and
without running them: what the loader would do with them, what they import, and
every instruction in them. Anything that pgbuild does not make is refused, and
every instruction that enters the kernel. docs/provenance.md has the rules.

With --trusted-keys, each file must besides have a signature beside it, as
FILE.minisig, by one of the public keys in a folder.

With --rebuild, the package is besides built again, for the target and with the
release of Go that the file names, and the result compared byte by byte.

Builds verify what they have linked before it gets its name; this command is for
files that come from elsewhere.`,
		Example: `  pgbuild verify textkit.so
  pgbuild verify --trusted-keys /etc/pgstd/keys textkit.so
  pgbuild verify --rebuild ./textkit textkit.so
  pgbuild verify --json build/*.so`,
		Args: cobra.MinimumNArgs(1),
		RunE: ran(func(cmd *cobra.Command, files []string) error {
			if err := verifyFiles(cmd, files, asJSON, keys); err != nil || source == "" {
				return err
			}
			return rebuild(cmd, tools, source, files)
		}),
	}
	tools.addBuild(cmd)
	tools.addPgConfig(cmd)
	tools.addPolicy(cmd)
	cmd.Flags().StringVar(&source, "rebuild", "", "package that the files were built from: it is built again, and the result compared")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a report for each file, one JSON object per line")
	cmd.Flags().StringVar(&keys, "trusted-keys", "", "folder of public keys (NAME.pub), by one of which each file must be signed")
	cmd.MarkFlagDirname("trusted-keys")
	cmd.MarkFlagsMutuallyExclusive("json", "rebuild")
	return cmd
}

// verified is a line of --json.
type verified struct {
	File string `json:"file"`
	Good bool   `json:"good"`
	*object.Report
	// Signature is by what it is signed, if that was asked for.
	Signature *signature.Verified `json:"signature,omitempty"`
}

// ruleSignature is this command's, not the gate's: it is about what lies beside
// the file.
const ruleSignature = "signature"

func verifyFiles(cmd *cobra.Command, files []string, asJSON bool, keys string) error {
	out := cmd.OutOrStdout()
	var trusted *signature.Trusted
	if keys != "" {
		var err error
		if trusted, err = signature.ReadTrusted(keys); err != nil {
			return err
		}
	}
	bad := false
	for _, file := range files {
		data, err := readObject(file)
		if err != nil {
			return err
		}
		r := object.Verify(data, "")
		if !r.Good() && filepath.Base(file) == pgstd.CellProgram {
			r.Findings, r.More = []object.Finding{{Rule: "header", What: "it is the program of cells, which no server loads: a program in C that makes system calls; pgbuild install writes its own"}}, 0
		}
		var signed *signature.Verified
		if trusted != nil {
			if signed, err = trusted.VerifyFile(file, data); err != nil {
				r.Findings = append(r.Findings, object.Finding{Rule: ruleSignature, What: err.Error()})
			}
		}
		bad = bad || !r.Good()
		switch {
		case asJSON:
			if err := json.NewEncoder(out).Encode(verified{file, r.Good(), r, signed}); err != nil {
				return err
			}
		case r.Good():
			fmt.Fprintf(out, "%s: good: %s%s\n", file, summary(r), signedBy(signed))
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

// signedBy completes a summary.
func signedBy(s *signature.Verified) string {
	if s == nil {
		return ""
	}
	return ", signed by " + s.Key
}

// summary is a report of a good file in a line.
func summary(r *object.Report) string {
	s := fmt.Sprintf("%s for %s, %d functions, %d instructions, no system call", r.Kind, r.Machine, r.GoFunctions+r.HostFunctions, r.Instructions)
	if n := len(r.Hidden); n > 0 {
		s += fmt.Sprintf(" (%d hidden in constants, where no branch leads)", n)
	}
	return s
}

// readObject reads a file to be judged.
func readObject(path string) ([]byte, error) {
	data, err := regular.ReadNamed(path, regular.Object)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("cannot read the file to verify: %w; run this as somebody who may", err)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the file to verify: %w", err)
	}
	return data, nil
}
