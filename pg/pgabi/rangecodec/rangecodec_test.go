package rangecodec

import (
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Whatever a form is, reading it ends in a value or an error, and what is written is read back.
func FuzzRange(f *testing.F) {
	for _, form := range []string{
		"", "\x01", "\x02\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x05", "\x18", "\x00\x00\x00\x00\x08",
		"empty", "[1,2)", "(,]", "[1,", "[,", "{[1,2),[3,4]}", "{}", "{,}", "{empty", "\x00\x00\x00\x02\x00\x00\x00\x01\x01", "\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		f.Add([]byte(form))
	}
	f.Fuzz(func(t *testing.T, form []byte) {
		try(t, form, Element[int32]{4, codec.GetInt[int32], codec.PutInt[int32]})
		try(t, form, Element[int64]{8, codec.GetInt[int64], codec.PutInt[int64]})
		try(t, form, Element[string]{0, codec.GetText[string], codec.PutText[string]})
	})
}

func try[T comparable](t *testing.T, form []byte, e Element[T]) {
	s := codec.Slot{Word: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(form)))), Size: uint32(len(form))}
	var o codec.Out
	o.Keep(form)
	if r, err := Get[bounds[T]](&s, e); err == nil {
		var again codec.Slot
		if err := Put(&o, &again, r, e); err != nil {
			return
		}
		if b, err := Get[bounds[T]](&again, e); err != nil || !b.Empty && b != r {
			t.Errorf("%q: %v became %v, %v", form, r, b, err)
		}
	}
	m, err := GetMulti[[]bounds[T], bounds[T]](&s, e)
	if err != nil {
		return
	}
	var again codec.Slot
	if err := PutMulti(&o, &again, m, e); err != nil {
		return
	}
	if n, err := GetMulti[[]bounds[T], bounds[T]](&again, e); err != nil || len(n) != len(m) {
		t.Errorf("%q: %v became %v, %v", form, m, n, err)
	}
	o.Reset()
}
