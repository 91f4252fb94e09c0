package base

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/sandbox"
)

// goLink has the Go linker make a relocatable, and returns its path. It would call a C
// compiler to finish; what it leaves behind for that is what is wanted.
func goLink(ctx context.Context, k *kit.Kit, work, config, name string, args []string) (string, error) {
	left := filepath.Join(work, "left")
	if err := os.Mkdir(left, 0o755); err != nil {
		return "", err
	}
	flags := []string{"-linkmode=external", "-extld", "/bin/true", "-tmpdir", left, "-s", "-w", "-buildid=", "-importcfg", config,
		"-o", filepath.Join(work, name)}
	if err := goTool(ctx, k, work, "link", append(flags, args...)...); err != nil {
		return "", err
	}
	return filepath.Join(left, "go.o"), nil
}

// goTool runs one of the toolchain's programs; what it says becomes the error.
func goTool(ctx context.Context, k *kit.Kit, dir, name string, args ...string) error {
	path := filepath.Join(k.Golang.Root, "pkg", "tool", "linux_"+k.Golang.Arch, name)
	out, err := k.ToolCommand(ctx, dir, path, args...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit sandbox.Exited
	if errors.As(err, &exit) {
		return &kit.BuildError{Output: strings.TrimSpace(string(out))}
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", path, err)
	}
	return nil
}

// entryObject assembles what the Go linker wants a plugin to have of its own: the function that
// would register it with the runtime. Nothing calls it.
func entryObject(ctx context.Context, k *kit.Kit, work, path string) error {
	source, out := filepath.Join(work, "entry.s"), filepath.Join(work, "entry.o")
	if err := os.WriteFile(source, []byte("TEXT runtime·addmoduledata(SB), 4, $0-0\n\tRET\n"), 0o644); err != nil {
		return err
	}
	if err := goTool(ctx, k, work, "asm", "-p", "plgo", "-shared", "-linkshared", "-o", out, source); err != nil {
		return fmt.Errorf("assembling the entry of modules: %w", err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
