package pgtypes

import (
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
		name, _, generic := strings.Cut(name, "[")
		if generic {
			name += "[T any]"
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
	known[pgPath]["Array[T any]"], known[pgPath]["Matrix[T any]"] = true, true // of anything that the table has
	return known
}()

// Declarations are the types of the table that a package has, as far as
// type-checking needs them: they are known by their names.
func Declarations(importPath string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(knownPackages[importPath])) {
		b.WriteString("\ntype " + name + " struct{ _ int }")
	}
	return b.String()
}
