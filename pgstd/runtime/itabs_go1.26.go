//go:build postgres && !go1.27

package runtime

//pgstd:add
func pgstdEnterItabs(md *moduledata) {
	for _, i := range md.itablinks {
		itabAdd(i)
	}
}
