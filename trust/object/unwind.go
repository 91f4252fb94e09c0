package object

import (
	"debug/elf"
	"encoding/binary"
)

// How the C compiler and linker write the index of the unwind table: version 1,
// addresses relative to themselves, a count, a table relative to the index.
const unwindHeader = "\x01\x1b\x03\x3b"

// hostFunctions reads the unwind table, which has an entry for each piece of the
// host's code.
func (g *gate) hostFunctions() ([]function, bool) {
	const damaged = "the unwind table is damaged"
	index, ok := g.special[uint32(elf.PT_GNU_EH_FRAME)]
	if !ok {
		return nil, true
	}
	data := index.data
	if len(data) < 12 || string(data[:4]) != unwindHeader {
		return nil, g.refuse(ruleCode, damaged)
	}
	relative := func(base uint64, data []byte) uint64 {
		return base + uint64(int64(int32(binary.LittleEndian.Uint32(data))))
	}
	n := uint64(binary.LittleEndian.Uint32(data[8:]))
	if n > uint64(len(data)-12)/8 {
		return nil, g.refuse(ruleCode, damaged)
	}
	list := make([]function, 0, n)
	last := uint64(0)
	for i := range n {
		entry := data[12+i*8:]
		start, at := relative(index.start, entry), relative(index.start, entry[4:])
		// A description: its length, its common part, start and size of the code.
		where, ok1 := sized(at, 16)
		description, ok2 := g.bytes(where)
		if !ok1 || !ok2 || g.writable.overlaps(where) {
			return nil, g.refuse(ruleCode, damaged)
		}
		f := function{span: span{start, start + uint64(binary.LittleEndian.Uint32(description[12:]))}, host: true}
		if relative(at+8, description[8:]) != start || f.start < last || f.end <= f.start {
			return nil, g.refuse(ruleCode, "the unwind table contradicts itself about %#x", start)
		}
		last = f.end
		list = append(list, f)
	}
	return list, true
}
