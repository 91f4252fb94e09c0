// Package releases says which releases of Go tests run with, and holds what one of them has
// built against what another compiles at run time: pgbuild reads what the compiler has
// noted, whichever made it.
package releases

import (
	"go/version"
	"slices"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// PerMinor are one release of each minor: the one at hand, and of each other minor the newest
// that is reviewed. Tests that take the same ones share what is compiled.
func PerMinor(here string) (list []string) {
	for _, release := range append(slices.Clone(gocmd.Reviewed), here) {
		list = slices.DeleteFunc(list, func(other string) bool { return version.Lang(other) == version.Lang(release) })
		list = append(list, release)
	}
	slices.SortFunc(list, version.Compare)
	return list
}
