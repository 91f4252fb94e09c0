package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/objfile"
	"golang.org/x/mod/modfile"
)

// Archive runs the go command, which leaves an archive with the relocatable Go
// object. It runs in dir; positions in errors are relative to base. It returns the
// path of the prepared object in tmp.
func (k *Kit) Archive(ctx context.Context, dir, base, tmp string, args ...string) (string, error) {
	archive := filepath.Join(tmp, "go.a")
	flags := "-ldflags=" + strings.Join(k.SymbolFlags(), " ") + " -extar=" + k.Archiver
	if k.Reviewed != "" {
		flags += " '-X=" + k.Reviewed + "'"
	}
	args = append(args[:1:1], append([]string{"-buildmode=c-archive", flags, "-o", archive}, args[1:]...)...)
	err := k.Fetching(ctx, dir, args, func() error { return k.runGo(ctx, dir, base, args...) })
	if err != nil {
		return "", err
	}
	return k.Relocatable(archive, tmp)
}

// SymbolFlags are the Go linker's, for what debuggers read.
func (k *Kit) SymbolFlags() []string {
	if k.Symbols {
		return []string{"-compressdwarf=false"}
	}
	return []string{"-s", "-w"}
}

// Relocatable takes the Go object out of an archive, which goes, and prepares it for the
// final link. It returns the object's path in tmp.
func (k *Kit) Relocatable(archive, tmp string) (string, error) {
	data, err := os.ReadFile(archive)
	if err != nil {
		return "", fmt.Errorf("reading what the linker has made: %w", err)
	}
	object, err := objfile.Member(data, "go.o")
	if err != nil {
		return "", fmt.Errorf("%s: %w", archive, err)
	}
	path := filepath.Join(tmp, "go.o")
	return path, errors.Join(PrepareObject(path, object), os.Remove(archive))
}

// PrepareObject prepares a Go object for the final link, and puts it at path.
func PrepareObject(path string, object []byte) error {
	if _, err := objfile.RemoveTLS(object); err != nil {
		return err
	}
	return os.WriteFile(path, object, 0o644)
}

// harmless are messages of the go command that say nothing to a user: the
// linker looks for package runtime/cgo in every archive, and an object has none.
var harmless = []string{"loadinternal: cannot find runtime/cgo"}

// runGo runs a build, reporting progress if somebody listens. What the compiler
// says of the user's code becomes the error.
func (k *Kit) runGo(ctx context.Context, dir, base string, args ...string) error {
	progress := k.startProgress(ctx, dir, args)
	if progress != nil {
		args = append(args[:1:1], append([]string{"-v"}, args[1:]...)...)
	}
	var said bytes.Buffer
	lines := &lineWriter{line: func(line string) {
		if progress.compiled(line) || slices.Contains(harmless, line) || strings.HasPrefix(line, "# ") {
			return
		}
		if said.Len() < saidMax {
			said.WriteString(relocate(line, dir, base) + "\n")
		}
	}}
	cmd := k.Command(ctx, dir, args...)
	cmd.Stderr = lines
	err := cmd.Run()
	lines.flush()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return k.explain(ctx, dir, base, args, gocmd.Remedied(strings.TrimSpace(said.String())))
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", k.Golang.Path, err)
	}
	progress.finished()
	return nil
}

// saidMax is how much of a compiler's messages is passed on. Names of types in them
// can be of any length.
const saidMax = 64 << 10

// lineWriter cuts what is written to it into lines. Very long ones are cut short.
type lineWriter struct {
	line func(line string)
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		whole := bytes.HasSuffix(line, []byte("\n"))
		if len(w.rest) < saidMax {
			w.rest = append(w.rest, bytes.TrimSuffix(line, []byte("\n"))...)
		}
		if whole {
			w.flush()
		}
	}
	return len(p), nil
}

func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.line(string(w.rest[:min(len(w.rest), saidMax)]))
	}
	w.rest = w.rest[:0]
}

// relocate makes a position that is relative to dir, at the start of a
// compiler's message, relative to base.
func relocate(line, dir, base string) string {
	file, rest, ok := strings.Cut(line, ":")
	if !ok || filepath.IsAbs(file) || !strings.HasSuffix(file, ".go") {
		return line
	}
	rel, err := filepath.Rel(base, filepath.Join(dir, file))
	if err != nil {
		return line
	}
	if !modfile.IsDirectoryPath(rel) {
		rel = "." + string(filepath.Separator) + rel
	}
	return rel + ":" + rest
}

// explain makes the error of a failed build. What the compiler says of code that
// cgo has generated is of no use to anybody.
func (k *Kit) explain(ctx context.Context, dir, base string, args []string, said string) error {
	if absent := k.explainAbsent(ctx, dir, base, args, said); absent != "" {
		return &BuildError{Output: absent}
	}
	if strings.Contains(said, "_cgo_gotypes.go") {
		list := k.listDeps("{{if .CgoFiles}}{{.ImportPath}}{{end}}", args)
		out, err := k.Command(ctx, dir, list...).Output()
		if users := strings.Join(strings.Fields(string(out)), ", "); err == nil && users != "" {
			return &BuildError{Output: fmt.Sprintf("C code cannot be part of an object, and the build takes in packages that use cgo: %s; do without them", users)}
		}
	}
	return &BuildError{Output: said}
}

// listDeps makes the arguments of a go list that walks the dependencies of what a
// build or test command builds.
func (k *Kit) listDeps(format string, args []string) []string {
	return k.listWith(args, "-f", format)
}

// listWith is listDeps with other flags.
func (k *Kit) listWith(args []string, flags ...string) []string {
	list := append([]string{"list", "-deps"}, flags...)
	for _, a := range args[1:] {
		if strings.HasPrefix(a, "-tags=") || strings.HasPrefix(a, "-overlay=") || strings.HasPrefix(a, "-modfile=") || strings.HasPrefix(a, "-mod=") {
			list = append(list, a)
		}
	}
	return append(list, args[len(args)-1])
}

// BuildError is what the go command says when it cannot build.
type BuildError struct{ Output string }

func (e *BuildError) Error() string {
	if e.Output == "" {
		return "the go command failed without a message"
	}
	return e.Output
}
