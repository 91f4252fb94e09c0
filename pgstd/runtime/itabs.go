//go:build postgres

// The table of itabs is for conversions that the compiler does not know. Stock Go enters all
// that are linked as the program starts: of a base, those of the whole library, from pages that nobody
// has touched yet. Most functions of a database need none of them, so here they
// are entered when one is looked for in vain.
//
// Invariant: before an itab is made for a pair of interface and type, all linked ones are in the
// table: there is one for a pair. Modules enter theirs when they are linked (module.go), none of which is for
// a pair that the base has one for.
package runtime

func itabsinit() { lockInit(&itabLock, lockRankItab) }

// pgstdItabs says that linked itabs are in the table.
//
//pgstd:add
var pgstdItabs bool

// pgstdFindItab is the second look of getitab, which holds itabLock.
//
//pgstd:add
func pgstdFindItab(inter *interfacetype, typ *_type) *itab {
	if !pgstdItabs {
		pgstdItabs = true
		pgstdEnterItabs(&firstmoduledata)
	}
	return itabTable.find(inter, typ)
}
