package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/internal/sandbox"
)

// openTools makes ready what running a tool takes: the runner, and the private
// folder of this build, which is also where tools put their temporary files.
func (k *Kit) openTools() error {
	var err error
	if k.Runner, err = sandbox.New(k.Sandbox, k.Limits); err != nil {
		return err
	}
	if k.Work, _, err = Workspace(); err != nil {
		return err
	}
	// A fresh home has neither. What does not exist is not in the sandbox's view, where the
	// go command could then not even say that modules are missing.
	if err := os.MkdirAll(k.Golang.Cache, 0o700); err != nil {
		return errors.Join(fmt.Errorf("making the build cache: %w", err), k.Close())
	}
	if err := os.MkdirAll(k.Golang.ModCache, 0o755); err != nil {
		return errors.Join(fmt.Errorf("making the module cache: %w", err), k.Close())
	}
	return nil
}

// Close removes what the build has left in its private folder.
func (k *Kit) Close() error { return removeWorkspace(k.Work) }

// Command makes a go command for the target. It sees the sources of the module
// that is built, can write to the build cache and the private folder, and has no
// network.
func (k *Kit) Command(ctx context.Context, dir string, args ...string) *sandbox.Cmd {
	readOnly := slices.Concat(k.ToolFolders(), k.Sources, []string{k.Golang.Root, k.Golang.ModCache, dir})
	return k.Runner.With(readOnly, []string{k.Golang.Cache, k.Work}).
		Command(ctx, dir, k.goEnviron(dir, k.Work), k.Golang.Path, args...)
}

// Run runs a go command for the target.
func (k *Kit) Run(ctx context.Context, dir string, stdout, stderr io.Writer, args ...string) error {
	cmd := k.Command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd.Run()
}

// ToolCommand makes a call of one of the toolchain's own programs, which can write
// in dir and sees nothing but that, Go and the cache.
func (k *Kit) ToolCommand(ctx context.Context, dir, path string, args ...string) *sandbox.Cmd {
	readOnly := append(k.ToolFolders(), k.Golang.Root)
	return k.Runner.With(readOnly, []string{dir}).Command(ctx, dir, k.goEnviron(dir, dir), path, args...)
}

func (k *Kit) goEnviron(dir, tmp string) []string {
	env := append(k.Golang.Environ(), "GOOS=linux", "GOARCH="+k.Target.GOARCH(), "CGO_ENABLED=1", "CC="+k.ccName(), "PWD="+dir)
	return append(env, k.ToolEnviron(tmp)...)
}

// CompileC runs the C compiler; its diagnostics become the error. It sees what the
// arguments name: header folders, and the folder of the output, in which it can write.
func (k *Kit) CompileC(ctx context.Context, what string, args ...string) error {
	if k.NoCC != nil {
		return fmt.Errorf("%s: %w", what, k.NoCC)
	}
	readOnly := append(k.ToolFolders(), k.Work)
	out := k.Work
	for i, a := range args {
		if dir, ok := strings.CutPrefix(a, "-I"); ok {
			readOnly = append(readOnly, dir)
		}
		if a == "-o" && i+1 < len(args) {
			out = filepath.Dir(args[i+1])
		}
	}
	said, err := k.Runner.With(readOnly, []string{out}).Command(ctx, out, k.ToolEnviron(out), k.CC, args...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if limit := (*sandbox.LimitError)(nil); errors.As(err, &limit) {
		return fmt.Errorf("%s: %w", what, limit)
	}
	if err != nil {
		return k.compileError(what, err, said)
	}
	return nil
}

// compileError says what a C compiler stopped at first. A header that is not what the
// source expects makes hundreds of lines, which are kept in a file.
func (k *Kit) compileError(what string, err error, said []byte) error {
	what = fmt.Sprintf("%s: %s", what, filepath.Base(k.CC))
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	first := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "error:") })
	if first < 0 || len(lines) < 10 {
		return fmt.Errorf("%s: %w\n%s", what, err, strings.Join(lines, "\n"))
	}
	log := filepath.Join(k.CacheDir, "compiler.log")
	if saved := atomicfile.Write(log, said, 0o644); saved != nil {
		return fmt.Errorf("%s: %w\n%s\n%d more lines could not be kept: %w", what, err, lines[first], len(lines)-1, saved)
	}
	return fmt.Errorf("%s: %w\n%s\nall %d lines: %s", what, err, lines[first], len(lines), log)
}

// ToolEnviron is what every tool gets. Nothing of it changes what a tool makes.
func (k *Kit) ToolEnviron(tmp string) []string {
	return []string{
		"LC_ALL=C", "TZ=UTC", "PATH=" + gocmd.SearchPath(k.CC), "TMPDIR=" + tmp,
		"CCACHE_DISABLE=1", // what is called gcc may be ccache, which has a cache of its own
	}
}

// ToolFolders are what every tool sees besides the system's own folders: the cache and
// the C compiler.
func (k *Kit) ToolFolders() []string {
	own := []string{k.CacheDir, k.Linker, k.Archiver}
	if k.NoCC != nil {
		return own
	}
	real, err := filepath.EvalSymlinks(k.CC)
	if err != nil {
		real = k.CC
	}
	dir := filepath.Dir(real)
	if prefix := filepath.Dir(dir); filepath.Base(dir) == "bin" {
		// A compiler's other parts lie beside its bin, unless that is a person's.
		if home, err := os.UserHomeDir(); err != nil || prefix != home {
			dir = prefix
		}
	}
	return append(own, k.CC, dir)
}

// ccName is what the go command is told to be the C compiler, which it runs for nothing: no
// package of an object has C in it. It wants one to be named.
func (k *Kit) ccName() string {
	if k.NoCC != nil {
		return "gcc"
	}
	return k.CC
}

// See lets tools see the sources of a module: its folder, and those of its
// replacements that are folders.
func (k *Kit) See(m *extension.Module) error {
	if slices.Contains(k.Sources, m.Dir) {
		return nil // it has been seen
	}
	k.Sources = append(k.Sources, m.Dir)
	data, err := regular.Read(m.Dir, filepath.Base(m.File), regular.Text)
	if err != nil {
		return fmt.Errorf("reading the module file: %w", err)
	}
	f, err := modfile.Parse(m.File, data, nil)
	if err != nil {
		return err
	}
	for _, r := range f.Replace {
		if r.New.Version == "" {
			dir := r.New.Path
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(m.Dir, dir)
			}
			k.Sources = append(k.Sources, dir)
		}
	}
	return nil
}

// CompilerID identifies a C compiler, for cache keys.
func (k *Kit) CompilerID(ctx context.Context) (string, error) {
	if k.NoCC != nil {
		return "", k.NoCC
	}
	cmd := exec.CommandContext(ctx, k.CC, "-v")
	cmd.Env = k.ToolEnviron(k.Work)
	out, err := cmd.CombinedOutput()
	if err != nil {
		said := string(bytes.TrimSpace(out))
		if said == "" {
			said = "it says nothing"
		}
		return "", fmt.Errorf("%s is no C compiler that works: running it with -v: %w: %s; set CC to gcc or clang", k.CC, err, said)
	}
	return string(out), nil
}
