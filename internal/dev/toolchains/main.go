// Command toolchains makes the packs of all releases of Go, targets and majors of PostgreSQL
// that are tested, tries each on a server, and writes a report: what a CI calls. The servers'
// headers are those of package servers; on amd64, packs for arm64 are tried under an
// emulator, with servers for arm64 (internal/test/arm64).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/internal/test/arm64"
	"github.com/pgstd/pgstd/internal/test/servers"
	"github.com/pgstd/pgstd/target"
)

type options struct {
	pgbuild, out, key string
	releases, targets []string
	majors            []majors.Major
}

func main() {
	var o options
	var releases, targets, numbers string
	flag.StringVar(&o.pgbuild, "pgbuild", "bin/pgbuild", "the `program` that makes and tries packs")
	flag.StringVar(&o.out, "o", "build/toolchains", "`folder` for the packs, their index and the report")
	flag.StringVar(&o.key, "sign-key", "", "`file` of a secret key to sign with; none: packs are not signed")
	flag.StringVar(&releases, "go", "", "`releases` of Go, separated by commas")
	flag.StringVar(&targets, "target", "", "`targets`, separated by commas; none: all")
	flag.StringVar(&numbers, "pg", "", "PostgreSQL `majors`, separated by commas; none: all that are tested")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := o.parse(releases, targets, numbers); err != nil {
		fmt.Fprintln(os.Stderr, "toolchains:", err)
		os.Exit(2)
	}
	failed, err := o.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "toolchains:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}

func (o *options) parse(releases, targets, numbers string) (err error) {
	if o.releases = split(releases); len(o.releases) == 0 {
		return errors.New("no release of Go; name them with -go")
	}
	if o.targets = split(targets); len(o.targets) == 0 {
		for _, t := range target.Supported {
			o.targets = append(o.targets, string(t))
		}
	}
	if o.majors = majors.Tested(); numbers != "" {
		o.majors = nil
		for _, number := range split(numbers) {
			n, _ := strconv.Atoi(number)
			m, ok := majors.Find(n)
			if !ok || !m.Tested() {
				return fmt.Errorf("PostgreSQL %s is not among the majors that are tested", number)
			}
			o.majors = append(o.majors, m)
		}
	}
	for _, path := range []*string{&o.pgbuild, &o.out} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	return os.MkdirAll(o.out, 0o755)
}

// report is a table of what was tried.
type report struct {
	lines  []string
	failed int
}

func (r *report) add(what string, start time.Time, err error) {
	result := "ok"
	switch {
	case errors.Is(err, errSkipped):
		result = err.Error()
	case err != nil:
		result = "FAILED: " + strings.ReplaceAll(err.Error(), "\n", " / ")
		r.failed++
	}
	line := fmt.Sprintf("| %s | %s | %.0f s |", what, result, time.Since(start).Seconds())
	r.lines = append(r.lines, line)
	fmt.Println(line)
}

var errSkipped = errors.New("skipped")

func (o *options) run(ctx context.Context) (failed int, err error) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return 0, err
	}
	configs := map[int]string{}
	for _, m := range o.majors {
		dir, err := servers.Folder(ctx, cache, m)
		if err != nil {
			return 0, err
		}
		configs[m.Number] = filepath.Join(dir, "pg_config")
	}
	r := &report{}
	start := time.Now()
	args := []string{"toolchain", "pack", "-o", o.out, "--go=" + strings.Join(o.releases, ","), "--target=" + strings.Join(o.targets, ",")}
	for _, m := range o.majors {
		args = append(args, "--pg-config="+configs[m.Number])
	}
	if o.key != "" {
		args = append(args, "--sign-key="+o.key)
	}
	r.add("packs", start, command(ctx, nil, o.pgbuild, args...))
	if r.failed == 0 {
		for _, release := range o.releases {
			for _, t := range o.targets {
				for _, m := range o.majors {
					start := time.Now()
					r.add(fmt.Sprintf("%s, %s, PostgreSQL %d", release, t, m.Number), start, o.try(ctx, release, t, m, configs[m.Number]))
				}
			}
		}
	}
	text := fmt.Sprintf("# Toolchains\n\n| what | result | time |\n|---|---|---|\n%s\n\n%d failed\n", strings.Join(r.lines, "\n"), r.failed)
	return r.failed, os.WriteFile(filepath.Join(o.out, "report.md"), []byte(text), 0o644)
}

// try installs packs in a cache of their own, builds from them with nothing but Go and the
// linker in PATH, and runs what comes of it on a server.
func (o *options) try(ctx context.Context, release, t string, m majors.Major, config string) error {
	home, err := os.MkdirTemp("", "pgstd-toolchains-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	tools, err := bare(home, t)
	if err != nil {
		return err
	}
	env := []string{"XDG_CACHE_HOME=" + home, "PATH=" + tools, "GOTOOLCHAIN=" + release, "CC=", "CC_FOR_linux_arm64=", "CC_FOR_linux_amd64="}
	number := strconv.Itoa(m.Number)
	if err := command(ctx, env, o.pgbuild, "toolchain", "install", "--unsigned", "--go="+release, "--target="+t, "--pg="+number, o.out); err != nil {
		return err
	}
	out := filepath.Join(home, "built")
	if err := command(ctx, env, o.pgbuild, "build", "-o", out, "--target="+t, "--pg="+number, "./examples/textkit"); err != nil {
		return err
	}
	if err := command(ctx, env, o.pgbuild, "verify", filepath.Join(out, "textkit.so")); err != nil {
		return err
	}
	if target.Target(t).Cross() {
		goCache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
		if err != nil {
			return fmt.Errorf("go env GOCACHE: %w", err)
		}
		env := []string{"XDG_CACHE_HOME=" + home, "GOCACHE=" + strings.TrimSpace(string(goCache)), "GOTOOLCHAIN=" + release, arm64.MajorVariable + "=" + number}
		return command(ctx, env, "go", "test", "./internal/test/arm64", "-count=1", "-run=^TestTextkit$")
	}
	// The server needs its own programs; the compiler stays out of reach.
	return command(ctx, env, o.pgbuild, "run", "--pg-config="+config, "--plgo", "-f", "examples/plgo/demo.sql")
}

// bare makes a folder for PATH with what a build from packs takes.
func bare(home, t string) (string, error) {
	dir := filepath.Join(home, "tools")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"ld", "ar"} {
		path, err := kit.FindBinutil(target.Target(t), name)
		if err != nil {
			return "", err
		}
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
			return "", err
		}
	}
	for _, name := range []string{"go", "psql", "sh", "cp"} {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", err
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// command runs a program; what it says becomes the error.
func command(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(name), args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}
