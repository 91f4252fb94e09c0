package compile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/loops"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/body"
)

// compilePackage compiles one package of one file with the compiler itself. config is
// what the package before it has returned, or empty; the result also knows this one. The profile is the compiler's
// (package loops).
func (p *prepared) compilePackage(ctx context.Context, k *kit.Kit, path string, source, profile []byte, config string) (string, error) {
	if config == "" {
		config = p.config
	}
	name := strings.ReplaceAll(path, "/", "-")
	file := filepath.Join(k.Work, name+".go")
	archive := filepath.Join(k.Work, name+".a")
	if err := os.WriteFile(file, source, 0o644); err != nil {
		return "", err
	}
	flags := []string{"-p", path, "-lang", version.Lang(k.Golang.Version), "-complete", "-pack", "-shared", k.FunctionFlag(),
		"-trimpath", k.Work + "=>", "-importcfg", config, "-o", archive}
	if k.Symbols {
		flags = append(flags, "-N", "-l")
	} else {
		aligned, err := loops.Flags(filepath.Join(k.Work, name+".pgo"), profile)
		if err != nil {
			return "", err
		}
		flags = append(append(flags, "-dwarf=false"), aligned...)
	}
	// By its name in the folder that the compiler runs in: from Go 1.27 on it says otherwise what folder it lies in, also
	// where a line comment has another name.
	if err := tool(ctx, k, "compile", append(flags, filepath.Base(file))...); err != nil {
		return "", err
	}
	known, err := os.ReadFile(config)
	if err != nil {
		return "", err
	}
	next := filepath.Join(k.Work, name+".cfg")
	return next, os.WriteFile(next, fmt.Appendf(known, "packagefile %s=%s\n", path, archive), 0o644)
}

// linkArchive links package main of a configuration and returns the relocatable object. It is what
// the go command takes out of an archive; the Go linker has made it before it calls an archiver.
func (p *prepared) linkArchive(ctx context.Context, k *kit.Kit, config string, modules []listedModule) (string, error) {
	left := filepath.Join(k.Work, "left")
	if err := os.Mkdir(left, 0o755); err != nil {
		return "", err
	}
	known, err := os.ReadFile(config)
	if err != nil {
		return "", err
	}
	config = filepath.Join(k.Work, "link.cfg")
	if err := os.WriteFile(config, fmt.Appendf(known, "modinfo %q\n", modinfo(k.Golang.Version, modules)), 0o644); err != nil {
		return "", err
	}
	flags := append(k.SymbolFlags(), "-buildmode=c-archive", "-buildid=", "-importcfg", config,
		"-extar", "/bin/true", "-tmpdir", left, "-o", filepath.Join(k.Work, "go.a"))
	if k.Reviewed != "" {
		flags = append(flags, "-X", k.Reviewed)
	}
	err = tool(ctx, k, "link", append(flags, filepath.Join(k.Work, "main.a"))...)
	if err != nil {
		return "", fmt.Errorf("linking a function: %w", err)
	}
	path := filepath.Join(left, "go.o")
	object, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading what the linker has made: %w", err)
	}
	return path, kit.PrepareObject(path, object)
}

// modinfo is what the go command has the linker put into a program, between marks by
// which tools find it (cmd/go/internal/modload: ModInfoData).
func modinfo(goVersion string, modules []listedModule) string {
	const start, end = "\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6", "\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
	info := debug.BuildInfo{GoVersion: goVersion, Path: link.FunctionPath, Main: debug.Module{Path: link.FunctionPath}, Deps: debugModules(modules)}
	return start + info.String() + end
}

// tool runs one of the toolchain's programs; what it says becomes the error.
func tool(ctx context.Context, k *kit.Kit, name string, args ...string) error {
	path := filepath.Join(k.Golang.Root, "pkg", "tool", "linux_"+k.Golang.Arch, name)
	cmd := k.ToolCommand(ctx, k.Work, path, args...)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit sandbox.Exited
	if errors.As(err, &exit) {
		return &kit.BuildError{Output: strings.TrimSpace(string(bytes.TrimSpace(out)))}
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", path, err)
	}
	return nil
}

// compileError turns what the compiler says of a function's package into diagnostics.
// Its positions follow the line comments: they are those of the text. Most mistakes have
// been found before; the compiler's own are about size. Names may have colons, so what stands
// before the line is cut off whole.
func compileError(f *Function, err error) error {
	var failed *kit.BuildError
	if !errors.As(err, &failed) {
		return err
	}
	var diagnostics body.Diagnostics
	sig := body.Signature{Name: f.Name, File: f.Debug}
	for line := range strings.SplitSeq(failed.Output, "\n") {
		position, ok := strings.CutPrefix(line, sig.Position()+":")
		if !ok {
			continue
		}
		number, message, _ := strings.Cut(position, ":")
		at, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		column := 1
		if number, rest, ok := strings.Cut(message, ":"); ok {
			if n, err := strconv.Atoi(number); err == nil {
				column, message = n, rest
			}
		}
		diagnostics = append(diagnostics, body.At(f.Source, at, column, strings.TrimSpace(message)))
	}
	if diagnostics == nil {
		return fmt.Errorf("compiling a function: %w", err)
	}
	return &SourceError{diagnostics}
}
