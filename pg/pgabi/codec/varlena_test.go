package codec

import (
	"encoding/binary"
	"strings"
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// varlena appends a text as PostgreSQL has it in memory.
func varlena(b []byte, text string, short bool) []byte {
	if short {
		return append(append(b, byte(len(text)+1)<<1|1), text...)
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(text)+4)<<2), text...)
}

// inOnePiece is a slot of an array of n texts that stand in b.
func inOnePiece(b []byte, n int) *Slot {
	b = append([]byte{}, b...)
	a := &host.ArrayData{
		N: uint64(n), Elements: unsafe.SliceData(b), Width: host.WidthVarlena, Bytes: uint64(len(b)),
		Dims: min(uint32(n), 1), Element: host.Text,
	}
	var o Out
	var s Slot
	o.Point(&s, unsafe.Pointer(a), int(unsafe.Sizeof(*a)))
	keepForTest = append(keepForTest, a)
	return &s
}

// keepForTest keeps what slots point to, as the host would.
var keepForTest []any

func TestVarlena(t *testing.T) {
	// 64 characters make a header whose first byte is 0x10, 60 one of 0x00.
	for _, texts := range [][]string{
		{}, {""}, {"", "", ""}, {"a"}, {"ab", "", "abc", "abcd"},
		{strings.Repeat("x", 60), "y", strings.Repeat("z", 64)}, {strings.Repeat("long ", 100000), "short"},
	} {
		for mask := range 1 << min(len(texts), 3) {
			var b []byte
			for i, text := range texts {
				b = varlena(b, text, mask&(1<<i) != 0 && len(text) < 126)
			}
			s := inOnePiece(b, len(texts))
			got, err := GetTexts[string](s)
			all, err2 := GetSlice(s, GetText[string])
			pointers, err3 := GetPointers(s, GetText[string])
			slots, err4 := Elements(s)
			var o Out
			c := Clone(&o, s, host.Array, host.Text)
			cloned, err5 := GetTexts[string](&c)
			for _, err := range []error{err, err2, err3, err4, err5} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for i, text := range texts {
				if got[i] != text || all[i] != text || *pointers[i] != text || string(Payload(&slots[i])) != text || cloned[i] != text {
					t.Errorf("element %d of %d, %b: %.20q %.20q %.20q", i, len(texts), mask, got[i], all[i], *pointers[i])
				}
			}
			if len(got) != len(texts) || len(all) != len(texts) || len(pointers) != len(texts) || len(cloned) != len(texts) {
				t.Errorf("%d elements have become %d", len(texts), len(got))
			}
		}
	}
}

// What PostgreSQL puts into no array is not read, nor anything behind an array.
func TestVarlenaBroken(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":           "",
		"half a header":     "\x10\x00",
		"padding alone":     "\x00\x00\x00",
		"short, too long":   "\x0babc",
		"short, of no size": "\x00\x00\x00\x00",
		"external":          "\x01\x12abcdefghijklmnop",
		"compressed":        "\x22\x00\x00\x00abcd",
		"too long":          "\x24\x00\x00\x00abcd",
		"longest":           "\xfc\xff\xff\xffabcd",
		"less than itself":  "\x0c\x00\x00\x00abcd",
	} {
		s := inOnePiece([]byte(b), 1)
		_, err := GetTexts[string](s)
		_, err2 := GetSlice(s, GetText[string])
		_, err3 := Elements(s)
		for _, err := range []error{err, err2, err3} {
			if e, ok := err.(*Error); !ok || In("x", e).Message != "x array element 1 is not as PostgreSQL has it in an array" && e.Message != "array element 1 is not as PostgreSQL has it in an array" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	// The second of two is missing.
	if _, err := GetTexts[string](inOnePiece(varlena(nil, "one", false), 2)); err == nil {
		t.Error("an array has given more than it has")
	}
}
