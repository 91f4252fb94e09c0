package kit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// arch is what building and running for an architecture takes on a machine of
// another one.
type arch struct {
	gnu  string // prefix of the GNU tools
	qemu string // what qemu calls it
}

var arches = map[string]arch{
	"amd64": {gnu: "x86_64-linux-gnu", qemu: "x86_64"},
	"arm64": {gnu: "aarch64-linux-gnu", qemu: "aarch64"},
}

// Cross reports whether the target is for another architecture than this
// machine's.
func (t Target) Cross() bool { return t.GOARCH() != runtime.GOARCH }

// Compiler names the C compiler for a target: what the environment says, or what
// distributions call it. The environment's names are those of Go's own build, CC
// for this machine and CC_FOR_linux_ARCH for others.
func (t Target) Compiler(g *gocmd.Go) string {
	name := g.CC
	fallback := "gcc"
	if t.Cross() {
		name = os.Getenv("CC_FOR_linux_" + t.GOARCH())
		fallback = arches[t.GOARCH()].gnu + "-gcc"
	}
	if name == "" {
		return fallback
	}
	return name
}

// CompilerPackages are the Debian packages that bring the compiler for a target
// and the C library's headers.
func (t Target) CompilerPackages() string {
	if t.Cross() {
		return "gcc-" + debian(arches[t.GOARCH()].gnu) + " libc6-dev-" + t.GOARCH() + "-cross"
	}
	return "gcc libc6-dev"
}

// debian is a GNU prefix as the names of Debian packages have it.
func debian(gnu string) string {
	b := []byte(gnu)
	for i, c := range b {
		if c == '_' {
			b[i] = '-'
		}
	}
	return string(b)
}

// ErrNoCC says that the C compiler is missing.
var ErrNoCC = errors.New("no C compiler")

// FindCC finds the C compiler that links for a target.
func FindCC(g *gocmd.Go, t Target) (string, error) {
	name := t.Compiler(g)
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	if t.Cross() {
		return "", fmt.Errorf("%w for %s: %s is not in PATH; install one (apt-get install %s) or set CC_FOR_linux_%s",
			ErrNoCC, t, name, t.CompilerPackages(), t.GOARCH())
	}
	return "", fmt.Errorf("%w: %s is not in PATH; install one (apt-get install %s) or set CC", ErrNoCC, name, t.CompilerPackages())
}

// ErrNoEmulator says that programs for another architecture cannot be run.
var ErrNoEmulator = errors.New("no emulator")

// Emulator finds what runs programs of a target on this machine; empty if the
// machine does that by itself.
func Emulator(t Target) (string, error) {
	if !t.Cross() {
		return "", nil
	}
	name := "qemu-" + arches[t.GOARCH()].qemu
	for _, candidate := range []string{name + "-static", name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w for %s: neither %s-static nor %s is in PATH; install one (apt-get install qemu-user-static), or test on a machine of that architecture",
		ErrNoEmulator, t, name, name)
}
