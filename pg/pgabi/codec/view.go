package codec

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// GetView returns a view of an array of one dimension, without NULLs. V is pg.View[T],
// which has the layout of a host.View.
func GetView[V any, T Fixed](s *Slot) (v V, err error) {
	a := address[host.ArrayData](s)
	if err := checkFixed(a, unsafe.Sizeof(*new(T))); err != nil {
		return v, err
	}
	*(*host.View)(unsafe.Pointer(&v)) = host.NewView(uintptr(unsafe.Pointer(a.Elements)), int(a.N))
	return v, nil
}

// EndViews ends the views of the running call: whoever gets one defers it.
func EndViews() { host.EndViews() }
