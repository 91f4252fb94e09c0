// Package pgstd holds the parts of pgstd that pgbuild carries with it, so that
// the single binary, a stock Go and a C compiler are all that a build needs.
//
// It has next to no code of its own: see package target for builds, overlay for the
// changes to the standard library, pg for what authors import.
package pgstd

import (
	"embed"
	"io/fs"
	"path/filepath"
)

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

// CellProgram is the name of the program that runs Go code in processes of its own. It lies
// beside the modules that start it.
const CellProgram = "pgstd_cell.so"

// FileMode is the mode that an installed file has: one is a program.
func FileMode(path string) fs.FileMode {
	if filepath.Base(path) == CellProgram {
		return 0o755
	}
	return 0o644
}
