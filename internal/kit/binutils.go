package kit

import (
	"errors"
	"fmt"
	"os/exec"
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
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
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
