package packs

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/pgstd/pgstd/trust/signature"
)

var kitHere = Kit{Version: "0.1.0", Digest: strings.Repeat("ab", 32)}

func libraryMeta() Meta {
	return Meta{Format: Format, Kind: Library, Kit: kitHere, Target: "linux-postgres-amd64", ABI: 1, Go: "go1.26.8", Overlay: "o", Flags: "f"}
}

var here = Selection{Kit: kitHere.Digest}

// libraryFolder makes what a library is packed from.
func libraryFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"0.a": "!<arch>\nfmt", "1.a": "!<arch>\nio", "1.types": "io", PackagesName: `{"fmt":{"File":"0.a"},"io":{"File":"1.a","Plain":"1.types"}}`,
		ActionsName:    strings.Repeat("1a", 32) + " 0.a\n" + strings.Repeat("2b", 32) + " 1.a\n",
		"overlay.lock": "lock", "overlay/src/os/a.go": "package os",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// folder makes a folder with a library and its index, and returns it and the entry.
func folder(t *testing.T) (string, *Entry) {
	t.Helper()
	out := t.TempDir()
	e, err := Write(out, libraryMeta(), libraryFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	writeIndex(t, out, *e)
	return out, e
}

func writeIndex(t *testing.T, out string, entries ...Entry) {
	t.Helper()
	x := &Index{Format: Format, Kit: kitHere, Packs: entries}
	if err := os.WriteFile(filepath.Join(out, IndexName), x.Encode(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func install(t *testing.T, s *Store, where string, trust Trust) ([]Entry, error) {
	t.Helper()
	from, err := Open(where)
	if err != nil {
		return nil, err
	}
	return s.Install(t.Context(), from, trust, here, false)
}

// empty reports an error if a store has anything in it.
func empty(t *testing.T, s *Store) {
	t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil && !os.IsNotExist(err) || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// TestInstall: what has been packed is there again, is found, and fills the go command's cache.
func TestInstall(t *testing.T) {
	out, _ := folder(t)
	cache := t.TempDir()
	s := StoreIn(cache)
	if _, err := install(t, s, out, Trust{Unsigned: true}); err != nil {
		t.Fatal(err)
	}
	dir, m, err := s.Find(libraryMeta())
	if err != nil || m == nil || *m != libraryMeta() {
		t.Fatal(m, err)
	}
	config, err := os.ReadFile(filepath.Join(dir, ConfigName))
	if want := fmt.Sprintf("packagefile fmt=%s/0.a\npackagefile io=%[1]s/1.a\n", dir); err != nil || string(config) != want {
		t.Errorf("%s %v, want %s", config, err, want)
	}
	goCache := filepath.Join(cache, "go-build")
	if err := os.Mkdir(goCache, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Seed(dir, goCache); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("!<arch>\nfmt"))
	hexed := hex.EncodeToString(digest[:])
	entry, err := os.ReadFile(filepath.Join(goCache, "1a", strings.Repeat("1a", 32)+"-a"))
	if m := entryForm.FindSubmatch(entry); err != nil || m == nil || string(m[2]) != hexed {
		t.Errorf("%q %v", entry, err)
	}
	if data, err := os.ReadFile(filepath.Join(goCache, hexed[:2], hexed+"-d")); err != nil || string(data) != "!<arch>\nfmt" {
		t.Errorf("%q %v", data, err)
	}
	// Again, over what is there; then damaged.
	if _, err := install(t, s, out, Trust{Unsigned: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "0.a"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Find(libraryMeta()); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged pack: %v", err)
	}
	removed, err := s.Remove(func(i *Installed) bool { return !i.Whole })
	if err != nil || len(removed) != 1 {
		t.Error(removed, err)
	}
	empty(t, s)
}

// TestSameBytes: the same files make the same pack, whatever their times and order.
func TestSameBytes(t *testing.T) {
	_, a := folder(t)
	_, b := folder(t)
	if *a != *b {
		t.Errorf("%+v\n%+v", a, b)
	}
}

// TestTrust: nothing is believed for where it lies.
func TestTrust(t *testing.T) {
	out, e := folder(t)
	public, secret, err := signature.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	keys := t.TempDir()
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := errors.Join(os.WriteFile(filepath.Join(keys, "a.pub"), public, 0o644), os.WriteFile(keyFile, secret, 0o600)); err != nil {
		t.Fatal(err)
	}
	trusted, err := signature.ReadTrusted(keys)
	if err != nil {
		t.Fatal(err)
	}
	s := StoreIn(t.TempDir())
	index := filepath.Join(out, IndexName)
	refused := func(trust Trust, where, want string) {
		t.Helper()
		if _, err := install(t, s, where, trust); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		empty(t, s)
	}
	refused(Trust{}, out, "nothing says whom to believe")
	refused(Trust{Keys: trusted}, out, "is not signed")
	refused(Trust{Digest: strings.Repeat("0", 64)}, out, "has the digest")
	refused(Trust{Digest: "nonsense"}, out, "is no SHA-256 digest")
	pack := filepath.Join(out, e.Name)
	refused(Trust{Keys: trusted}, pack, "is not signed")
	refused(Trust{Digest: strings.Repeat("0", 64)}, pack, "has the digest")

	key, err := signature.ReadKey(keyFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(index+signature.Suffix, key.Sign(data, "index"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := install(t, s, out, Trust{Keys: trusted}); err != nil {
		t.Error(err)
	}
	if _, err := s.Remove(func(*Installed) bool { return true }); err != nil {
		t.Error(err)
	}
	if _, err := install(t, s, pack, Trust{Digest: "sha256:" + e.SHA256}); err != nil {
		t.Error(err)
	}
	if _, err := s.Remove(func(*Installed) bool { return true }); err != nil {
		t.Error(err)
	}
	// A signed index, and something else in the place of the pack.
	if err := os.WriteFile(pack, []byte("short"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(Trust{Keys: trusted}, out, "and the index says")
	if err := os.WriteFile(pack, bytes.Repeat([]byte("x"), int(e.Size)+1), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(Trust{Keys: trusted}, out, "is larger than")
	// The signature of another index.
	if err := os.WriteFile(index, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(Trust{Keys: trusted}, out, "not of this file")
}

// entry is one of an archive that nobody should unpack.
type entry struct {
	tar.Header
	data string
}

func file(name, data string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644}, data}
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile: archives that are no pack's make one error, and leave nothing behind.
func TestHostile(t *testing.T) {
	meta, err := json.Marshal(libraryMeta())
	if err != nil {
		t.Fatal(err)
	}
	first := file(metaName, string(meta))
	other := func(old, new string) entry { return file(metaName, strings.Replace(string(meta), old, new, 1)) }
	link := func(kind byte) entry {
		return entry{tar.Header{Typeflag: kind, Name: "0.a", Linkname: "/etc/passwd", Mode: 0o777}, ""}
	}
	good := archive(t, first, file("0.a", "x"))
	var bomb bytes.Buffer
	z, err := zstd.NewWriter(&bomb, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	zeros := make([]byte, 1<<20)
	for _, e := range []entry{first, {tar.Header{Typeflag: tar.TypeReg, Name: "0.a", Size: maxUnpacked}, ""}} {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(e.data))
	}
	for range 64 { // it says that it is larger: the rest is missing, and its size too large with the rest
		w.Write(zeros)
	}
	z.Close()
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"path upwards":         {archive(t, first, file("../0.a", "x")), "which no pack has"},
		"absolute path":        {archive(t, first, file("/tmp/0.a", "x")), "which no pack has"},
		"path in the middle":   {archive(t, first, file("overlay/../../x", "x")), "which no pack has"},
		"dots":                 {archive(t, first, file("overlay/./x", "x")), "which no pack has"},
		"list of the cache":    {archive(t, first, file(".contents.json", "{}")), "which no pack has"},
		"its own config":       {archive(t, first, file(ConfigName, "packagefile fmt=/tmp/evil.a")), "which no pack has"},
		"file of another kind": {archive(t, first, file("host/world.o", "x")), "which no pack has"},
		"symbolic link":        {archive(t, first, link(tar.TypeSymlink)), "is no file"},
		"hard link":            {archive(t, first, link(tar.TypeLink)), "is no file"},
		"device":               {archive(t, first, link(tar.TypeChar)), "is no file"},
		"folder":               {archive(t, first, entry{tar.Header{Typeflag: tar.TypeDir, Name: "overlay/"}, ""}), "is no file"},
		"twice":                {archive(t, first, file("0.a", "x"), file("0.a", "y")), "twice"},
		"described twice":      {archive(t, first, first), "twice"},
		"file and folder":      {archive(t, first, file("overlay/a", "x"), file("overlay/a/b", "x")), "a"},
		"no description":       {archive(t, file("0.a", "x")), "does not begin with"},
		"empty":                {archive(t), "is empty"},
		"cut short":            {good[:len(good)/2], "damaged"},
		"not compressed":       {[]byte("hello"), "damaged"},
		"no packages":          {archive(t, first, file("0.a", "x")), "no packages.json"},
		"package elsewhere": {archive(t, first, file(PackagesName, `{"fmt":{"File":"../../x.a"}}`), file(ActionsName, "")),
			"has no file of package"},
		"types elsewhere": {archive(t, first, file("0.a", "x"), file(PackagesName, `{"fmt":{"File":"0.a","Plain":"../1.types"}}`), file(ActionsName, "")),
			"has no file of package"},
		"package that is missing": {archive(t, first, file(PackagesName, `{"fmt":{"File":"7.a"}}`), file(ActionsName, "")), "has no file of package"},
		"actions elsewhere": {archive(t, first, file("0.a", "x"), file(PackagesName, `{"fmt":{"File":"0.a"}}`), file(ActionsName, strings.Repeat("a", 64)+" ../x\n")),
			"cannot be read"},
		"lines in a package":   {archive(t, first, file("0.a", "x"), file(PackagesName, `{"a\nb":{"File":"0.a"}}`), file(ActionsName, "")), "has no file of package"},
		"another kit":          {archive(t, other(kitHere.Digest, strings.Repeat("cd", 32))), "it is for pgbuild"},
		"another format":       {archive(t, other(`"format":1`, `"format":2`)), "format 2"},
		"target with a path":   {archive(t, other("linux-postgres-amd64", "../../x")), "unknown target"},
		"what cannot be shown": {archive(t, other(`"flags":"f"`, `"flags":"\u001b[2J"`)), "cannot be shown"},
		"bomb":                 {bomb.Bytes(), "unpacks to more"},
		"server of nothing":    {archive(t, file(metaName, `{"format":1,"kind":"server","kit":{"version":"0.1.0","digest":"`+kitHere.Digest+`"},"target":"linux-postgres-amd64","postgres":15}`)), "0 modules"},
	} {
		t.Run(name, func(t *testing.T) {
			s := StoreIn(t.TempDir())
			path := filepath.Join(t.TempDir(), "x.tar.zst")
			if err := os.WriteFile(path, tt.data, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := install(t, s, path, Trust{Unsigned: true})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, tt.want)
			}
			empty(t, s)
		})
	}
}

// TestTooLarge: what unpacks to more than the index says is refused before it is written.
func TestTooLarge(t *testing.T) {
	out, e := folder(t)
	e.Unpacked -= 10
	writeIndex(t, out, *e)
	s := StoreIn(t.TempDir())
	if _, err := install(t, s, out, Trust{Unsigned: true}); err == nil || !strings.Contains(err.Error(), "unpacks to more") {
		t.Error(err)
	}
	empty(t, s)
}

// TestIndex: indexes that nobody writes.
func TestIndex(t *testing.T) {
	_, e := folder(t)
	change := func(f func(*Entry)) []byte {
		c := *e
		f(&c)
		return (&Index{Format: Format, Kit: kitHere, Packs: []Entry{c}}).Encode()
	}
	for want, data := range map[string][]byte{
		"no index":       []byte("<html>"),
		"has format 7":   []byte(`{"format":7}`),
		"gives the name": change(func(e *Entry) { e.Name = "../../" + e.Name }),
		"sensible size":  change(func(e *Entry) { e.Size = 1 << 40 }),
		"unknown kind":   change(func(e *Entry) { e.Kind = "else" }),
		"twice":          (&Index{Format: Format, Kit: kitHere, Packs: []Entry{*e, *e}}).Encode(),
	} {
		if _, err := ParseIndex(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestRemote: an https URL is a source, and nothing else that looks like one.
func TestRemote(t *testing.T) {
	out, e := folder(t)
	mux := http.NewServeMux()
	mux.Handle("/packs/", http.StripPrefix("/packs", http.FileServer(http.Dir(out))))
	mux.Handle("/away/", http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound))
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	before := client
	defer func() { client = before }()
	client.Transport = server.Client().Transport
	digest := func(name string) Trust {
		data, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		return Trust{Digest: fmt.Sprintf("%x", sha256.Sum256(data))}
	}
	for where, trust := range map[string]Trust{
		server.URL + "/packs":              digest(IndexName),
		server.URL + "/packs/":             digest(IndexName),
		server.URL + "/packs/" + IndexName: digest(IndexName),
		server.URL + "/packs/" + e.Name:    digest(e.Name),
	} {
		s := StoreIn(t.TempDir())
		if _, err := install(t, s, where, trust); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	}
	for where, want := range map[string]string{
		server.URL + "/nothing/":               "404",
		server.URL + "/away/":                  "not https",
		"http://example.org/packs/":            "no plain https URL",
		"ftp://example.org/packs/":             "no plain https URL",
		"https://user:word@example.org/packs/": "no plain https URL",
		"https://example.org/packs/?x=y":       "no plain https URL",
		filepath.Join(out, "nothing"):          "no such file",
	} {
		s := StoreIn(t.TempDir())
		if _, err := install(t, s, where, Trust{Unsigned: true}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", where, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	from, err := Open(server.URL + "/packs/")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := StoreIn(t.TempDir()).Install(ctx, from, Trust{Unsigned: true}, here, false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
