//go:build postgres

package runtimetest

import (
	"strings"
	"testing"
	"unsafe"
)

//go:linkname plain runtime.pgstd_plain
//go:noescape
func plain(p *byte, n int) bool

// TestPlain: what is no plain text is found at each place of each length, and nothing beyond.
func TestPlain(t *testing.T) {
	const most = 210
	for n := 16; n <= most; n++ {
		for at := -1; at <= n; at++ {
			for c := range 256 {
				if at < 0 && c > 0 || c > 2 && c < 0x7e && c%16 != 0 {
					continue
				}
				b := []byte(strings.Repeat("\x01x\x7f", (most+2)/3+1))
				if at >= 0 {
					b[1+at] = byte(c) // where at is n, it is behind
				} else {
					b[0] = 0
				}
				want := at < 0 || at == n || c > 0 && c < 0x80
				if got := plain(unsafe.SliceData(b[1:]), n); got != want {
					t.Fatalf("of %d bytes with %#x at %d: %v", n, c, at, got)
				}
			}
		}
	}
}
