package base

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
)

// TestPacked: what a server gets of a base is the base, and the folder says so if it is damaged.
func TestPacked(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		_, b := testBase(t, at)
		file, err := os.ReadFile(b.Path())
		if err != nil {
			t.Fatal(err)
		}
		packed, unpacked, err := b.Packed()
		if err != nil || !bytes.Equal(unpacked, file) || len(packed) > len(file)/2 {
			t.Errorf("%d bytes of %d, as %d: %v", len(unpacked), len(file), len(packed), err)
		}
		if at.Cross() {
			return
		}
		if answers := inflated(t, [][]byte{packed}); !bytes.Equal(answers[0], file) {
			t.Error("the server reads something else")
		}
		for name, data := range map[string][]byte{"short": packed[:len(packed)-1], "none": nil, "changed": append([]byte("x"), packed[1:]...)} {
			damaged := &Base{dir: t.TempDir(), about: b.about}
			if err := os.WriteFile(filepath.Join(damaged.dir, packedName), data, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, _, err := damaged.Packed(); err == nil || !strings.Contains(err.Error(), "is damaged; remove its folder") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// inflated asks the handler's C code what gzip has made each of; nil: it refuses that. It is compiled with
// every check that the compiler can put in.
func inflated(t *testing.T, packed [][]byte) [][]byte {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"inflate.c", "inflate.h"} {
		data, err := fs.ReadFile(pgstd.Files, "plgo/handler/"+name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "driver")
	args := []string{"-O2", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-I" + dir, "-o", program,
		"testdata/inflate.c", filepath.Join(dir, "inflate.c")}
	if out, err := exec.CommandContext(t.Context(), "gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var in bytes.Buffer
	for _, p := range packed {
		in.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(p))))
		in.Write(p)
	}
	cmd := exec.CommandContext(t.Context(), program)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = &in, &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.Bytes())
	}
	answers := make([][]byte, len(packed))
	for i := range answers {
		if len(out) < 5 {
			t.Fatalf("no answer to %d", i)
		}
		n := binary.LittleEndian.Uint32(out[1:])
		if out[0] == 1 {
			answers[i] = append([]byte{}, out[5:][:n]...)
		}
		out = out[5+n:]
	}
	return answers
}

// samples are data of which each kind of block is made.
func samples() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	var words bytes.Buffer
	for words.Len() < 300_000 {
		words.WriteString(strings.Repeat("abcdefgh"[random.IntN(8):], 1+random.IntN(40)))
		words.WriteByte(byte(random.IntN(256)))
	}
	return [][]byte{{}, {7}, []byte("aaaaaaaaaa"), bytes.Repeat([]byte{0}, 100_000), noise, noise[:65_535], words.Bytes(), append(words.Bytes(), noise...)}
}

func packedBy(t *testing.T, level int, data []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// TestInflate holds the handler's reading of compressed data against Go's.
func TestInflate(t *testing.T) {
	var packed, want [][]byte
	for _, data := range samples() {
		for _, level := range []int{gzip.HuffmanOnly, gzip.NoCompression, gzip.BestSpeed, gzip.DefaultCompression, gzip.BestCompression} {
			packed, want = append(packed, packedBy(t, level, data)), append(want, data)
		}
	}
	for i, got := range inflated(t, packed) {
		if got == nil || !bytes.Equal(got, want[i]) {
			t.Errorf("%d: %d bytes of %d", i, len(got), len(want[i]))
		}
	}
}

// TestInflateDamaged: of what is not whole, nothing outside is read or written, and it is what Go says it is, or refused.
func TestInflateDamaged(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var packed [][]byte
	for _, data := range samples() {
		data = data[:min(len(data), 2000)]
		for _, level := range []int{gzip.HuffmanOnly, gzip.NoCompression, gzip.BestCompression} {
			whole := packedBy(t, level, data)
			for n := range whole {
				packed = append(packed, whole[:n])
			}
			packed = append(packed, append(whole[:len(whole)-8:len(whole)-8], append([]byte{0}, whole[len(whole)-8:]...)...))
			for range 500 {
				changed := bytes.Clone(whole)
				for range 1 + random.IntN(3) {
					// Codes stand at the beginning.
					changed[random.IntN(min(len(changed), []int{20, 100, 5000}[random.IntN(3)]))] = byte(random.Uint32())
				}
				clear(changed[len(changed)-2:]) // not more than there is time for
				packed = append(packed, changed)
			}
		}
	}
	taken := 0
	for i, got := range inflated(t, packed) {
		p := packed[i]
		var want []byte
		whole := false
		if len(p) >= 18 && bytes.HasPrefix(p, []byte{0x1f, 0x8b, 8, 0}) {
			in := bytes.NewReader(p[10 : len(p)-8])
			var err error
			want, err = io.ReadAll(flate.NewReader(in))
			whole = err == nil && in.Len() == 0 && uint32(len(want)) == binary.LittleEndian.Uint32(p[len(p)-4:])
		}
		switch {
		case got == nil && whole:
			t.Fatalf("%x is refused", p)
		case got != nil && whole && !bytes.Equal(got, want):
			t.Fatalf("%x holds something else", p)
		case got != nil && !whole:
			t.Fatalf("%x is taken", p)
		case got != nil:
			taken++
		}
	}
	if taken < 200 {
		t.Errorf("only %d of %d changes were taken", taken, len(packed))
	}
}
