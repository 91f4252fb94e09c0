package plgotest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCompared: the file of an object is compared with its digest once while a server runs, and
// again when anything about the file has changed.
func TestCompared(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	objectDatabase(t, s, "compared")
	c := connect(t, s, "compared")
	c.exec("create function f() returns int language plgo as $$ return 1 $$")
	c.want("select f()::text", "1")
	folder := filepath.Join(dataDirectory(t, s), "pgstd_objects", c.value("select oid::text from pg_database where datname = current_database()"))
	found, err := filepath.Glob(filepath.Join(folder, "*.so"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	file := found[0]
	note := file + ".compared"
	whole := readFile(t, file)
	// Nothing looks at the last byte, which belongs to the table of sections.
	damage := func() {
		t.Helper()
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte{^whole[len(whole)-1]}, int64(len(whole)-1)); err != nil {
			t.Fatal(err)
		}
	}
	// state is what the file is known by, as in PlgoFileState.
	state := func() []byte {
		t.Helper()
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		var b []byte
		for _, v := range []uint64{st.Dev, st.Ino, uint64(st.Size), uint64(st.Ctim.Sec), uint64(st.Ctim.Nsec)} {
			b = binary.NativeEndian.AppendUint64(b, v)
		}
		return b
	}
	want := func(when string, isWhole bool) {
		t.Helper()
		c := connect(t, s, "compared")
		c.want("select f()::text", "1")
		c.Close(t.Context())
		sum := sha256.Sum256([]byte(readFile(t, file)))
		if intact := strings.HasPrefix(filepath.Base(file), hex.EncodeToString(sum[:])); intact != isWhole {
			t.Errorf("%s: the file is intact: %t, want %t", when, intact, isWhole)
		}
	}
	c.Close(t.Context())
	want("as it was written", true)
	written := []byte(readFile(t, note))
	if !bytes.Equal(written[16:], state()) {
		t.Errorf("the note has %x for the file, which is %x", written[16:], state())
	}
	damage()
	want("damaged", true)
	for what, change := range map[string]func(note []byte){
		"of another server": func(note []byte) { note[8]++ },
		"of another format": func(note []byte) { note[0]++ },
		"of another inode":  func(note []byte) { note[24]++ },
		"of another time":   func(note []byte) { note[48]++ },
	} {
		damage()
		forged := append(bytes.Clone(written[:16]), state()...)
		change(forged)
		if err := os.WriteFile(note, forged, 0o600); err != nil {
			t.Fatal(err)
		}
		want("with a note "+what, true)
	}
	// Who can write notes is believed: it is not compared in each session.
	damage()
	if err := os.WriteFile(note, append(bytes.Clone(written[:16]), state()...), 0o600); err != nil {
		t.Fatal(err)
	}
	want("with a note that fits", false)
	last := connect(t, s, "compared")
	last.exec("drop function f")
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left in the folder: %v", left)
	}
}
