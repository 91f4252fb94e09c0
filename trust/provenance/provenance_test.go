package provenance_test

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/provenance"
)

func record() *provenance.Record {
	return &provenance.Record{
		Version: provenance.Version, Kind: "module", Target: "linux-postgres-amd64", ABI: 2,
		Kit: provenance.Kit{Version: "0.1.0", Digest: "abc"}, Go: "go1.26.8", Overlay: "def", Compiler: "gcc \"12\"", Postgres: 15,
		Package: "example.org/a", Functions: []string{"f(x text)"}, Flags: []string{"-trimpath"},
		Modules: []provenance.Module{{Path: "example.org/a"}, {Path: "example.org/ü", Version: "v1.0.0", Sum: "h1:x="}},
		Source:  &provenance.Source{Verdict: "passed", Policy: "123", Accepted: []string{"m: unsafe"}},
	}
}

func TestRecord(t *testing.T) {
	r := record()
	again, err := provenance.Parse(r.Encode())
	if err != nil || !reflect.DeepEqual(r, again) {
		t.Errorf("%+v, %v", again, err)
	}
	if !bytes.Equal(r.Encode(), again.Encode()) {
		t.Error("the same record, other bytes")
	}
}

func TestBadRecords(t *testing.T) {
	good := string(record().Encode())
	for text, want := range map[string]string{
		"":    "not JSON",
		"[1]": "not JSON",
		"{}":  "of version 0",
		strings.Replace(good, `"version":2`, `"version":3`, 1): "of version 3",
		strings.Replace(good, `"kind"`, `"kund"`, 1):           "damaged",
		strings.Replace(good, `"abi":2`, `"abi":-2`, 1):        "damaged",
		good + " {}":                      "not JSON",
		strings.Repeat(" ", 1<<20) + good: "more than",
		strings.Replace(good, "f(x text)", `\u001b[2Jf`, 1):      "cannot be shown",
		strings.Replace(good, "f(x text)", `f\nverdict good`, 1): "cannot be shown",
		strings.Replace(good, "-trimpath", `\u202e`, 1):          "cannot be shown",
		strings.Replace(good, "example.org/ü", `a\u009bb`, 1):    "cannot be shown",
		strings.Replace(good, "v1.0.0", `v1\u0000`, 1):           "cannot be shown",
		strings.Replace(good, `"passed"`, `"passed\r"`, 1):       "cannot be shown",
	} {
		if _, err := provenance.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
}

// TestNotes: the section has the notes that were meant, in the form that all ELF notes have.
func TestNotes(t *testing.T) {
	r := record()
	data, at := r.Notes(true)
	json := r.Encode()
	want := fmt.Sprintf("\x06\x00\x00\x00%s\x01\x00\x00\x00pgstd\x00\x00\x00%s", le(len(json)), json)
	want += strings.Repeat("\x00", (4-len(want)%4)%4)
	want += "\x06\x00\x00\x00\x08\x00\x00\x00\x02\x00\x00\x00pgstd\x00\x00\x00" + strings.Repeat("\x00", 8)
	if string(data) != want {
		t.Errorf("%q, want %q", data, want)
	}
	if at != uint64(len(data))-8 {
		t.Errorf("the distance is to be at %d of %d", at, len(data))
	}
	if host, at := r.Notes(false); string(host) != want[:len(host)] || at != 0 || len(host) >= len(want) {
		t.Error("a host has no descriptor")
	}
}

func le(n int) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}) }

func TestFromBuildInfo(t *testing.T) {
	r := &provenance.Record{}
	r.FromBuildInfo(&debug.BuildInfo{
		GoVersion: "go1.27.3",
		Main:      debug.Module{Path: "example.org/a", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "example.org/b", Version: "v1.0.0", Sum: "h1:b="},
			{Path: "example.org/c", Version: "v1.0.0", Sum: "h1:c=", Replace: &debug.Module{Path: "example.org/d", Version: "v2.0.0", Sum: "h1:d="}},
			{Path: "example.org/e", Version: "v1.0.0", Replace: &debug.Module{Path: "./vendor/example.org/e", Version: "(devel)"}},
		},
	})
	want := []provenance.Module{
		{Path: "example.org/a", Version: "(devel)"},
		{Path: "example.org/b", Version: "v1.0.0", Sum: "h1:b="},
		{Path: "example.org/c", Version: "v1.0.0", Sum: "h1:d=", Replace: &provenance.Replacement{Path: "example.org/d", Version: "v2.0.0"}},
		{Path: "example.org/e", Version: "v1.0.0", Replace: &provenance.Replacement{Path: "./vendor/example.org/e"}},
	}
	if r.Go != "go1.27.3" || !reflect.DeepEqual(r.Modules, want) {
		t.Errorf("%+v", r)
	}
}

// TestSays: a record can say what a folder holds, and nothing else than the linker.
func TestSays(t *testing.T) {
	folder := func(path string) *provenance.Replacement { return &provenance.Replacement{Path: path} }
	release := &provenance.Replacement{Path: "example.org/b", Version: "v2.0.0"}
	is := provenance.Module{Path: "example.org/a", Version: "v1.0.0", Sum: "h1:a="}
	with := func(change func(*provenance.Module)) provenance.Module { m := is; change(&m); return m }
	local := with(func(m *provenance.Module) { m.Replace, m.Sum = folder("./local"), "" })
	vendored := with(func(m *provenance.Module) { m.Replace, m.Sum = folder("./vendor/example.org/a"), "" })
	for _, test := range []struct {
		name       string
		says, link provenance.Module
		ok         bool
	}{
		{"the same", is, is, true},
		{"another path", with(func(m *provenance.Module) { m.Path = "example.org/x" }), is, false},
		{"another version", with(func(m *provenance.Module) { m.Version = "v1.0.1" }), is, false},
		{"another sum", with(func(m *provenance.Module) { m.Sum = "h1:b=" }), is, false},
		{"no sum", with(func(m *provenance.Module) { m.Sum = "" }), is, false},
		{"no replacement", is, with(func(m *provenance.Module) { m.Replace = release }), false},
		{"a replacement more", with(func(m *provenance.Module) { m.Replace = release }), is, false},
		{"a folder with its hash", with(func(m *provenance.Module) { m.Replace = folder("./local") }), local, true},
		{"a folder as a release", is, local, false},
		{"another folder", with(func(m *provenance.Module) { m.Replace = folder("./other") }), local, false},
		{"out of the vendor folder", is, vendored, true},
		{"a replacement out of it", with(func(m *provenance.Module) { m.Replace = release }), vendored, true},
		{"out of it without a hash", with(func(m *provenance.Module) { m.Sum = "" }), vendored, false},
		{"out of another's vendor folder", is, with(func(m *provenance.Module) { m.Replace, m.Sum = folder("./vendor/example.org/b"), "" }), false},
	} {
		if test.says.Says(test.link) != test.ok {
			t.Errorf("%s: %v, want %v", test.name, !test.ok, test.ok)
		}
	}
}

// FuzzParse: notes and build information of strangers end in an answer.
func FuzzParse(f *testing.F) {
	f.Add(record().Encode())
	f.Add([]byte("\xff Go buildinf:\x08\x02" + strings.Repeat("\x00", 16) + "\x04go1.\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := provenance.Parse(data); err == nil && (r.Version < 1 || r.Version > provenance.Version) {
			t.Error("another version")
		}
		provenance.ParseBuildInfo(data)
	})
}
