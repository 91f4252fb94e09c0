//go:build postgres

//pgstd:add

// What some packages of the library do depends on whether the program imports others: without
// encoding/json, an any that holds JSON is a string. A base has all packages, and a program
// is a module there. So such a package is noted when it is initialised, and of each module that comes
// from then on whether the package is among those that it needs. An earlier one does not need it,
// or the package would have been initialised for that.
package runtime

import (
	"internal/runtime/sys"
	_ "unsafe" // for go:linkname
)

// pgstdInitialised is the package of a base that is being initialised, by its task's offset; 0: none.
var pgstdInitialised uint32

// pgstdNoted are the packages that have been noted: the package at index i has bit 1<<i.
var pgstdNoted []uint32

// pgstdImports are, for modules that import any, the bits of noted packages.
var pgstdImports map[*moduledata]uint32

// pgstd_note notes the package of a base that is being initialised, and returns its bit; 0: there is no base.
//
//go:linkname pgstd_note
func pgstd_note() uint32 {
	if pgstdInitialised == 0 || len(pgstdNoted) == 32 {
		return 0
	}
	pgstdNoted = append(pgstdNoted, pgstdInitialised)
	return 1 << (len(pgstdNoted) - 1)
}

// pgstdNoteImport says that a module needs the package of a task.
func pgstdNoteImport(md *moduledata, task uint32) {
	for i, noted := range pgstdNoted {
		if noted == task {
			if pgstdImports == nil {
				pgstdImports = map[*moduledata]uint32{}
			}
			pgstdImports[md] |= 1 << i
		}
	}
}

// pgstd_imported reports whether the module for which the caller works imports the package that has a
// bit. That is the module of the innermost frame that is not the base's. Where there is none, as
// in a goroutine that begins in the library, it is the one that has begun that; and if that is
// not to be known, the package is there.
//
//go:linkname pgstd_imported
func pgstd_imported(bit uint32) bool {
	if bit == 0 {
		return true
	}
	gp := getg()
	pc, sp := sys.GetCallerPC(), sys.GetCallerSP()
	md := &firstmoduledata
	systemstack(func() {
		var u unwinder
		for u.initAt(pc, sp, 0, gp, unwindSilentErrors); u.valid() && md == &firstmoduledata; u.next() {
			md = u.frame.fn.datap
		}
	})
	return md == &firstmoduledata || pgstdImports[md]&bit != 0
}
