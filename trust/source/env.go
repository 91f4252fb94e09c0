package source

import (
	"strings"

	"github.com/pgstd/pgstd/internal/surface"
)

// reservedRoots are first elements of import paths, besides those of the packages
// that the table of the standard library names, which mean something to Go.
const reservedRoots = "arena builtin cmd internal simd std vendor"

func newEnv() *env {
	e := &env{absent: map[string]string{}, std: map[string]bool{}, constants: map[string]map[string]int64{}}
	for root := range strings.FieldsSeq(reservedRoots) {
		e.std[root] = true
	}
	for _, p := range surface.Table() {
		if root, _, _ := strings.Cut(p.Path, "/"); root != "..." {
			e.std[root] = true
		}
	}
	for _, p := range surface.AbsentPackages() {
		e.absent[p.Path] = p.Note
	}
	return e
}
