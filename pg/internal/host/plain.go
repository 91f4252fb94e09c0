//go:build !postgres || !amd64

package host

import "unsafe"

// plain reports whether the n bytes at p, 16 or more of them, are ASCII without a NUL.
// Subtracting 1 from each byte sets the top bit of a NUL (by the borrow), or-ing the byte
// that of what is not ASCII.
func plain(p *byte, n int) bool {
	// Without the checks that slices have: they would take longer than the rest.
	at, last := unsafe.Pointer(p), n-8
	i := 0
	for ; i <= last-24; i += 32 {
		p := (*[4]uint64)(unsafe.Add(at, i))
		a, b, c, d := p[0], p[1], p[2], p[3]
		if ((a-low)|a|(b-low)|b|(c-low)|c|(d-low)|d)&high != 0 {
			return false
		}
	}
	for ; i < last; i += 8 {
		if w := *(*uint64)(unsafe.Add(at, i)); ((w-low)|w)&high != 0 {
			return false
		}
	}
	// The last eight bytes, some of them a second time.
	w := *(*uint64)(unsafe.Add(at, last))
	return ((w-low)|w)&high == 0
}
