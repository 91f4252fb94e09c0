package base

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
)

// testPackages are few, for a base that is made fast.
var testPackages = []string{"context", "encoding/json", "errors", "fmt", "log", "reflect", "regexp", "runtime", "slices", "sort", "strings", "sync", "sync/atomic", "time", kit.ModulePath + "/pg/pgabi"}

func testBase(t *testing.T) (*kit.Kit, *Base) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("modules are made for amd64")
	}
	k, err := kit.Open(t.Context(), kit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	b, err := Make(t.Context(), k, testPackages)
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
	cmd := exec.CommandContext(ctx, path, args...)
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
	if testing.Short() {
		t.Skip("it links a base")
	}
	k, b := testBase(t)
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
	at := func(path string) int {
		return slices.IndexFunc(b.about.Inits, func(i initTask) bool { return i.Package == path })
	}
	if at("errors") < 0 || at("errors") > at("regexp") || at("regexp/syntax") > at("regexp") {
		t.Errorf("packages are initialised in this order: %v", b.about.Inits)
	}
	again, err := Find(t.Context(), k, slices.Concat(testPackages[3:], testPackages[:5]))
	if err != nil || again.Path() != b.Path() {
		t.Errorf("it is not found: %v", err)
	}
	elsewhere := *k
	elsewhere.CacheDir = t.TempDir()
	if _, err := Find(t.Context(), &elsewhere, testPackages); !errors.Is(err, ErrNone) {
		t.Errorf("a base that has not been made: %v", err)
	}
	again, err = Make(t.Context(), k, slices.Concat(testPackages[3:], testPackages[:5]))
	if err != nil {
		t.Fatal(err)
	}
	if again.Path() != b.Path() {
		t.Errorf("%s and %s", again.Path(), b.Path())
	}
}
