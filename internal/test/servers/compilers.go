package servers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Compiler is a gcc that the host is compiled with, beside the machine's own.
type Compiler struct {
	Number int
	Suite  string // of Debian, that has it
}

// Compilers are those of the suites that people have.
var Compilers = []Compiler{{14, "trixie"}, {16, "sid"}}

// GCC returns the program, and unpacks it if it is not there. It takes the headers of this machine.
func (c Compiler) GCC(ctx context.Context, cacheDir string) (string, error) {
	name := fmt.Sprintf("gcc-%d-%s-%s", c.Number, runtime.GOARCH, layout)
	parent := filepath.Join(base(cacheDir), "compilers")
	program := fmt.Sprintf("gcc-%d", c.Number)
	err := once(ctx, parent, name, func(tmp, root, final string) error {
		apt, err := newApt(ctx, tmp, "", c.Suite, runtime.GOARCH)
		if err != nil {
			return err
		}
		names, err := apt.needed(ctx, program)
		if err != nil {
			return err
		}
		files, err := apt.download(ctx, names)
		if err == nil {
			err = unpack(ctx, files, root)
		}
		if err != nil {
			return err
		}
		folders, err := filepath.Glob(filepath.Join(root, "usr/libexec/gcc/*", fmt.Sprint(c.Number)))
		if err != nil {
			return err
		}
		for _, folder := range append(folders, filepath.Join(root, "usr/bin")) {
			if err := direct(ctx, root, final, strings.TrimPrefix(folder, root)); err != nil {
				return err
			}
		}
		// Where it looks for an assembler and a linker before it takes those in PATH.
		for _, folder := range folders {
			triple := filepath.Join(root, "usr", filepath.Base(filepath.Dir(folder)))
			if err := os.MkdirAll(triple, 0o755); err != nil {
				return err
			}
			if err := os.Symlink("../bin", filepath.Join(triple, "bin")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("%s of Debian %s: %w", program, c.Suite, err)
	}
	return filepath.Join(parent, name, "usr/bin", program), nil
}
