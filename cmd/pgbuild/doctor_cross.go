package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/target"
)

// examineCross looks for what the targets of other architectures take. All of it
// is optional.
func examineCross(ctx context.Context, tools toolFlags) []finding {
	var findings []finding
	for _, t := range target.Supported {
		if !t.Cross() {
			continue
		}
		compiler := examineCrossCompiler(ctx, tools, t)
		findings = append(findings, compiler)
		if compiler.missing == "" {
			findings = append(findings, examineCrossHeaders(ctx, tools, t, compiler.found)...)
		}
		findings = append(findings, examineEmulator(t))
	}
	for i := range findings {
		findings[i].optional = true
	}
	return findings
}

// examineCrossCompiler compiles and links as the standalone host is: statically.
func examineCrossCompiler(ctx context.Context, tools toolFlags, t target.Target) finding {
	f := finding{name: t.GOARCH() + " compiler"}
	remedy := ", needed only to build for " + string(t) + ": apt-get install " + t.CompilerPackages()
	g, err := gocmd.Find(ctx, tools.goPath)
	if err != nil {
		g = &gocmd.Go{} // the finding of Go itself says what is wrong
	}
	name := t.Compiler(g)
	path, err := exec.LookPath(name)
	if err != nil {
		f.missing = name + " not found" + remedy
		return f
	}
	cc := exec.CommandContext(ctx, path, "-x", "c", "-static", "-o", os.DevNull, "-")
	cc.Stdin = strings.NewReader(probe + "int main(void) { return probe(); }\n")
	if out, err := cc.CombinedOutput(); err != nil {
		f.missing = path + " cannot compile and link: " + firstLine(out, err) + remedy
		return f
	}
	f.found = path
	return f
}

// examineCrossHeaders says whether the headers of the PostgreSQL at hand will do for
// a target.
func examineCrossHeaders(ctx context.Context, tools toolFlags, t target.Target, compiler string) []finding {
	pg, err := pgconfig.Find(ctx, tools.pgConfig)
	if err != nil {
		return nil // said already
	}
	header := filepath.Join(pg.IncludeDirServer, "postgres.h")
	if _, err := os.Stat(header); err != nil {
		return nil
	}
	f := finding{name: t.GOARCH() + " headers", found: header + ", good for a PostgreSQL " + pg.Version + " of that architecture, too"}
	if err := link.CheckHeaders(ctx, compiler, pg, t); err != nil {
		f.found, f.missing = "", err.Error()
	}
	return []finding{f}
}

func examineEmulator(t target.Target) finding {
	f := finding{name: t.GOARCH() + " emulator"}
	path, err := kit.Emulator(t)
	if err != nil {
		f.missing = "no qemu, needed only to test for " + string(t) + ": apt-get install qemu-user-static"
		return f
	}
	f.found = path
	return f
}
