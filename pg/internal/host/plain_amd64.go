//go:build postgres

package host

import _ "unsafe" // for go:linkname

// plain reports whether the n bytes at p, 16 or more of them, are ASCII without a NUL.
//
//go:linkname plain runtime.pgstd_plain
//go:noescape
func plain(p *byte, n int) bool
