package object

import (
	"bytes"
	"debug/elf"
	"slices"
)

// maxSections is more than pgbuild's link makes.
const maxSections = 64

// Sections that pgbuild's link makes, and what has to be true of the segment that
// they are in.
var sectionNames = map[string]elf.SectionFlag{
	".gnu.hash": elf.SHF_ALLOC, ".dynsym": elf.SHF_ALLOC, ".dynstr": elf.SHF_ALLOC, ".rela.dyn": elf.SHF_ALLOC,
	".rodata": elf.SHF_ALLOC, ".gopclntab": elf.SHF_ALLOC, ".typelink": elf.SHF_ALLOC, ".itablink": elf.SHF_ALLOC, ".gosymtab": elf.SHF_ALLOC,
	".eh_frame_hdr": elf.SHF_ALLOC, ".eh_frame": elf.SHF_ALLOC,
	".note.go.buildid": elf.SHF_ALLOC, ".note.pgstd": elf.SHF_ALLOC, ".note.gnu.property": elf.SHF_ALLOC,
	".text":       elf.SHF_ALLOC | elf.SHF_EXECINSTR,
	".init_array": elf.SHF_ALLOC | elf.SHF_WRITE, ".data.rel.ro": elf.SHF_ALLOC | elf.SHF_WRITE, ".dynamic": elf.SHF_ALLOC | elf.SHF_WRITE,
	".got": elf.SHF_ALLOC | elf.SHF_WRITE, ".got.plt": elf.SHF_ALLOC | elf.SHF_WRITE, ".data": elf.SHF_ALLOC | elf.SHF_WRITE,
	".go.buildinfo": elf.SHF_ALLOC | elf.SHF_WRITE, ".go.fipsinfo": elf.SHF_ALLOC | elf.SHF_WRITE, ".go.module": elf.SHF_ALLOC | elf.SHF_WRITE,
	".noptrdata": elf.SHF_ALLOC | elf.SHF_WRITE, ".bss": elf.SHF_ALLOC | elf.SHF_WRITE, ".noptrbss": elf.SHF_ALLOC | elf.SHF_WRITE,
	".comment": 0, ".shstrtab": 0,
	".ARM.attributes": 0, // what compilers for arm64 say of their code, to linkers (binutils 2.46, gcc 16)
}

const flagsOfInterest = elf.SHF_ALLOC | elf.SHF_EXECINSTR | elf.SHF_WRITE | elf.SHF_TLS | elf.SHF_COMPRESSED

// checkLayout compares sections with segments, and accounts for every byte.
func (g *gate) checkLayout() bool {
	h := g.header()
	if h.Shentsize != sectionSize || h.Shnum == 0 || h.Shnum > maxSections || h.Shstrndx >= h.Shnum {
		return g.refuse(ruleLayout, "its section headers are not what the link makes them")
	}
	table, ok := g.part(h.Shoff, uint64(h.Shnum)*sectionSize)
	if !ok {
		return g.refuse(ruleLayout, "it has been cut short in the section headers")
	}
	names, _ := read[elf.Section64](table[uint64(h.Shstrndx)*sectionSize:])
	strings, ok := g.part(names.Off, names.Size)
	if !ok {
		return g.refuse(ruleLayout, "the names of sections are not in the file")
	}
	used := []span{{0, headerSize + uint64(h.Phnum)*programSize}, {h.Shoff, h.Shoff + uint64(len(table))}}
	good := zero(table[:sectionSize]) || g.refuse(ruleLayout, "the first section is not empty")
	g.sections = map[string]span{}
	for i := uint64(1); i < uint64(h.Shnum); i++ {
		s, _ := read[elf.Section64](table[i*sectionSize:])
		if uint64(s.Name) >= uint64(len(strings)) {
			return g.refuse(ruleLayout, "section %d has no name", i)
		}
		raw, _, _ := bytes.Cut(strings[s.Name:], []byte{0})
		name := string(raw)
		if _, twice := g.sections[name]; twice {
			good = g.refuse(ruleLayout, "there are two sections %q", name)
		}
		g.sections[name] = span{s.Addr, s.Addr + s.Size}
		in, ok := g.checkSection(name, s)
		good = good && ok
		used = append(used, in)
	}
	return good && g.checkUsed(used)
}

// checkSection returns the bytes of the file that a section takes.
func (g *gate) checkSection(name string, s elf.Section64) (span, bool) {
	want, known := sectionNames[name]
	if !known {
		return span{}, g.refuse(ruleLayout, "there is a section %q", name)
	}
	if elf.SectionFlag(s.Flags)&flagsOfInterest != want {
		return span{}, g.refuse(ruleLayout, "section %s has flags %v", name, elf.SectionFlag(s.Flags))
	}
	bss := elf.SectionType(s.Type) == elf.SHT_NOBITS
	inFile, ok := sized(s.Off, s.Size)
	if bss {
		inFile.end = s.Off
	}
	if !ok || inFile.end > uint64(len(g.data)) {
		return span{}, g.refuse(ruleLayout, "section %s is not in the file", name)
	}
	if want&elf.SHF_ALLOC == 0 {
		return inFile, !bss || g.refuse(ruleLayout, "section %s has no content", name)
	}
	at, ok := sized(s.Addr, s.Size)
	in := g.segmentOf(at.start)
	if ok && s.Size == 0 {
		return inFile, true // an empty section may stand at a segment's end
	}
	if !ok || in == nil || !in.covers(at) || !bss && s.Off-in.offset != s.Addr-in.start {
		return span{}, g.refuse(ruleLayout, "section %s does not lie where a segment has it", name)
	}
	wrong := in.flags&elf.PF_X != 0 != (want&elf.SHF_EXECINSTR != 0) || in.flags&elf.PF_W != 0 != (want&elf.SHF_WRITE != 0)
	if wrong {
		return span{}, g.refuse(ruleLayout, "section %s lies in a segment of another kind", name)
	}
	if !g.agrees(name, at) {
		return span{}, g.refuse(ruleLayout, "section %s is not what the dynamic loader uses as such", name)
	}
	return inFile, true
}

// agrees says whether a section is what the program headers and the dynamic
// section call by another name.
func (g *gate) agrees(name string, at span) bool {
	start := func(tag elf.DynTag) bool { return at.start == g.dyn(tag) }
	switch name {
	case ".dynamic":
		return at == g.special[uint32(elf.PT_DYNAMIC)].span
	case ".text":
		return at == g.code.span
	case ".gnu.hash":
		return start(elf.DT_GNU_HASH)
	case ".dynsym":
		return start(elf.DT_SYMTAB) && at.size() == uint64(len(g.symbols))*symbolSize
	case ".dynstr":
		return start(elf.DT_STRTAB) && at.size() == g.dyn(elf.DT_STRSZ)
	case ".rela.dyn":
		return start(elf.DT_RELA) && at.size() == g.dyn(elf.DT_RELASZ)
	case ".init_array":
		return start(elf.DT_INIT_ARRAY) && at.size() == g.dyn(elf.DT_INIT_ARRAYSZ)
	case ".eh_frame_hdr":
		return at == g.special[uint32(elf.PT_GNU_EH_FRAME)].span
	}
	return true
}

// checkUsed looks for bytes of the file that belong to nothing.
func (g *gate) checkUsed(used []span) bool {
	for i := range g.segments {
		s := &g.segments[i]
		used = append(used, span{s.offset, s.offset + s.file})
	}
	slices.SortFunc(used, func(a, b span) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	end := uint64(0)
	for _, s := range used {
		if s.start > end && (s.start-end > 1<<16 || !zero(g.data[end:s.start])) {
			return g.refuse(ruleLayout, "%d bytes at %#x of the file belong to nothing", s.start-end, end)
		}
		end = max(end, s.end)
	}
	if n := uint64(len(g.data)) - end; n > 0 {
		return g.refuse(ruleLayout, "%d bytes follow after the end", n)
	}
	return true
}
