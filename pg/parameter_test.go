package pg

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// What is longer than a value can be is refused before anybody reads it.
func TestParameterTooLong(t *testing.T) {
	var one byte
	for _, arg := range []any{
		unsafe.String(&one, host.MaxPayload+1),
		unsafe.Slice(&one, host.MaxPayload+1),
		unsafe.Slice((*int64)(unsafe.Pointer(&one)), host.MaxPayload/8+1),
	} {
		var s host.Slot
		if _, err := parameter(&codec.Out{}, &s, arg); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("%T: %v", arg, err)
		}
	}
}
