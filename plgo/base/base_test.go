package base

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
)

// testPackages are few, for a base that is made fast.
var testPackages = []string{"context", "encoding/json", "errors", "fmt", "log", "reflect", "regexp", "runtime", "slices", "sort", "strings", "sync", "sync/atomic", "time", "unicode", kit.ModulePath + "/pg/pgabi"}

// everywhere runs a test for each target: those of another architecture, if there are a compiler and an emulator.
func everywhere(t *testing.T, test func(t *testing.T, at kit.Target)) {
	t.Helper()
	if testing.Short() {
		t.Skip("it links a base")
	}
	for _, at := range kit.Supported {
		t.Run(at.GOARCH(), func(t *testing.T) {
			if _, err := kit.Emulator(at); err != nil {
				t.Skip(err)
			}
			test(t, at)
		})
	}
}

func testBase(t *testing.T, at kit.Target) (*kit.Kit, *Base) {
	t.Helper()
	k, err := kit.Open(t.Context(), kit.Options{Target: at})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	if k.NoCC != nil && at.Cross() {
		t.Skip(k.NoCC)
	}
	b, err := Make(t.Context(), k, testPackages, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k, b
}

// host runs the standalone host, with additions to the environment.
func host(t *testing.T, k *kit.Kit, env []string, args ...string) string {
	t.Helper()
	path, err := link.StandaloneHost(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	args = append([]string{path}, args...)
	if emulator, err := kit.Emulator(k.Target); err != nil {
		t.Skip(err)
	} else if emulator != "" {
		args = append([]string{emulator}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestMake: a base is an object that starts, initialises nothing, and offers what its host needs
// for modules; and it is found when it is asked for again.
func TestMake(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := testBase(t, at)
		data, err := os.ReadFile(b.Path())
		if err != nil {
			t.Fatal(err)
		}
		if digest := sha256.Sum256(data); b.Digest() != hex.EncodeToString(digest[:]) {
			t.Errorf("digest %s", b.Digest())
		}
		if got, want := host(t, k, nil, b.Path(), "list"), "pgstd.link/1\npgstd.init/1\n"; got != want {
			t.Errorf("it offers %q, want %q", got, want)
		}
		order := func(path string) int {
			return slices.IndexFunc(b.about.Inits, func(i initTask) bool { return i.Package == path })
		}
		if order("errors") < 0 || order("errors") > order("regexp") || order("regexp/syntax") > order("regexp") {
			t.Errorf("packages are initialised in this order: %v", b.about.Inits)
		}
		again, err := Find(t.Context(), k, slices.Concat(testPackages[3:], testPackages[:5]), nil)
		if err != nil || again.Path() != b.Path() {
			t.Errorf("it is not found: %v", err)
		}
		elsewhere := *k
		elsewhere.CacheDir = t.TempDir()
		if _, err := Find(t.Context(), &elsewhere, testPackages, nil); !errors.Is(err, ErrNone) {
			t.Errorf("a base that has not been made: %v", err)
		}
		again, err = Make(t.Context(), k, slices.Concat(testPackages[3:], testPackages[:5]), nil)
		if err != nil {
			t.Fatal(err)
		}
		if again.Path() != b.Path() {
			t.Errorf("%s and %s", again.Path(), b.Path())
		}
	})
}

// TestFunctionsInOrder: nobody looks at a base's table of functions again.
func TestFunctionsInOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		_, b := testBase(t, at)
		file, err := os.ReadFile(b.Path())
		if err != nil {
			t.Fatal(err)
		}
		if err := checkFunctions(file); err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		table := file[f.Section(".gopclntab").Offset:]
		n, first := binary.LittleEndian.Uint64(table[8:]), table[binary.LittleEndian.Uint64(table[64:]):]
		for name, change := range map[string]func(){
			"order":    func() { binary.LittleEndian.PutUint32(first[8*(n/2):], 1) },
			"first":    func() { binary.LittleEndian.PutUint32(first, 16) },
			"last":     func() { binary.LittleEndian.PutUint32(first[8*n:], 1<<31) },
			"number":   func() { binary.LittleEndian.PutUint64(table[8:], 1<<60) },
			"where":    func() { binary.LittleEndian.PutUint64(table[64:], 1<<60) },
			"no table": func() { clear(file[f.Section(".shstrtab").Offset:][:f.Section(".shstrtab").Size]) },
		} {
			whole := bytes.Clone(file)
			change()
			if checkFunctions(file) == nil {
				t.Errorf("%s: nobody has noticed", name)
			}
			copy(file, whole)
		}
	})
}
