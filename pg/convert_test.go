package pg

import (
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// What is longer than a value can be is refused before anybody reads it.
func TestParameterTooLong(t *testing.T) {
	var one byte
	for _, arg := range []any{
		unsafe.String(&one, host.MaxPayload+1),
		unsafe.Slice(&one, host.MaxPayload+1),
	} {
		if _, _, err := parameter(arg); err != errTooLong {
			t.Errorf("%T: %v", arg, err)
		}
	}
}
