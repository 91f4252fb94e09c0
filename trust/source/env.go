package source

import (
	"io/fs"
	"strings"

	"github.com/pgstd/pgstd"
)

// stdRoots are the first elements of the standard library's import paths, in any
// release that is supported.
const stdRoots = `archive arena bufio builtin bytes cmp compress container context crypto
database debug embed encoding errors expvar flag fmt go hash html image index internal io
iter log maps math mime net os path plugin reflect regexp runtime simd slices sort strconv
strings structs sync syscall testing text time unicode unique unsafe weak`

// surfaceFile is the table of the standard library on the target.
const surfaceFile = "stubs/surface.txt"

func newEnv() *env {
	e := &env{absent: map[string]string{}, std: map[string]bool{}, constants: map[string]map[string]int64{}}
	for root := range strings.FieldsSeq(stdRoots) {
		e.std[root] = true
	}
	if table, err := fs.ReadFile(pgstd.Files, surfaceFile); err == nil {
		e.absent = absentPackages(string(table))
	}
	return e
}

// absentPackages reads the rows of the table that say "absent".
func absentPackages(table string) map[string]string {
	absent := map[string]string{}
	for line := range strings.Lines(table) {
		path, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if why, ok := strings.CutPrefix(strings.TrimSpace(rest), "absent"); ok && !strings.HasPrefix(path, "#") {
			absent[path] = strings.Trim(why, " \t()|:-")
		}
	}
	return absent
}
