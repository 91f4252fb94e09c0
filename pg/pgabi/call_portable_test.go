//go:build !postgres

package pgabi

import (
	"testing"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// TestTooLong asks for results that only their length makes impossible: the
// payload is never looked at.
func TestTooLong(t *testing.T) {
	var one byte
	var s Slot
	Register([]Function{
		{Name: "text", Signature: "\x07", Call: func(_, r *Slot) { r.SetText(unsafe.String(&one, host.MaxPayload+1)) }},
		{Name: "bytea", Signature: "\x08", Call: func(_, r *Slot) { r.SetBytea(unsafe.Slice(&one, host.MaxPayload+1)) }},
	})
	for _, kind := range []string{"text", "bytea"} {
		r, e, ok := Call(kind, nil)
		want := ErrorData{
			SQLState: "54000",
			Message:  kind + " result of 1073741820 bytes is too long",
			Detail:   "A value has at most 1073741819 bytes.",
		}
		if !ok || e == nil || *e != want || r != s {
			t.Errorf("%s: %+v %+v, want %+v", kind, r, e, want)
		}
	}
	if _, _, ok := Call("nothing", nil); ok {
		t.Error("an unknown function was called")
	}
}
