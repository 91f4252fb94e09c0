//go:build !never

package a

import _ "embed"

//go:generate echo no build runs this
//go:embed text.txt
var text string

//go:noinline
func Fine() string { return text }

//go:fix inline
func Old() string { return Fine() }

//go:linkname now time.now // want "directive //go:linkname is not allowed"

//go:nosplit // want "//go:nosplit"
func a() {
	//go:norace // want "//go:norace"
}

func b() {} /* fine */ //go:uintptrescapes // want "//go:uintptrescapes"

//export c // want "directive //export c"
func c() {}

//nolint:all
//lint:ignore U1000 what other tools read
//pg:function is pgbuild's own
// go:nosplit is a comment
func d() {}
