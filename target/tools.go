package target

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
func (k *kit) openTools() error {
	var err error
	if k.runner, err = sandbox.New(k.Sandbox, k.Limits); err != nil {
		return err
	}
	if k.work, _, err = workspace(); err != nil {
		return err
	}
	if err := os.MkdirAll(k.golang.Cache, 0o700); err != nil {
		return errors.Join(fmt.Errorf("making the build cache: %w", err), k.close())
	}
	return nil
}

// close removes what the build has left in its private folder.
func (k *kit) close() error { return removeWorkspace(k.work) }

// command makes a go command for the target. It sees the sources of the module
// that is built, can write to the build cache and the private folder, and has no
// network.
func (k *kit) command(ctx context.Context, dir string, args ...string) *sandbox.Cmd {
	readOnly := slices.Concat(k.toolFolders(), k.sources, []string{k.golang.Root, k.golang.ModCache, dir})
	return k.runner.With(readOnly, []string{k.golang.Cache, k.work}).
		Command(ctx, dir, k.goEnviron(dir, k.work), k.golang.Path, args...)
}

// run runs a go command for the target.
func (k *kit) run(ctx context.Context, dir string, stdout, stderr io.Writer, args ...string) error {
	cmd := k.command(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd.Run()
}

// toolCommand makes a call of one of the toolchain's own programs, which can write
// in dir and sees nothing but that, Go and the cache.
func (k *kit) toolCommand(ctx context.Context, dir, path string, args ...string) *sandbox.Cmd {
	readOnly := append(k.toolFolders(), k.golang.Root)
	return k.runner.With(readOnly, []string{dir}).Command(ctx, dir, k.goEnviron(dir, dir), path, args...)
}

func (k *kit) goEnviron(dir, tmp string) []string {
	env := append(k.golang.Environ(), "GOOS=linux", "GOARCH="+k.Target.GOARCH(), "CGO_ENABLED=1", "CC="+k.cc, "PWD="+dir)
	return append(env, k.toolEnviron(tmp)...)
}

// cCompile runs the C compiler; its diagnostics become the error. It sees what the
// arguments name: header folders, and the folder of the output, in which it can write.
func (k *kit) cCompile(ctx context.Context, what string, args ...string) error {
	readOnly := append(k.toolFolders(), k.work)
	out := k.work
	for i, a := range args {
		if dir, ok := strings.CutPrefix(a, "-I"); ok {
			readOnly = append(readOnly, dir)
		}
		if a == "-o" && i+1 < len(args) {
			out = filepath.Dir(args[i+1])
		}
	}
	said, err := k.runner.With(readOnly, []string{out}).Command(ctx, out, k.toolEnviron(out), k.cc, args...).CombinedOutput()
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
func (k *kit) compileError(what string, err error, said []byte) error {
	what = fmt.Sprintf("%s: %s", what, filepath.Base(k.cc))
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

// toolEnviron is what every tool gets. Nothing of it changes what a tool makes.
func (k *kit) toolEnviron(tmp string) []string {
	return []string{
		"LC_ALL=C", "TZ=UTC", "PATH=" + gocmd.SearchPath(k.cc), "TMPDIR=" + tmp,
		"CCACHE_DISABLE=1", // what is called gcc may be ccache, which has a cache of its own
	}
}

// toolFolders are what every tool sees besides the system's own folders: the cache and
// the C compiler.
func (k *kit) toolFolders() []string {
	real, err := filepath.EvalSymlinks(k.cc)
	if err != nil {
		real = k.cc
	}
	dir := filepath.Dir(real)
	if prefix := filepath.Dir(dir); filepath.Base(dir) == "bin" {
		// A compiler's other parts lie beside its bin, unless that is a person's.
		if home, err := os.UserHomeDir(); err != nil || prefix != home {
			dir = prefix
		}
	}
	return []string{k.CacheDir, k.cc, dir}
}

// see lets tools see the sources of a module: its folder, and those of its
// replacements that are folders.
func (k *kit) see(m *extension.Module) error {
	if slices.Contains(k.sources, m.Dir) {
		return nil // it has been seen
	}
	k.sources = append(k.sources, m.Dir)
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
			k.sources = append(k.sources, dir)
		}
	}
	return nil
}

// compiler identifies a C compiler, for cache keys.
func (k *kit) compiler(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, k.cc, "-v")
	cmd.Env = k.toolEnviron(k.work)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running %s -v: %w: %s", k.cc, err, bytes.TrimSpace(out))
	}
	return string(out), nil
}
