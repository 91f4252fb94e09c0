package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// ErrNoLinker says that a program of the binutils is missing.
var ErrNoLinker = errors.New("no linker")

// FindBinutil finds one of the GNU binutils that works for a target: ld or ar. The ones that
// carry the architecture's name come first, as those without are for this machine only.
func FindBinutil(t Target, name string) (string, error) {
	gnu := arches[t.GOARCH()].gnu
	candidates := []string{gnu + "-" + name}
	if !t.Cross() {
		candidates = []string{name, gnu + "-" + name}
	}
	for _, candidate := range candidates {
		// The system's own, as a C compiler would take it, whatever else PATH offers; by the
		// name that the sandbox has, too.
		for _, path := range []string{"/usr/bin/" + candidate, candidate} {
			if path, err := exec.LookPath(path); err == nil {
				return filepath.EvalSymlinks(path)
			}
		}
	}
	return "", fmt.Errorf("%w for %s: %s is not in PATH; install it (apt-get install %s)", ErrNoLinker, t, candidates[0], t.LinkerPackage())
}

// LinkerPackage is the Debian package that brings the linker for a target.
func (t Target) LinkerPackage() string {
	if t.Cross() {
		return "binutils-" + debian(arches[t.GOARCH()].gnu)
	}
	return "binutils"
}

// LinkerID identifies the linker, for cache keys.
func (k *Kit) LinkerID(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, k.Linker, "--version")
	cmd.Env = k.ToolEnviron(k.Work)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running %s --version: %w: %s", k.Linker, err, bytes.TrimSpace(out))
	}
	return string(out), nil
}
