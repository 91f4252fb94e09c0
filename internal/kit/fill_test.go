package kit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// makeParts is what a folder of the cache is filled with in the tests.
func makeParts(made *int) func(string) error {
	return func(tmp string) error {
		*made++
		return errors.Join(
			os.WriteFile(filepath.Join(tmp, "a"), []byte("first"), 0o644),
			os.Mkdir(filepath.Join(tmp, "sub"), 0o755),
			os.WriteFile(filepath.Join(tmp, "sub", "b"), []byte("second"), 0o644),
		)
	}
}

// TestFillWhole: a folder of the cache is taken if it is what it was made to be, and made
// again if not, whatever has happened to it.
func TestFillWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kind", "key")
	made := 0
	check := func(what string, want int) {
		t.Helper()
		if err := Fill(dir, makeParts(&made)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if made != want {
			t.Errorf("%s: made %d times, want %d", what, made, want)
		}
		made = 0
		a, err := os.ReadFile(filepath.Join(dir, "a"))
		b, err2 := os.ReadFile(filepath.Join(dir, "sub", "b"))
		if err != nil || err2 != nil || string(a) != "first" || string(b) != "second" {
			t.Errorf("%s: %q, %q", what, a, b)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".new-*")); left != nil {
			t.Errorf("%s: left %q", what, left)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	check("new", 1)
	check("there", 0)
	now := time.Now()
	for what, damage := range map[string]func() error{
		"another content":         func() error { return os.WriteFile(at("a"), []byte("frist"), 0o644) },
		"another, of that time":   func() error { os.WriteFile(at("a"), []byte("frist"), 0o644); return os.Chtimes(at("a"), now, now) },
		"half a file":             func() error { return os.Truncate(at("sub/b"), 3) },
		"an empty file":           func() error { return os.Truncate(at("a"), 0) },
		"a missing file":          func() error { return os.Remove(at("a")) },
		"a file more":             func() error { return os.WriteFile(at("c"), nil, 0o644) },
		"a link":                  func() error { os.Remove(at("a")); return os.Symlink("sub/b", at("a")) },
		"a pipe":                  func() error { os.Remove(at("a")); return exec.Command("mkfifo", at("a")).Run() },
		"no list":                 func() error { return os.Remove(at(contentsName)) },
		"an empty list":           func() error { return os.Truncate(at(contentsName), 0) },
		"half a list":             func() error { return os.Truncate(at(contentsName), 30) },
		"a list of nothing":       func() error { return os.WriteFile(at(contentsName), []byte("null"), 0o644) },
		"a file in its place":     func() error { os.RemoveAll(dir); return os.WriteFile(dir, nil, 0o644) },
		"an empty folder":         func() error { os.RemoveAll(dir); return os.Mkdir(dir, 0o755) },
		"a folder as it once was": func() error { return os.Remove(at(contentsName)) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		check(what, 1)
	}
	if os.Geteuid() == 0 {
		for _, name := range []string{dir, at("a")} {
			if err := os.Chown(name, 4711, -1); err != nil {
				t.Fatal(err)
			}
			check("another user's "+name, 1)
		}
	}
	// A copy, of which the system says something else, is as good.
	if err := exec.Command("cp", "-r", dir, dir+"-copy").Run(); err != nil {
		t.Fatal(err)
	}
	if !Whole(dir + "-copy") {
		t.Error("a copy is not whole")
	}
}

// TestFillFailed: a folder that could not be made whole is not there.
func TestFillFailed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kind", "key")
	failure := errors.New("no space left on device")
	err := Fill(dir, func(tmp string) error {
		if err := os.WriteFile(filepath.Join(tmp, "a"), []byte("fir"), 0o644); err != nil {
			return err
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// TestFullDisk fills a cache on a disk that has no room for it.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", mount).Run(); err != nil {
		t.Skip("no file system can be mounted here")
	}
	defer exec.Command("umount", mount).Run()
	dir := filepath.Join(mount, "kind", "key")
	big := func(size int) func(string) error {
		return func(tmp string) error { return os.WriteFile(filepath.Join(tmp, "a"), make([]byte, size), 0o644) }
	}
	if err := Fill(dir, big(1<<20)); err == nil {
		t.Fatal("the disk is not full")
	}
	// No part of it stays, so that there is room again.
	if err := Fill(dir, big(40<<10)); err != nil || !Whole(dir) {
		t.Errorf("%v", err)
	}
	// There is room for the files and none for their list.
	if err := Fill(filepath.Join(mount, "kind", "other"), func(tmp string) error {
		for i := 0; ; i++ {
			if err := os.WriteFile(filepath.Join(tmp, fmt.Sprint(i)), make([]byte, 4096), 0o644); err != nil {
				return os.Remove(filepath.Join(tmp, fmt.Sprint(i)))
			}
		}
	}); err == nil || Whole(filepath.Join(mount, "kind", "other")) {
		t.Errorf("%v", err)
	}
}

// TestFillAtOnce: many builders of one folder, of which nobody sees a part.
func TestFillAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kind", "key")
	for _, damage := range []func(){func() {}, func() { os.Truncate(filepath.Join(dir, "a"), 2) }} {
		damage()
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				made := 0
				if err := Fill(dir, makeParts(&made)); err != nil {
					t.Error(err)
				}
				if data, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(data) != "first" {
					t.Errorf("%q, %v", data, err)
				}
			})
		}
		group.Wait()
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".new-*")); left != nil {
		t.Errorf("left %q", left)
	}
}

// TestAbandoned: what a killed run has left goes with the next, and what a running one is
// at stays.
func TestAbandoned(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	dead := exec.Command(os.Args[0], "-test.run=^TestAbandonedChild$", "-test.v")
	dead.Env = append(os.Environ(), "PGSTD_TEST_ABANDON="+tmp)
	out, err := dead.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dead.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := dead.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 4096)
	for text := ""; !strings.Contains(text, "made"); {
		n, err := out.Read(said)
		if err != nil {
			t.Fatalf("%q, %v", text, err)
		}
		text += string(said[:n])
	}
	count := func() int { names, _ := filepath.Glob(filepath.Join(tmp, "pgstd-build-*")); return len(names) }
	_, removeMine, err := Workspace()
	if err != nil {
		t.Fatal(err)
	}
	if count() != 2 {
		t.Errorf("%d folders beside a living process", count())
	}
	dead.Process.Kill()
	dead.Wait()
	second, removeSecond, err := Workspace()
	if err != nil {
		t.Fatal(err)
	}
	if count() != 2 {
		t.Errorf("%d folders after the other process has died", count())
	}
	removeMine()
	if _, err := os.Stat(second); err != nil || count() != 1 {
		t.Errorf("%d folders, %v", count(), err)
	}
	removeSecond()
	if count() != 0 {
		t.Errorf("%d folders at the end", count())
	}
}

// TestAbandonedChild is the process that dies.
func TestAbandonedChild(t *testing.T) {
	tmp := os.Getenv("PGSTD_TEST_ABANDON")
	if tmp == "" {
		t.Skip("for TestAbandoned")
	}
	t.Setenv("TMPDIR", tmp)
	if _, _, err := Workspace(); err != nil {
		t.Fatal(err)
	}
	fmt.Println("made")
	io.Copy(io.Discard, os.Stdin) // until it is killed; select {} would be a deadlock, which ends it
}
