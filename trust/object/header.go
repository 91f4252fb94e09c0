package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// Sizes of ELF structures.
const (
	headerSize  = 64
	programSize = 56
	sectionSize = 64
	dynamicSize = 16
	symbolSize  = 24
	relaSize    = 24
)

// maxPrograms is more than pgbuild's link makes, and few enough to look at each.
const maxPrograms = 16

// arch is what differs between machines.
type arch struct {
	machine            elf.Machine
	goarch             string
	relative, imported uint32   // relocation types: load address, imported symbol
	others             []uint32 // that store an imported symbol, too
	page               uint64   // pages are at most so large: what shares one with code can be executed
	tls                bool     // Go code finds the current goroutine by way of the thread pointer
	check              func(*checker)

	module  func(*moduleCode) // does for a module what check does
	quantum uint64            // of tables by place in the code: its instructions are at so many bytes
	saved   int64             // bytes of a frame that are the caller's frame pointer and, if the call does not put it there, the return address
}

var arches = []arch{
	{
		machine: elf.EM_X86_64, goarch: "amd64",
		relative: uint32(elf.R_X86_64_RELATIVE), imported: uint32(elf.R_X86_64_GLOB_DAT), others: []uint32{uint32(elf.R_X86_64_64)},
		page: 4096, tls: true, check: (*checker).amd64,
		module: (*moduleCode).amd64, quantum: 1, saved: 8,
	},
	{
		machine: elf.EM_AARCH64, goarch: "arm64",
		relative: uint32(elf.R_AARCH64_RELATIVE), imported: uint32(elf.R_AARCH64_GLOB_DAT), others: []uint32{uint32(elf.R_AARCH64_ABS64)},
		page: 1 << 16, check: (*checker).arm64,
		module: (*moduleCode).arm64, quantum: 4, saved: 16,
	},
}

// read fills in a structure from the start of data.
func read[T any](data []byte) (v T, ok bool) {
	_, err := binary.Decode(data, binary.LittleEndian, &v)
	return v, err == nil
}

// part is a range of the file.
func (g *gate) part(offset, size uint64) ([]byte, bool) {
	if offset > uint64(len(g.data)) || size > uint64(len(g.data))-offset {
		return nil, false
	}
	return g.data[offset : offset+size], true
}

func (g *gate) header() elf.Header64 {
	h, _ := read[elf.Header64](g.data)
	return h
}

func (g *gate) checkHeader() bool {
	h, ok := read[elf.Header64](g.data)
	if !ok || !bytes.HasPrefix(g.data, []byte(elf.ELFMAG)) {
		return g.refuse(ruleHeader, "not an ELF file")
	}
	ident := h.Ident
	if elf.Class(ident[elf.EI_CLASS]) != elf.ELFCLASS64 || elf.Data(ident[elf.EI_DATA]) != elf.ELFDATA2LSB {
		return g.refuse(ruleHeader, "not a 64-bit little-endian file")
	}
	for i := range arches {
		if elf.Machine(h.Machine) == arches[i].machine {
			g.arch = &arches[i]
		}
	}
	if g.arch == nil {
		return g.refuse(ruleHeader, "it is for machine %v, which there is no target for", elf.Machine(h.Machine))
	}
	g.Machine = g.arch.goarch
	if elf.Type(h.Type) != elf.ET_DYN {
		return g.refuse(ruleHeader, "it is of type %v, not a shared object", elf.Type(h.Type))
	}
	if ident[elf.EI_VERSION] != 1 || h.Version != 1 || ident[elf.EI_OSABI] != 0 || ident[elf.EI_ABIVERSION] != 0 ||
		!bytes.Equal(ident[elf.EI_PAD:], make([]byte, elf.EI_NIDENT-elf.EI_PAD)) || h.Flags != 0 {
		return g.refuse(ruleHeader, "its version, system or flags are not those of a plain shared object")
	}
	g.entry = h.Entry
	if h.Ehsize != headerSize || h.Phentsize != programSize || h.Phoff != headerSize || h.Phnum == 0 || h.Phnum > maxPrograms {
		return g.refuse(ruleHeader, "its program headers are not where and what the link makes them")
	}
	if _, ok := g.part(h.Phoff, uint64(h.Phnum)*programSize); !ok {
		return g.refuse(ruleHeader, "it has been cut short in the program headers")
	}
	return true
}
