//go:build postgres

//pgstd:add

package runtime

import _ "unsafe" // for go:linkname

// pgstd_plain reports whether the n bytes at p, 16 or more of them, are ASCII without a NUL.
//
//go:linkname pgstd_plain
//go:noescape
func pgstd_plain(p *byte, n int) bool
