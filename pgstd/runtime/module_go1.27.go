//go:build postgres && go1.27

package runtime

import "unsafe"

// pgstdSetTypemap has offsets lead to the types that everybody uses.
//
//pgstd:add
func pgstdSetTypemap(m *pgstdModule, found []*_type) {
	typemap := make(map[*_type]*_type, len(found))
	for i, p := range unsafe.Slice(m.types, m.ntypes) {
		typemap[m.typeAt(p.own)] = found[i]
	}
	pinnedTypemaps = append(pinnedTypemaps, typemap)
	m.data.typemap = typemap
}
