// Package pgstd holds the parts of pgstd that pgbuild carries with it, so that
// the single binary, a stock Go and a C compiler are all that a build needs.
//
// It has no code of its own: see package target for builds, overlay for the
// changes to the standard library, pg for what authors import.
package pgstd

import "embed"

// Version is the version of the kit: replacements, host, pg and pgbuild.
const Version = "0.1.0"

// Files holds the replacements of the standard library, the C source of hosts and handler, and
// the author's packages, under the paths that they have in this repository.
//
//go:embed all:pgstd all:stubs host plgo/handler pg
var Files embed.FS

// OverlayLock is the lock file of the overlay: what the replacements take the
// place of, as it looked when it was reviewed.
//
//go:embed overlay/overlay.lock
var OverlayLock []byte
