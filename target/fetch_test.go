package target_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/policy"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// proxy makes a module proxy of files, with one module, and returns its URL and the
// lines of go.sum.
func proxy(t *testing.T) (url, sums string) {
	t.Helper()
	url, sums, _ = proxyOf(t, map[module.Version]map[string]string{
		{Path: "example.org/dep", Version: "v1.2.3"}: {"dep.go": "package dep\n\nfunc Twice(n int64) int64 { return 2 * n }\n"},
	})
	return url, sums
}

// proxyOf makes one with modules, to whose files go.mod is added, and returns their
// hashes, too.
func proxyOf(t *testing.T, modules map[module.Version]map[string]string) (url, sums string, hashes map[module.Version]string) {
	t.Helper()
	dir := t.TempDir()
	hashes = map[module.Version]string{}
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for m, files := range modules {
		source := filepath.Join(dir, "source", m.Path, m.Version)
		goMod := "module " + m.Path + "\n\ngo 1.26\n"
		put(filepath.Join(source, "go.mod"), goMod)
		for name, text := range files {
			put(filepath.Join(source, name), text)
		}
		at := filepath.Join(dir, "proxy", m.Path, "@v", m.Version)
		var zipped bytes.Buffer
		if err := modzip.CreateFromDir(&zipped, m, source); err != nil {
			t.Fatal(err)
		}
		put(at+".info", `{"Version":"`+m.Version+`"}`)
		put(at+".mod", goMod)
		put(at+".zip", zipped.String())
		h1, err := dirhash.HashZip(at+".zip", dirhash.Hash1)
		if err != nil {
			t.Fatal(err)
		}
		mod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return readCloser{strings.NewReader(goMod)}, nil })
		if err != nil {
			t.Fatal(err)
		}
		hashes[m] = h1
		sums += m.Path + " " + m.Version + " " + h1 + "\n" + m.Path + " " + m.Version + "/go.mod " + mod + "\n"
	}
	return "file://" + filepath.Join(dir, "proxy"), sums, hashes
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// The network is for modules that are missing, and for nothing else.
func TestModules(t *testing.T) {
	url, sums := proxy(t)
	dir := writePackage(t, "double", `package double

import "example.org/dep"

//pg:function
func Double(n int64) int64 { return dep.Twice(n) }
`)
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.org/double\n\ngo 1.26\n\nrequire example.org/dep v1.2.3\n")
	write("go.sum", sums)
	modCache := func() {
		t.Helper()
		// As in a fresh home: not even the folder is there.
		cache := filepath.Join(t.TempDir(), "go", "pkg", "mod")
		t.Setenv("GOMODCACHE", cache)
		t.Cleanup(func() {
			// Its folders are read-only.
			clean := exec.Command("go", "clean", "-modcache")
			clean.Env = append(os.Environ(), "GOMODCACHE="+cache)
			if out, err := clean.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	modCache()
	t.Setenv("GOPROXY", url)
	t.Setenv("GONOSUMDB", "*")
	out := filepath.Join(t.TempDir(), "double.so")
	// The gate judges what is fetched; of vendor it wants to know what it is a copy of.
	options := target.Options{Deps: policy.Checked}
	build := func(offline bool, want string) {
		t.Helper()
		options.Offline = offline
		err := target.BuildObject(t.Context(), target.Request{Dir: dir, Options: options}, out)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	build(true, "module example.org/dep@v1.2.3 is not in the module cache, and --offline forbids to fetch it; fetch it with: go mod download example.org/dep@v1.2.3")
	write("go.sum", strings.Replace(sums, "h1:", "h1:AAAA", 1))
	build(false, "checksum mismatch")
	write("go.sum", sums)
	build(false, "")
	t.Setenv("GOPROXY", "off")
	build(true, "")

	// The vendor folder needs no module cache.
	vendor := exec.Command("go", "mod", "vendor")
	vendor.Dir = dir
	if out, err := vendor.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	build(true, "")
	modCache()
	build(true, "a vendored package that cannot be compared with example.org/dep v1.2.3")
	options.Unchecked = true
	build(true, "")
	build(false, "")
	write("vendor/example.org/dep/dep.go", "package dep\n\nfunc Thrice(n int64) int64 { return 3 * n }\n")
	build(true, "undefined: dep.Twice")
	list, err := os.ReadFile(filepath.Join(dir, "vendor", "modules.txt"))
	if err != nil {
		t.Fatal(err)
	}
	write("vendor/modules.txt", strings.ReplaceAll(string(list), "v1.2.3", "v1.2.4"))
	build(true, "vendor does not agree with go.mod: example.org/dep is v1.2.4 in vendor/modules.txt, and v1.2.3 is required; run go mod vendor")
	write("vendor/modules.txt", "")
	build(true, "example.org/dep is not there in vendor/modules.txt")
	write("vendor/modules.txt", "# ../x v1\n")
	build(true, `modules.txt: "# ../x v1" names no module`)
}
