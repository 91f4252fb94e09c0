package object

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"sync"

	"github.com/pgstd/pgstd"
)

// Import is a symbol that the postgres host needs of the server process.
type Import struct {
	From   string // "libc" or "postgres"
	Reason string
}

// The lists, as the kit carries them: what every host may import, and what the
// language's handler, which has no Go code in it, may besides.
const (
	importsFile        = "host/imports.txt"
	handlerImportsFile = "plgo/handler/imports.txt"
)

// Imports is the list of what a module with Go code may import.
var Imports = sync.OnceValue(func() map[string]Import { return readImports(importsFile) })

// HandlerImports is the list of what a module of the kit without Go code may import.
var HandlerImports = sync.OnceValue(func() map[string]Import {
	list := maps.Clone(Imports())
	maps.Copy(list, readImports(handlerImportsFile))
	return list
})

func readImports(file string) map[string]Import {
	text, err := fs.ReadFile(pgstd.Files, file)
	if err == nil {
		var list map[string]Import
		if list, err = parseImports(file, string(text)); err == nil {
			return list
		}
	}
	panic(err) // the file is part of this program, and a test reads it
}

// parseImports reads lines of the form "FROM SYMBOL... -- REASON".
func parseImports(file, text string) (map[string]Import, error) {
	list := map[string]Import{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, reason, ok := strings.Cut(line, " -- ")
		words := strings.Fields(left)
		if !ok || reason == "" || len(words) < 2 || words[0] != "libc" && words[0] != "postgres" {
			return nil, fmt.Errorf("%s:%d: want: libc|postgres SYMBOL... -- REASON", file, i+1)
		}
		for _, name := range words[1:] {
			if _, twice := list[name]; twice {
				return nil, fmt.Errorf("%s:%d: %s is there already", file, i+1, name)
			}
			list[name] = Import{From: words[0], Reason: reason}
		}
	}
	return list, nil
}
