package target_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

const small = `package small

//pg:function
func AddOne(n int64) int64 { return n + 1 }
`

// Where the parts of pgstd_object stand; see host/abi.h.
const (
	atABIVersion = 4
	atStructSize = 8
	atStart      = 16
)

// descriptor finds pgstd_object in an object. The offset is the file's.
func descriptor(t *testing.T, object []byte) int {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if section := f.Sections[s.Section]; s.Name == "pgstd_object" {
			return int(s.Value - section.Addr + section.Offset)
		}
	}
	t.Fatal("no pgstd_object")
	return 0
}

// writeFile puts a damaged file into a folder of its own.
func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBadObjects: for whatever it cannot run, pgstd-run has one line and exit
// code 1.
func TestBadObjects(t *testing.T) {
	host, path := standaloneHost(t), buildObject(t, writePackage(t, "small", small))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := descriptor(t, good)
	patched := func(offset int, value uint64, size int) []byte {
		data := bytes.Clone(good)
		binary.LittleEndian.PutUint64(data[at+offset:], value&(1<<(8*size)-1)|
			binary.LittleEndian.Uint64(data[at+offset:])&^(1<<(8*size)-1))
		return data
	}
	if o := run(t, nil, host, path, "call", "add_one", "41"); o.exit != 0 || o.stdout != "42\n" {
		t.Errorf("the good object: %+v", o)
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"newer ABI":    {patched(atABIVersion, 99, 4), `pgstd ABI version 99, this host speaks version [0-9]+; build it again`},
		"older ABI":    {patched(atABIVersion, 0, 4), `pgstd ABI version 0, this host speaks version [0-9]+; build it again`},
		"other magic":  {patched(0, 0x12345678, 4), `it is not a pgstd object`},
		"other size":   {patched(atStructSize, 1, 4), `its descriptor has another size`},
		"text":         {[]byte("#!/bin/sh\nexit 0\n"), `it is not a 64-bit ELF file`},
		"empty":        {nil, `it is not a 64-bit ELF file`},
		"cut in text":  {good[:len(good)/4], `it has been cut short`},
		"cut at start": {good[:100], `its program headers are damaged|it has been cut short`},
		"other object": {hostLibrary(t), `it is not a pgstd object`},
	} {
		t.Run(name, func(t *testing.T) {
			o := run(t, nil, host, writeFile(t, "object.so", test.data), "call", "add_one", "41")
			if o.exit != 1 || o.stdout != "" || strings.Count(o.stderr, "\n") != 1 || !strings.HasPrefix(o.stderr, "pgstd-run: ") ||
				!regexp.MustCompile(test.want).MatchString(o.stderr) {
				t.Errorf("exit code %d, want 1 and %s\n%s%s", o.exit, test.want, o.stdout, o.stderr)
			}
		})
	}
	for _, args := range [][]string{
		{filepath.Join(t.TempDir(), "none.so"), "list"},
		{path, "call", "nosuch"},
		{path, "call", "add_one"},
		{path, "call", "add_one", "1", "2"},
		{path, "call", "add_one", "one"},
		{path, "call", "add_one", "99999999999999999999"},
	} {
		if o := run(t, nil, host, args...); o.exit != 1 || strings.Count(o.stderr, "\n") != 1 || !strings.HasPrefix(o.stderr, "pgstd-run: ") {
			t.Errorf("%q: exit code %d, want 1\n%s", args[1:], o.exit, o.stderr)
		}
	}
	for _, args := range [][]string{{}, {path}, {path, "dance"}, {"-x", path, "list"}, {path, "call"}} {
		if o := run(t, nil, host, args...); o.exit != 2 || !strings.HasPrefix(o.stderr, "usage: ") && !strings.Contains(o.stderr, "\nusage: ") {
			t.Errorf("%q: exit code %d, want 2\n%s", args, o.exit, o.stderr)
		}
	}
}

// hostLibrary is a shared object that is none of ours.
func hostLibrary(t *testing.T) []byte {
	t.Helper()
	for _, path := range []string{"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6"} {
		if data, err := os.ReadFile(path); err == nil {
			return data
		}
	}
	t.Skip("no libm.so.6 to misuse")
	return nil
}

// TestBadModule: a server refuses a module whose object has another ABI version
// with one ERROR, and the session goes on.
func TestBadModule(t *testing.T) {
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	dir := writePackage(t, "small", small)
	object, err := os.ReadFile(buildObject(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	at := descriptor(t, object)
	e, err := target.BuildExtension(t.Context(), target.Request{Dir: dir, OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(e.Module)
	if err != nil {
		t.Fatal(err)
	}
	// A module does not show where its object is. The start tells it from others.
	start := object[at : at+atStart]
	if n := bytes.Count(module, start); n != 1 {
		t.Fatalf("%d descriptors in the module", n)
	}
	binary.LittleEndian.PutUint32(module[bytes.Index(module, start)+atABIVersion:], 99)
	if err := os.WriteFile(e.Module, module, 0o755); err != nil {
		t.Fatal(err)
	}
	c := clusters.Start(t, cluster.Options{PG: pg, Files: e.Files()})
	_, err = c.Query(t.Context(), "create extension small;")
	if err == nil || !regexp.MustCompile(`(?s)ERROR:  could not load the Go object of this module\n`+
		`DETAIL:  .*ABI version 99, this host speaks version [0-9]+; build it again`).MatchString(err.Error()) {
		t.Errorf("the server says: %v", err)
	}
	if out, err := c.Query(t.Context(), `\set ON_ERROR_STOP off
		create extension small;
		select 'still here';`); err != nil || out != "still here" {
		t.Errorf("after the ERROR: %q, %v", out, err)
	}
}
