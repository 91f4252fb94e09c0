package compile

import (
	"bytes"
	"slices"

	"github.com/pgstd/pgstd/plgo/body"
)

// passesJSON reports whether a text may come to pass a map or a struct as JSON.
func passesJSON(p *body.Package) bool {
	if imports(p, "encoding/json") {
		return true
	}
	usesSQL := bytes.Contains(p.Plain, []byte("pg.")) || bytes.Contains(p.Plain, []byte(".Set("))
	return usesSQL && (bytes.Contains(p.Plain, []byte("map[")) || bytes.Contains(p.Plain, []byte("`json:")))
}

// passesMoments reports whether a text may come to look into an any that has a moment in it,
// or into a type of database/sql.
func passesMoments(p *body.Package) bool {
	return imports(p, "time") || imports(p, "database/sql")
}

// imports reports whether a text imports a package, be it that it only says so: whoever hears that
// something takes an import writes one.
func imports(p *body.Package, path string) bool {
	return slices.Contains(p.Imports, path) || slices.Contains(p.Written, path)
}
