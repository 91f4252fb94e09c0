package link

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
)

// TestSameLoaded changes a program, this test, in what a loader reads of it and in what it does not.
func TestSameLoaded(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	headers := binary.LittleEndian.Uint64(file[32:])
	segment := headers
	for binary.LittleEndian.Uint32(file[segment:]) != 1 { // PT_LOAD
		segment += 56
	}
	at := binary.LittleEndian.Uint64(file[segment+8:]) + binary.LittleEndian.Uint64(file[segment+32:]) - 1
	for _, c := range []struct {
		name   string
		change func(f []byte)
		says   string
	}{
		{"nothing", func([]byte) {}, ""},
		{"place of the sections", func(f []byte) { f[40]++ }, ""},
		{"number of sections", func(f []byte) { f[60]++ }, ""},
		{"last byte of a segment", func(f []byte) { f[at]++ }, "other bytes"},
		{"entry", func(f []byte) { f[24]++ }, "other bytes"},
		{"rights of a segment", func(f []byte) { f[segment+4] ^= 2 }, "described otherwise"},
		{"number of segments", func(f []byte) { f[56]-- }, "have become"},
	} {
		other := bytes.Clone(file)
		c.change(other)
		err := sameLoaded(file, other)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if sameLoaded(file, file[:10]) == nil {
		t.Error("a file without a header is the same as one with it")
	}
}
