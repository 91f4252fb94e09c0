package object

import (
	"debug/elf"
	"encoding/binary"
	"slices"
)

// pointer is a word of the file's data that the loader makes an address of it.
type pointer struct{ at, value uint64 }

// checkRelocations reads what the loader changes.
func (g *gate) checkRelocations() bool {
	if g.dyn(elf.DT_RELASZ)%relaSize != 0 {
		return g.refuse(ruleRelocations, "there is no whole number of relocations")
	}
	table, ok := g.table("table of relocations", elf.DT_RELA, g.dyn(elf.DT_RELASZ))
	if !ok {
		return false
	}
	words := newBits(g.writable.size() / 8)
	base := roundDown(g.writable.start, 8)
	dyn := g.special[uint32(elf.PT_DYNAMIC)].span
	last := g.segments[len(g.segments)-1].end
	g.slots = map[uint64]int{}
	g.pointers = make([]pointer, 0, len(table)/relaSize)
	for ; len(table) > 0; table = table[relaSize:] {
		at := binary.LittleEndian.Uint64(table)
		info := binary.LittleEndian.Uint64(table[8:])
		addend := binary.LittleEndian.Uint64(table[16:])
		kind, sym := uint32(info), int(info>>32)
		word := span{at, at + 8}
		switch {
		case at%8 != 0 || !g.writable.covers(word):
			return g.refuse(ruleRelocations, "a relocation would change %#x, which is no word of writable data", at)
		case dyn.overlaps(word):
			return g.refuse(ruleRelocations, "a relocation would change the dynamic section, at %#x", at)
		case words.set((at - base) / 8):
			return g.refuse(ruleRelocations, "two relocations would change %#x", at)
		}
		switch {
		case kind == g.arch.relative && sym == 0:
			if addend > last {
				return g.refuse(ruleRelocations, "the word at %#x would point outside of the file's memory", at)
			}
			g.pointers = append(g.pointers, pointer{at, addend})
		case kind == g.arch.imported && addend == 0 || slices.Contains(g.arch.others, kind) && addend == 0:
			if sym >= len(g.symbols) || g.symbols[sym].name == "" {
				return g.refuse(ruleRelocations, "a relocation names symbol %d, which is not there", sym)
			}
			if s := g.symbols[sym]; s.defined {
				g.pointers = append(g.pointers, pointer{at, s.value})
			} else {
				g.slots[at] = sym
			}
		default:
			return g.refuse(ruleRelocations, "there is a relocation of type %d at %#x, which pgbuild's link does not make", kind, at)
		}
		if kind == g.arch.imported && !g.relro.covers(word) {
			return g.refuse(ruleRelocations, "the address of an imported symbol stays writable, at %#x", at)
		}
	}
	slices.SortFunc(g.pointers, func(a, b pointer) int {
		if a.at < b.at {
			return -1
		}
		return 1
	})
	return true
}

// pointerAt is the relocated word at an address.
func (g *gate) pointerAt(at uint64) (uint64, bool) {
	i, ok := slices.BinarySearchFunc(g.pointers, at, func(p pointer, at uint64) int {
		switch {
		case p.at < at:
			return -1
		case p.at > at:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, false
	}
	return g.pointers[i].value, true
}

// isRelocated reports whether the loader changes the word at an address.
func (g *gate) isRelocated(at uint64) bool {
	_, pointer := g.pointerAt(at)
	_, slot := g.slots[at]
	return pointer || slot
}
