package bigcodec

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// sent has numerics as PostgreSQL's numeric_send writes them.
var sent = []struct{ text, binary string }{
	{"0", "\x00\x00\x00\x00\x00\x00\x00\x00"},
	{"0.00", "\x00\x00\x00\x00\x00\x00\x00\x02"},
	{"7", "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x07"},
	{"-10000", "\x00\x01\x00\x01\x40\x00\x00\x00\x00\x01"},
	{"10001.0", "\x00\x02\x00\x01\x00\x00\x00\x01\x00\x01\x00\x01"},
	{"1.5", "\x00\x02\x00\x00\x00\x00\x00\x01\x00\x01\x13\x88"},
	{"-0.00012", "\x00\x02\xff\xff\x40\x00\x00\x05\x00\x01\x07\xd0"},
	{"12345678901234567890", "\x00\x05\x00\x04\x00\x00\x00\x00\x04\xd2\x16\x2e\x23\x34\x0d\x80\x1e\xd2"},
	{"100000000000000000000", "\x00\x01\x00\x05\x00\x00\x00\x00\x00\x01"},
	{"NaN", "\x00\x00\x00\x00\xc0\x00\x00\x00"},
	{"Infinity", "\x00\x00\x00\x00\xd0\x00\x00\x20"},
	{"-Infinity", "\x00\x00\x00\x00\xf0\x00\x00\x20"},
}

func TestString(t *testing.T) {
	for _, s := range sent {
		if got := numeric(s.binary).String(); got != s.text {
			t.Errorf("%q is %q instead of %q", s.binary, got, s.text)
		}
	}
}

func slot(data []byte) *codec.Slot {
	return &codec.Slot{Word: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(data)))), Size: uint32(len(data))}
}

func TestGetInt(t *testing.T) {
	for _, s := range sent {
		data := []byte(s.binary)
		v, err := GetInt(slot(data))
		whole, fraction, _ := strings.Cut(s.text, ".")
		_, finite := new(big.Int).SetString(whole, 10)
		switch want := finite && strings.Trim(fraction, "0") == ""; {
		case (err == nil) != want:
			t.Errorf("%s: %v", s.text, err)
		case want && v.String() != whole:
			t.Errorf("%s has become %s", s.text, v.String())
		}
	}
}

func TestPutInt(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 9999, 10000, -10001, 99990000, 1e16, 1e18 + 7, math.MaxInt64, math.MinInt64} {
		data := smallNumeric(v)
		if got, want := numeric(data).String(), big.NewInt(v).String(); got != want {
			t.Errorf("%s has become %s", want, got)
		}
		if n := len(data); n > headerSize && (bytes.HasPrefix(data[headerSize:], []byte{0, 0}) || bytes.HasSuffix(data, []byte{0, 0})) {
			t.Errorf("%d has a zero at an end: %x", v, data)
		}
	}
	var o codec.Out
	var s codec.Slot
	v := new(big.Int).Exp(big.NewInt(10), big.NewInt(131071), nil)
	if err := PutInt(&o, &s, *v); err != nil || s.Flags != codec.InText || s.Size != 131072 {
		t.Errorf("10^131071 is %+v, %v", s, err)
	}
}
