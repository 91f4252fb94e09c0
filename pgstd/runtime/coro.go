//go:build postgres

//pgstd:add

// Coroutines for package pg: a set-returning function is one, suspended between
// its rows. package iter has the same on top of the same routines; here the
// coroutine may make requests, and whoever resumes it gets a panic in it as an error.
package runtime

import _ "unsafe" // for go:linkname

// pgstd_newcoro makes a coroutine that will run f when it is switched to.
//
//go:linkname pgstd_newcoro
func pgstd_newcoro(f func(*coro)) *coro { return newcoro(f) }

// pgstd_coroswitch lets the goroutine that is blocked in c run, and blocks this one
// there in its place.
//
//go:linkname pgstd_coroswitch
func pgstd_coroswitch(c *coro) { coroswitch(c) }

// pgstd_goid identifies the running goroutine.
//
//go:linkname pgstd_goid
func pgstd_goid() uint64 { return getg().goid }

// pgstd_serving reports whether this goroutine may make requests.
//
//go:linkname pgstd_serving
func pgstd_serving() bool { return getg().goid == pgstdServing }

// pgstd_serve makes a goroutine the one that may make requests, and returns which
// one did before. A coroutine may while the one that has resumed it waits for it.
//
//go:linkname pgstd_serve
func pgstd_serve(goid uint64) (before uint64) {
	before = pgstdServing
	pgstdServing = goid
	return before
}

// pgstd_depth returns how many requests are being served. Between two looks, the
// same figure says that whatever was served on top has ended.
//
//go:linkname pgstd_depth
func pgstd_depth() uint64 { return pgstdDepth }
