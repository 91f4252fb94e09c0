package object

import (
	"bytes"
	"encoding/binary"
)

// function is a piece of code with one start and one end.
type function struct {
	span
	name nameRef
	host bool
}

// nameRef is where a function's name is, read only when somebody asks.
type nameRef struct {
	table []byte // of names
	at    uint32
}

func (n nameRef) String() string {
	if uint64(n.at) >= uint64(len(n.table)) {
		return ""
	}
	name, _, _ := bytes.Cut(n.table[n.at:], []byte{0})
	return string(name)
}

// What package runtime's pcHeader has, since Go 1.20.
const (
	pcMagic         = 0xfffffff1
	pcHeaderSize    = 72
	pcNumFunctions  = 8
	pcNames         = 32
	pcFunctions     = 64
	pcFunctionEntry = 8 // of two 32-bit words: offset of the code, offset of the description
)

// goFunctions reads the runtime's table of functions. It divides all of the Go
// code: each function, with the padding after it, ends where the next one starts.
// The last one ends with the code.
func (g *gate) goFunctions(d *descriptor) ([]function, bool) {
	const damaged = "the object's table of functions is damaged"
	table, ok := g.bytes(d.pclntab)
	if !ok || len(table) < pcHeaderSize {
		return nil, g.refuse(ruleDescriptor, damaged)
	}
	if binary.LittleEndian.Uint32(table) != pcMagic || table[7] != 8 {
		return nil, g.refuse(ruleDescriptor, "the object's table of functions is of a Go release that is not known")
	}
	word := func(at uint64) uint64 { return binary.LittleEndian.Uint64(table[at:]) }
	n, names, functions := word(pcNumFunctions), word(pcNames), word(pcFunctions)
	size := uint64(len(table))
	if names > size || functions > size || n == 0 || n > (size-functions)/pcFunctionEntry || (size-functions)-n*pcFunctionEntry < 4 {
		return nil, g.refuse(ruleDescriptor, damaged)
	}
	entry := func(i uint64) uint64 {
		return d.text.start + uint64(binary.LittleEndian.Uint32(table[functions+i*pcFunctionEntry:]))
	}
	list := make([]function, 0, n)
	last := d.text.start
	for i := range n {
		f := function{span: span{entry(i), entry(i + 1)}}
		if f.start != last || f.end <= f.start || f.end > d.text.end {
			return nil, g.refuse(ruleDescriptor, "the object's table of functions does not divide its code: function %d at %#x", i, f.start)
		}
		last = f.end
		at := functions + uint64(binary.LittleEndian.Uint32(table[functions+i*pcFunctionEntry+4:]))
		if at+8 > size {
			return nil, g.refuse(ruleDescriptor, damaged)
		}
		f.name = nameRef{table[names:], binary.LittleEndian.Uint32(table[at+4:])}
		list = append(list, f)
	}
	// The last one is a mark of the linker's, one byte long.
	g.goEnd = last
	list[n-1].end = d.text.end
	return list, true
}
