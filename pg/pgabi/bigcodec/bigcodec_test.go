package bigcodec

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Numerics that are no int64, or not known to be one, come as text.
func TestGetText(t *testing.T) {
	for _, text := range []string{
		"1.5", "-0.00012", "10001.000", "12345678901234567890", "-100000000000000000000", "NaN", "Infinity", "-Infinity",
	} {
		s := codec.Slot{Word: uint64(uintptr(unsafe.Pointer(unsafe.StringData(text)))), Size: uint32(len(text)), Flags: codec.InText}
		v, err := GetInt(&s)
		whole, fraction, _ := strings.Cut(text, ".")
		_, finite := new(big.Int).SetString(whole, 10)
		switch want := finite && strings.Trim(fraction, "0") == ""; {
		case (err == nil) != want:
			t.Errorf("%s: %v", text, err)
		case want && v.String() != whole:
			t.Errorf("%s has become %s", text, v.String())
		}
	}
}

func TestInt64(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 9999, 10000, -10001, 1e18 + 7, math.MaxInt64, math.MinInt64 + 1, math.MinInt64} {
		var o codec.Out
		s := codec.Slot{Flags: codec.InText}
		if err := PutInt(&o, &s, *big.NewInt(n)); err != nil || s != (codec.Slot{Word: uint64(n)}) {
			t.Errorf("%d is %+v, %v", n, s, err)
		}
		if v, err := GetInt(&s); err != nil || v.Cmp(big.NewInt(n)) != 0 {
			t.Errorf("%d has become %s, %v", n, v.String(), err)
		}
	}
	var o codec.Out
	var s codec.Slot
	v := new(big.Int).Exp(big.NewInt(10), big.NewInt(131071), nil)
	if err := PutInt(&o, &s, *v); err != nil || s.Flags != codec.InText || s.Size != 131072 {
		t.Errorf("10^131071 is %+v, %v", s, err)
	}
}
