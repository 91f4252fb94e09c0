package pgtypes

import (
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// knownPackages are the packages with a type in the table, and those types.
var knownPackages = func() map[string]map[string]bool {
	known := map[string]map[string]bool{}
	for _, t := range table {
		pkg, name, ok := strings.Cut(t.Go, ".")
		if !ok {
			continue
		}
		for _, i := range t.Imports {
			if path.Base(i) == pkg {
				if known[i] == nil {
					known[i] = map[string]bool{}
				}
				known[i][name] = true
			}
		}
	}
	return known
}()

// Packages makes what type-checking needs of an import: a package with the types
// of the table and nothing else, so that nothing has to be read or compiled.
func Packages(importPath string) *types.Package {
	p := types.NewPackage(importPath, path.Base(importPath))
	for _, name := range slices.Sorted(maps.Keys(knownPackages[importPath])) {
		object := types.NewTypeName(token.NoPos, p, name, nil)
		// What it is defined as does not matter: it is known by its name.
		types.NewNamed(object, types.NewStruct(nil, nil), nil)
		p.Scope().Insert(object)
	}
	p.MarkComplete()
	return p
}
