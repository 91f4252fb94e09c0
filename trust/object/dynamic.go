package object

import "debug/elf"

// Entries of the dynamic section that pgbuild's link makes; those with true must
// be there.
var dynamicEntries = map[elf.DynTag]bool{
	elf.DT_SYMBOLIC: false, elf.DT_FLAGS: true, elf.DT_FLAGS_1: true,
	elf.DT_INIT_ARRAY: false, elf.DT_INIT_ARRAYSZ: false,
	elf.DT_GNU_HASH: true, elf.DT_STRTAB: true, elf.DT_STRSZ: true, elf.DT_SYMTAB: true, elf.DT_SYMENT: true,
	elf.DT_RELA: true, elf.DT_RELASZ: true, elf.DT_RELAENT: true, elf.DT_RELACOUNT: false,
}

// What it would mean if others were there.
var dynamicMeaning = map[elf.DynTag]string{
	elf.DT_NEEDED: "it needs a library", elf.DT_RPATH: "it has a search path of its own", elf.DT_RUNPATH: "it has a search path of its own",
	elf.DT_AUDIT: "it names an audit library", elf.DT_DEPAUDIT: "it names an audit library",
	elf.DT_AUXILIARY: "it is a filter for a library", elf.DT_FILTER: "it is a filter for a library",
	elf.DT_TEXTREL: "its code is to be changed when it is loaded", elf.DT_INIT: "it has an old-style constructor",
	elf.DT_FINI: "it has a destructor", elf.DT_FINI_ARRAY: "it has destructors", elf.DT_PREINIT_ARRAY: "it has constructors that come before all others",
	elf.DT_JMPREL: "it binds functions when they are first called", elf.DT_PLTGOT: "it binds functions when they are first called",
	elf.DT_VERNEED: "it asks for symbol versions", elf.DT_VERSYM: "it has symbol versions", elf.DT_VERDEF: "it defines symbol versions",
	elf.DT_REL: "it has relocations of another kind", elf.DT_HASH: "it has a symbol table of the old kind",
}

func (g *gate) checkDynamic() bool {
	dyn := g.special[uint32(elf.PT_DYNAMIC)]
	if dyn.file%dynamicSize != 0 {
		return g.refuse(ruleDynamic, "the dynamic section has no whole number of entries")
	}
	g.dynamic = map[int64]uint64{}
	good, ended := true, false
	for data := dyn.data; len(data) >= dynamicSize; data = data[dynamicSize:] {
		d, _ := read[elf.Dyn64](data)
		tag := elf.DynTag(d.Tag)
		switch _, known := dynamicEntries[tag]; {
		case ended && (d.Tag != 0 || d.Val != 0):
			return g.refuse(ruleDynamic, "the dynamic section goes on after its end")
		case tag == elf.DT_NULL:
			ended = true
		case dynamicMeaning[tag] != "":
			good = g.refuse(ruleDynamic, "%s (%v)", dynamicMeaning[tag], tag)
		case !known:
			good = g.refuse(ruleDynamic, "the dynamic section has an entry %v", tag)
		default:
			if _, twice := g.dynamic[d.Tag]; twice {
				good = g.refuse(ruleDynamic, "the dynamic section has two entries %v", tag)
			}
			g.dynamic[d.Tag] = d.Val
		}
	}
	if !ended {
		return g.refuse(ruleDynamic, "the dynamic section has no end")
	}
	for tag, needed := range dynamicEntries {
		if _, ok := g.dynamic[int64(tag)]; needed && !ok {
			good = g.refuse(ruleDynamic, "the dynamic section has no entry %v", tag)
		}
	}
	return good && g.checkFlags()
}

// dyn is the value of an entry, 0 if it is not there.
func (g *gate) dyn(tag elf.DynTag) uint64 { return g.dynamic[int64(tag)] }

func (g *gate) checkFlags() bool {
	flags := elf.DynFlag(g.dyn(elf.DT_FLAGS))
	switch {
	case flags&elf.DF_TEXTREL != 0:
		return g.refuse(ruleDynamic, "its code is to be changed when it is loaded (DF_TEXTREL)")
	case flags&elf.DF_STATIC_TLS != 0:
		return g.refuse(ruleDynamic, "it has thread-local storage (DF_STATIC_TLS)")
	case flags&elf.DF_BIND_NOW == 0 || elf.DynFlag1(g.dyn(elf.DT_FLAGS_1)) != elf.DF_1_NOW:
		return g.refuse(ruleDynamic, "symbols are not bound at once and for good (DT_FLAGS %#x, DT_FLAGS_1 %#x)", g.dyn(elf.DT_FLAGS), g.dyn(elf.DT_FLAGS_1))
	case flags&^(elf.DF_BIND_NOW|elf.DF_SYMBOLIC) != 0:
		return g.refuse(ruleDynamic, "DT_FLAGS are %#x", uint64(flags))
	case g.dyn(elf.DT_SYMENT) != symbolSize || g.dyn(elf.DT_RELAENT) != relaSize:
		return g.refuse(ruleDynamic, "entries of tables have odd sizes")
	}
	return true
}

// table returns a table that the dynamic section names, which has to lie in what
// is mapped and never written.
func (g *gate) table(what string, tag elf.DynTag, size uint64) ([]byte, bool) {
	at, ok := sized(g.dyn(tag), size)
	in := g.segmentOf(at.start)
	if !ok || in == nil || in == g.writable || in == g.code || !in.covers(at) {
		return nil, g.refuse(ruleDynamic, "the %s is not in read-only data", what)
	}
	return g.bytes(at)
}
