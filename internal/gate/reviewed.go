package gate

import (
	"strings"

	"github.com/pgstd/pgstd/trust/policy"
)

// Reviewed are the flags of the linker that tell the runtime which modules are not in safe Go
// alone, as a policy accepts it: while their code runs, no goroutine takes another's place
// (pgstd/runtime/slice.go). They are named as in names of symbols, and once more as subfolders see them.
func Reviewed(p *policy.Policy) string {
	var names []string
	for _, entry := range p.Modules {
		if len(entry.Accept) == 0 {
			continue
		}
		names = append(names, entry.Path)
		if slash := strings.LastIndexByte(entry.Path, '/') + 1; strings.Contains(entry.Path[slash:], ".") {
			names = append(names, entry.Path[:slash]+strings.ReplaceAll(entry.Path[slash:], ".", "%2e"))
		}
	}
	if names == nil {
		return ""
	}
	return "runtime.pgstdReviewed=" + strings.Join(names, " ")
}
