package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/compiler"
	"github.com/spf13/cobra"
)

func doctorCommand() *cobra.Command {
	var tools toolFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has and lacks for building extensions",
		Long: `Doctor looks for everything that building and running extensions takes, and
says of each thing missing how to get it. It exits with 1 when something is
missing that is not optional.`,
		Example: `  pgbuild doctor
  pgbuild doctor --pg-config /usr/lib/postgresql/17/bin/pg_config`,
		Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, args []string) error {
			findings := examine(cmd.Context(), tools)
			complete := true
			if asJSON {
				list := []map[string]string{}
				for _, f := range findings {
					state, text := f.state()
					complete = complete && state != "missing"
					list = append(list, map[string]string{"state": state, "name": f.name, "text": text})
				}
				if err := printJSON(cmd, list); err != nil {
					return err
				}
			} else {
				complete = report(cmd.OutOrStdout(), findings)
			}
			if !complete {
				return errReported
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	tools.addGo(cmd)
	tools.addPgConfig(cmd)
	return cmd
}

// finding is what the doctor says about one thing.
type finding struct {
	name     string
	found    string // what is there
	missing  string // what is wrong, and how to mend it; empty when all is well
	optional bool
}

// state is what a finding comes to: ok, optional or missing.
func (f *finding) state() (state, text string) {
	switch {
	case f.missing == "":
		return "ok", f.found
	case f.optional:
		return "optional", f.missing
	}
	return "missing", f.missing
}

// report prints the findings and tells whether everything needed is there.
func report(w io.Writer, findings []finding) bool {
	complete := true
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		state, text := f.state()
		complete = complete && state != "missing"
		fmt.Fprintf(table, "%s\t%s\t%s\n", state, f.name, text)
	}
	table.Flush()
	return complete
}

func examine(ctx context.Context, tools toolFlags) []finding {
	goFinding, cc := examineGo(ctx, tools.goPath)
	findings := []finding{goFinding, examineLinker(target.Host()), examineCompiler(ctx, cc)}
	packed := examinePacks()
	findings = append(findings, packed...)
	findings = append(findings, examinePostgres(ctx, tools.pgConfig)...)
	findings = append(findings, examineSandbox(ctx), examineCells())
	findings = append(findings, examineCross(ctx, tools)...)
	usable := slices.ContainsFunc(packed, func(f finding) bool { return f.missing == "" })
	for i := range findings {
		// With packs, what they were compiled with is not needed.
		if f := &findings[i]; f.missing != "" && usable && (f.name == "C compiler" || f.name == "server headers") {
			f.optional, f.missing = true, f.missing+" (builds for what packs hold do without)"
		}
	}
	return findings
}

func examineGo(ctx context.Context, path string) (f finding, cc string) {
	f.name = "Go"
	g, err := gocmd.Find(ctx, path)
	if err != nil {
		f.missing = err.Error()
		return f, "gcc"
	}
	f.found = g.Version + " in " + g.Root
	if faults := compiler.KeptAway(g.Version); len(faults) > 0 {
		f.found += fmt.Sprintf("; %d faults of its compiler are kept away, see: pgbuild check --explain compiler", len(faults))
	}
	return f, g.CC
}

// probe needs a header of the C library, which is not part of the compiler.
const probe = "#include <signal.h>\nint probe(void) { return SIGSEGV; }\n"

func examineCompiler(ctx context.Context, command string) finding {
	const remedy = ": apt-get install gcc libc6-dev"
	f := finding{name: "C compiler"}
	words := strings.Fields(command)
	if len(words) == 0 {
		words = []string{"gcc"}
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		f.missing = words[0] + " not found in PATH" + remedy
		return f
	}
	args := append(words[1:], "-x", "c", "-fPIC", "-shared", "-o", os.DevNull, "-")
	cc := exec.CommandContext(ctx, path, args...)
	cc.Stdin = strings.NewReader(probe)
	if out, err := cc.CombinedOutput(); err != nil {
		f.missing = path + " cannot compile and link: " + firstLine(out, err) + remedy
		return f
	}
	f.found = path
	return f
}

// examineCells asks the kernel for what a cell must have; see docs/trust.md.
func examineCells() finding {
	const actions = "/proc/sys/kernel/seccomp/actions_avail"
	f := finding{name: "cells", optional: true}
	list, err := os.ReadFile(actions)
	switch {
	case err != nil:
		f.missing = "pgstd.isolation = cell needs a kernel with seccomp: " + err.Error()
	case !slices.Contains(strings.Fields(string(list)), "kill_process"):
		f.missing = "pgstd.isolation = cell needs a kernel whose seccomp knows kill_process (Linux 4.14): " + actions + " does not have it"
	default:
		f.found = "the kernel filters system calls, as pgstd.isolation = cell needs it"
	}
	return f
}

func firstLine(out []byte, err error) string {
	if line, _, _ := bytes.Cut(bytes.TrimSpace(out), []byte("\n")); len(line) > 0 {
		return string(line)
	}
	return err.Error()
}

// examinePostgres stops at what the rest depends on.
func examinePostgres(ctx context.Context, path string) []finding {
	config := finding{name: "PostgreSQL"}
	pg, err := pgconfig.Find(ctx, path)
	if err != nil {
		config.missing = err.Error()
		if errors.Is(err, pgconfig.ErrNotFound) {
			config.missing = "pg_config not found in PATH: apt-get install postgresql-server-dev-all"
		}
		return []finding{config}
	}
	config.found = pg.Version + " (" + pg.Path + ")"
	findings := []finding{
		config,
		examineFile("server headers", filepath.Join(pg.IncludeDirServer, "postgres.h"), fmt.Sprintf("postgresql-server-dev-%d", pg.Major)),
		examineFile("server", pg.Bin("postgres"), fmt.Sprintf("postgresql-%d", pg.Major)),
		examinePsql(pg),
	}
	if os.Geteuid() == 0 {
		findings = append(findings, examineUser())
	}
	return findings
}

// examineSandbox tries whether tools can run in namespaces of their own.
func examineSandbox(ctx context.Context) finding {
	f := finding{name: "sandbox", optional: true}
	runner, err := sandbox.New(sandbox.Auto, sandbox.Limits{})
	if err == nil {
		var works bool
		if works, err = runner.Sandboxed(ctx); works {
			f.found = "tools run in namespaces of their own"
			return f
		}
	}
	f.missing = "tools run without one: " + strings.ReplaceAll(err.Error(), "\n", "; ") + "; " + sandbox.Remedy()
	return f
}

func examineFile(name, path, pkg string) finding {
	f := finding{name: name, found: path}
	if _, err := os.Stat(path); err != nil {
		f.missing = path + " is not there: apt-get install " + pkg
	}
	return f
}

func examinePsql(pg *pgconfig.Config) finding {
	f := finding{name: "psql"}
	for _, candidate := range []string{pg.Bin("psql"), "psql"} {
		if path, err := exec.LookPath(candidate); err == nil {
			f.found = path
			return f
		}
	}
	f.missing = fmt.Sprintf("not found: apt-get install postgresql-client-%d", pg.Major)
	return f
}

func examineUser() finding {
	f := finding{name: "user " + cluster.ServerUser, found: "runs scratch servers, since you are root"}
	if _, err := user.Lookup(cluster.ServerUser); err != nil {
		f.missing = "PostgreSQL does not run as root: useradd --system " + cluster.ServerUser
	}
	return f
}
