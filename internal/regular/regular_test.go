package regular_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pgstd/pgstd/internal/regular"
)

// TestIrregular: whatever stands in the place of a file, the answer is an error that says
// what it is, and nothing of what a link leads to.
func TestIrregular(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(at("file"), []byte("content"), 0o600))
	must(os.WriteFile(at("full"), []byte("0123456789"), 0o600))
	must(os.Mkdir(at("folder"), 0o700))
	must(os.WriteFile(at("folder/file"), []byte("inner"), 0o600))
	must(syscall.Mkfifo(at("pipe"), 0o600))
	must(os.Symlink("file", at("link")))
	must(os.Symlink("/etc/passwd", at("outside")))
	must(os.Symlink("folder", at("linked")))
	must(os.Symlink("nowhere", at("dangling")))
	must(os.Symlink("/dev/zero", at("zero")))
	must(os.Symlink("pipe", at("piped")))
	socket, err := net.Listen("unix", at("socket"))
	must(err)
	defer socket.Close()
	must(os.WriteFile(at("sparse"), nil, 0o600))
	must(os.Truncate(at("sparse"), 10<<30))

	for name, want := range map[string]string{
		"folder": "a folder", "pipe": "a named pipe", "socket": "a socket", "link": "a symbolic link",
		"outside": "a symbolic link", "dangling": "a symbolic link", "zero": "a symbolic link",
		"linked/file": "which is no folder", "file/x": "which is no folder", "../x": "outside of",
		"/etc/passwd": "outside of", "sparse": "bytes", "full": "bytes",
	} {
		_, err := regular.Read(dir, name, 9)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "root") {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for name, want := range map[string]string{"zero": "a device", "piped": "a named pipe", "sparse": "bytes", "linked": "a folder"} {
		if _, err := regular.ReadNamed(at(name), 9); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("named %s: %v, want %q", name, err, want)
		}
	}
	if _, err := regular.Read(dir, "missing", 9); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	for name, want := range map[string]string{"file": "content", "folder/file": "inner"} {
		if data, err := regular.Read(dir, name, 9); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if data, err := regular.ReadNamed(at("link"), 9); err != nil || string(data) != "content" {
		t.Errorf("a link that the user names: %q, %v", data, err)
	}
}

// TestChanged: the stamp of a file is another one after whatever could have changed it.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	stamp := func() regular.Stamp {
		t.Helper()
		_, s, err := regular.Digest(dir, "f", 100)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	changed := func(name string) syscall.Timespec {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Sys().(*syscall.Stat_t).Ctim
	}
	write(name, "one")
	info, _ := os.Stat(name)
	before := stamp()
	if stamp() != before {
		t.Fatal("reading changes it")
	}
	for what, change := range map[string]func(){
		"written in place": func() { write(name, "two") },
		"written back":     func() { write(name, "two"); write(name, "one"); os.Chtimes(name, info.ModTime(), info.ModTime()) },
		"replaced":         func() { write(name+"2", "one"); os.Rename(name+"2", name) },
		"moved and back":   func() { os.Rename(name, name+"3"); os.Rename(name+"3", name) },
	} {
		before := stamp()
		// The system's clock for files is a coarse one.
		for at := changed(name); ; {
			if write(name+"-tick", ""); changed(name+"-tick") != at {
				break
			}
		}
		change()
		if stamp() == before {
			t.Errorf("%s: the stamp is the same", what)
		}
	}
}
