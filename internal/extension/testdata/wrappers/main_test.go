package main

import (
	"bytes"
	"math"
	"testing"
	"unsafe"

	"example.com/kit"
	. "github.com/pgstd/pgstd/pg/pgabi"
)

func text(s string) Slot {
	b := []byte(s)
	held = append(held, b)
	return Slot{Word: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b)))), Size: uint32(len(b))}
}

var held [][]byte

var null = Slot{Flags: Null}

func word(w int64) Slot { return Slot{Word: uint64(w)} }

func call(t *testing.T, name string, args ...Slot) (Slot, *ErrorData) {
	t.Helper()
	r, e, ok := Call(name, args)
	if !ok {
		t.Fatalf("%s is not registered", name)
	}
	return r, e
}

func TestByValue(t *testing.T) {
	for _, c := range []struct {
		name string
		args []Slot
		want Slot
	}{
		{"not", []Slot{word(1)}, word(0)},
		{"not", []Slot{word(0)}, word(1)},
		{"neg2", []Slot{word(5)}, word(-5)},
		{"neg2", []Slot{word(-32768)}, word(-32768)},
		{"neg4", []Slot{word(7)}, word(-7)},
		{"sub", []Slot{word(1), word(3)}, word(-2)},
		{"sub", []Slot{word(math.MinInt64), word(0)}, word(math.MinInt64)},
		{"half_real", []Slot{{Word: uint64(math.Float32bits(3))}}, Slot{Word: uint64(math.Float32bits(1.5))}},
		{"half", []Slot{{Word: math.Float64bits(-3)}}, Slot{Word: math.Float64bits(-1.5)}},
		{"nil_bytes", []Slot{{}}, word(0)},
		{"no_bytes", nil, Slot{}},
		{"null_bytes", nil, null},
		{"check", []Slot{word(1)}, Slot{}},
		{"nothing", nil, Slot{}},
	} {
		if got, e := call(t, c.name, c.args...); e != nil || got != c.want {
			t.Errorf("%s(%v) = %+v, %+v, want %+v", c.name, c.args, got, e, c.want)
		}
	}
	if kit.Ran != 1 {
		t.Errorf("nothing ran %d times", kit.Ran)
	}
}

func TestText(t *testing.T) {
	long := string(bytes.Repeat([]byte("größe "), 50))
	for _, c := range []struct {
		name string
		args []Slot
		want string
	}{
		{"upper", []Slot{text("abc")}, "ABC"},
		{"upper", []Slot{text("")}, ""},
		{"raw", []Slot{text(long)}, long},
		{"reverse", []Slot{text("a\x00\xffb")}, "b\xff\x00a"},
		{"coalesce", []Slot{text("x"), text("y"), null}, "x"},
		{"coalesce", []Slot{null, text("y"), word(1)}, "y"},
		{"fail", []Slot{word(0)}, "fine"},
	} {
		got, e := call(t, c.name, c.args...)
		if e != nil || got.Flags&Null != 0 || got.Text() != c.want {
			t.Errorf("%s: %+v %+v, want %q", c.name, got, e, c.want)
		}
	}
	if got, e := call(t, "coalesce", null, text(""), null); e != nil || got != null {
		t.Errorf("nil *string is %+v %+v, want NULL", got, e)
	}
}

// TestUnchanged is about texts that come back as they came: the slot says of which argument.
func TestUnchanged(t *testing.T) {
	const argument = 8
	for _, c := range []struct {
		name string
		args []Slot
		want uint32
	}{
		{"upper", []Slot{text("ABC")}, argument},
		{"upper", []Slot{text("AbC")}, 0},
		{"longest", []Slot{text("a"), text("ab"), text("b")}, argument | 1<<8},
		{"longest", []Slot{text("a"), text("b"), text("abc")}, argument | 2<<8},
		{"longest", []Slot{text("é"), text("a"), text("b")}, argument},
		{"coalesce", []Slot{null, text("y"), null}, argument | 1<<8},
		{"coalesce", []Slot{text("yy"), text("yy"), null}, 0}, // the author may have changed what a pointer points to
		{"first", []Slot{text("abc"), word(2)}, 0},
		{"first", []Slot{text("abc"), word(3)}, argument},
		{"again", []Slot{text("abc")}, 0},
	} {
		got, e := call(t, c.name, c.args...)
		if e != nil || got.Flags != c.want {
			t.Errorf("%s: %+v %+v, want flags %#x", c.name, got, e, c.want)
		}
	}
}

func TestArgumentsAreCopied(t *testing.T) {
	in := text("secret")
	call(t, "keep", in)
	buffer := held[len(held)-1]
	copy(buffer, "XXXXXX")
	if kit.Kept[len(kit.Kept)-1] != "secret" {
		t.Error("a kept text shares the caller's memory")
	}
	in = text("abc")
	call(t, "reverse", in)
	if string(held[len(held)-1]) != "abc" {
		t.Error("writing to a bytea wrote to the caller's memory")
	}
}

func TestFailures(t *testing.T) {
	full := ErrorData{
		SQLState: "22023", Message: "bad\ufffd \ufffd", Detail: "d", Hint: "h", Context: "c",
		Schema: "s", Table: "t", Column: "col", DataType: "ty", Constraint: "con",
	}
	wrapped := full
	wrapped.Message = "row 7: " + full.Message
	for _, c := range []struct {
		name string
		args []Slot
		want ErrorData
	}{
		{"fail", []Slot{word(1)}, ErrorData{SQLState: "38000", Message: "plain"}},
		{"fail", []Slot{word(2)}, full},
		{"fail", []Slot{word(3)}, wrapped},
		{"fail", []Slot{word(4)}, ErrorData{SQLState: "39001", Message: "m", Detail: "d\npg.Error.Code \"00000\" is no SQLSTATE of an error: want five of 0-9 and A-Z, not of class 00, 01 or 02"}},
		{"fail", []Slot{word(5)}, ErrorData{SQLState: "38000", Message: "nil *pg.Error returned as an error"}},
		{"fail", []Slot{word(6)}, ErrorData{SQLState: "P0001", Message: "wrapped: unsupported operation"}},
		{"fail", []Slot{word(7)}, ErrorData{SQLState: "38000", Message: "cause"}},
		{"fail", []Slot{word(8)}, ErrorData{SQLState: "38000", Message: "the function returned an error without a message"}},
		{"check", []Slot{word(-1)}, ErrorData{SQLState: "38000", Message: "negative"}},
		{"sub", []Slot{word(1), null}, ErrorData{SQLState: "22004", Message: "argument 2 (b) must not be NULL", Hint: "In Go, a pointer makes an argument nullable; a text in plgo gets one where it compares the argument with nil, or reads it with *."}},
		{"coalesce", []Slot{null, null, null}, ErrorData{SQLState: "22004", Message: "argument 2 (b) must not be NULL", Hint: "In Go, a pointer makes an argument nullable; a text in plgo gets one where it compares the argument with nil, or reads it with *."}},
		{"raw", []Slot{text("ab\xffd")}, ErrorData{SQLState: "22021", Message: "text result is not valid UTF-8", Detail: "Byte 0xff at offset 2.", Hint: "Return []byte (bytea) for binary data, or clean the text with strings.ToValidUTF8."}},
		{"raw", []Slot{text("long enough for words\x00")}, ErrorData{SQLState: "22021", Message: "text result holds a NUL", Detail: "Byte 0x00 at offset 21.", Hint: "Return []byte (bytea) for binary data, or clean the text with strings.ToValidUTF8."}},
	} {
		_, e := call(t, c.name, c.args...)
		if e == nil || *e != c.want {
			t.Errorf("%s(%v) fails with %+v, want %+v", c.name, c.args, e, c.want)
		}
	}
}

func TestByValueDoesNotAllocate(t *testing.T) {
	args := []Slot{word(1), word(2)}
	var result Slot
	f := table[3]
	if f.Name != "sub" {
		t.Fatal("the table is not in the order of the source")
	}
	if n := testing.AllocsPerRun(100, func() { f.Call(&args[0], &result) }); n != 0 {
		t.Errorf("a call allocates %v times", n)
	}
}

func BenchmarkSub(b *testing.B) {
	args := []Slot{word(1), word(2)}
	var result Slot
	for b.Loop() {
		table[3].Call(&args[0], &result)
	}
}

func BenchmarkRaw100(b *testing.B) {
	args := []Slot{text(string(bytes.Repeat([]byte("x"), 100)))}
	var result Slot
	for _, f := range table {
		if f.Name == "raw" {
			for b.Loop() {
				f.Call(&args[0], &result)
			}
		}
	}
}
