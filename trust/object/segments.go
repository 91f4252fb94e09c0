package object

import (
	"debug/elf"
	"fmt"
)

// segment is a part of the file as the loader sees it.
type segment struct {
	span         // of addresses
	offset, file uint64
	flags        elf.ProgFlag
	align        uint64
	data         []byte // file bytes
}

func (s *segment) String() string { return fmt.Sprintf("segment at %#x", s.start) }

// bytes returns what the file has for a range of addresses.
func (g *gate) bytes(at span) ([]byte, bool) {
	for i := range g.segments {
		s := &g.segments[i]
		if (span{s.start, s.start + s.file}).covers(at) {
			return s.data[at.start-s.start : at.end-s.start], true
		}
	}
	return nil, false
}

// segmentOf returns the segment that holds an address.
func (g *gate) segmentOf(address uint64) *segment {
	for i := range g.segments {
		if g.segments[i].holds(address) {
			return &g.segments[i]
		}
	}
	return nil
}

// Segments that say something about others, and may be there once.
var aboutOthers = map[elf.ProgType]bool{
	elf.PT_DYNAMIC: true, elf.PT_GNU_EH_FRAME: true, elf.PT_GNU_STACK: true, elf.PT_GNU_RELRO: true, elf.PT_GNU_PROPERTY: true,
}

func (g *gate) checkSegments() bool {
	h := g.header()
	g.special = map[uint32]segment{}
	good := true
	for i := range uint64(h.Phnum) {
		raw, _ := g.part(h.Phoff+i*programSize, programSize)
		p, _ := read[elf.Prog64](raw)
		kind := elf.ProgType(p.Type)
		data, inFile := g.part(p.Off, p.Filesz)
		addresses, ok := sized(p.Vaddr, p.Memsz)
		if !inFile || !ok || p.Filesz > p.Memsz {
			return g.refuse(ruleSegments, "segment %d (%v) does not fit into the file: it has been cut short, or changed", i, kind)
		}
		s := segment{span: addresses, offset: p.Off, file: p.Filesz, flags: elf.ProgFlag(p.Flags), align: p.Align, data: data}
		switch {
		case kind == elf.PT_LOAD:
			good = g.addLoad(s) && good
		case kind == elf.PT_NOTE:
			if !g.addNotes(s) {
				return false
			}
		case aboutOthers[kind]:
			if _, twice := g.special[p.Type]; twice {
				return g.refuse(ruleSegments, "there are two segments %v", kind)
			}
			g.special[p.Type] = s
		default:
			good = g.refuse(ruleSegments, "there is a segment %v", kind)
		}
	}
	return good && g.checkLoads() && g.checkSpecial()
}

// addLoad takes up a segment that is mapped.
func (g *gate) addLoad(s segment) bool {
	if s.align < g.arch.page || s.align&(s.align-1) != 0 || s.align > 1<<16 || s.offset%s.align != s.start%s.align {
		return g.refuse(ruleSegments, "%v is not aligned as the loader wants it", &s)
	}
	if n := len(g.segments); n > 0 {
		last := &g.segments[n-1]
		if roundDown(s.start, s.align) < roundUp(last.end, s.align) {
			return g.refuse(ruleSegments, "%v shares memory with the one before it, or is out of order", &s)
		}
		if s.offset < last.offset+last.file {
			return g.refuse(ruleSegments, "%v shares bytes of the file with the one before it, or is out of order", &s)
		}
	} else if s.start != 0 || s.offset != 0 || s.file < headerSize+uint64(g.header().Phnum)*programSize {
		return g.refuse(ruleSegments, "the first segment does not start with the headers")
	}
	if s.end > 1<<40 {
		return g.refuse(ruleSegments, "%v ends at %#x, which is no sensible size", &s, s.end)
	}
	g.segments = append(g.segments, s)
	return true
}

func (g *gate) checkLoads() bool {
	for i := range g.segments {
		s := &g.segments[i]
		switch s.flags {
		case elf.PF_R:
		case elf.PF_R | elf.PF_X:
			if g.code != nil {
				return g.refuse(ruleSegments, "two segments can be executed")
			}
			g.code = s
		case elf.PF_R | elf.PF_W:
			if g.writable != nil {
				return g.refuse(ruleSegments, "two segments can be written")
			}
			g.writable = s
			continue
		default:
			if s.flags&elf.PF_W != 0 && s.flags&elf.PF_X != 0 {
				return g.refuse(ruleSegments, "%v can be written and executed", s)
			}
			return g.refuse(ruleSegments, "%v has flags %v", s, s.flags)
		}
		if s.end != s.start+s.file {
			return g.refuse(ruleSegments, "%v is larger than its part of the file but cannot be written", s)
		}
	}
	if g.code == nil {
		return g.refuse(ruleSegments, "there is no code")
	}
	if g.writable == nil {
		return g.refuse(ruleSegments, "there is no writable data")
	}
	return g.checkCodePages()
}

// checkCodePages looks at the file around code: the loader maps whole pages, so
// what shares one with code can be executed.
func (g *gate) checkCodePages() bool {
	c := g.code
	before := g.data[roundDown(c.offset, c.align):c.offset]
	end := c.offset + c.file
	after := g.data[end:min(roundUp(end, c.align), uint64(len(g.data)))]
	if !zero(before) || !zero(after) {
		return g.refuse(ruleSegments, "bytes around the code would be executable, too")
	}
	return true
}

// checkSpecial looks at the segments that are about others.
func (g *gate) checkSpecial() bool {
	stack, ok := g.special[uint32(elf.PT_GNU_STACK)]
	if !ok || stack.flags&elf.PF_X != 0 {
		return g.refuse(ruleSegments, "it asks for a stack that can be executed")
	}
	relro, ok := g.special[uint32(elf.PT_GNU_RELRO)]
	if !ok {
		return g.refuse(ruleSegments, "what is constant after relocation stays writable")
	}
	if relro.start != g.writable.start || !g.writable.covers(relro.span) || relro.end%g.arch.page != 0 {
		return g.refuse(ruleSegments, "what becomes read-only after relocation is not the first part of the writable data")
	}
	g.relro = relro.span
	if dyn, ok := g.special[uint32(elf.PT_DYNAMIC)]; !ok || !g.relro.covers(dyn.span) || !g.inFile(dyn) {
		return g.refuse(ruleSegments, "there is no dynamic section that becomes read-only")
	}
	for _, kind := range []elf.ProgType{elf.PT_GNU_EH_FRAME, elf.PT_GNU_PROPERTY} {
		if s, ok := g.special[uint32(kind)]; ok && !g.inFile(s) {
			return g.refuse(ruleSegments, "segment %v is not part of what is mapped", kind)
		}
	}
	return true
}

// inFile says whether a segment describes a part of one that is mapped from the
// same place of the file.
func (g *gate) inFile(s segment) bool {
	in := g.segmentOf(s.start)
	return in != nil && s.file == s.size() && s.offset >= in.offset && s.offset-in.offset == s.start-in.start &&
		s.start-in.start+s.file <= in.file
}

func roundDown(n, align uint64) uint64 { return n &^ (align - 1) }
func roundUp(n, align uint64) uint64   { return roundDown(n+align-1, align) }

func zero(data []byte) bool {
	for _, b := range data {
		if b != 0 {
			return false
		}
	}
	return true
}
