package pgabi

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pgstd/pgstd/pg/internal/pg"
)

func TestWords(t *testing.T) {
	if b := PackWord(int32(0x01020304)); !bytes.Equal(b, []byte{1, 2, 3, 4}) {
		t.Errorf("an int32 is %x", b)
	}
	if v, err := UnpackWord[float64](PackWord(-1.5)); v != -1.5 || err != nil {
		t.Errorf("a float64 comes back as %v, %v", v, err)
	}
	if v, err := UnpackWord[int16](PackWord(int16(-2))); v != -2 || err != nil {
		t.Errorf("an int16 comes back as %v, %v", v, err)
	}
	if v, err := UnpackWord[bool]([]byte{0xff}); !v || err != nil {
		t.Errorf("a bool is %v, %v", v, err)
	}
	for _, b := range [][]byte{nil, {1}, make([]byte, 9)} {
		_, err := UnpackWord[int64](b)
		if e, ok := errors.AsType[*pg.Error](err); !ok || e.Code != "22P03" {
			t.Errorf("%x: %v", b, err)
		}
	}
}

func TestSeedHash(t *testing.T) {
	if SeedHash(0x123456789, 0) != 0x123456789 {
		t.Error("a hash without a seed is another")
	}
	if SeedHash(1, 1) == SeedHash(1, 2) || SeedHash(1, 1) == SeedHash(2, 1) {
		t.Error("the seed, or the hash, does not count")
	}
}
