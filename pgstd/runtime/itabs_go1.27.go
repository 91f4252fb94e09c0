//go:build postgres && go1.27

package runtime

//pgstd:add
func pgstdEnterItabs(md *moduledata) { addModuleItabs(md) }
