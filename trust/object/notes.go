package object

import (
	"debug/elf"
	"encoding/binary"
	"github.com/pgstd/pgstd/trust/provenance"
	"strings"
)

// note is an entry of a note segment.
type note struct {
	owner string
	kind  uint32
	at    uint64 // address of data
	data  []byte
}

// addNotes reads a note segment.
func (g *gate) addNotes(s segment) bool {
	data := s.data
	align := max(s.align, 4)
	if align != 4 && align != 8 || s.size() != s.file {
		return g.refuse(ruleNotes, "the notes at %#x are damaged", s.start)
	}
	for at := uint64(0); at < uint64(len(data)); {
		if uint64(len(data))-at < 12 {
			return g.refuse(ruleNotes, "the notes at %#x are damaged", s.start)
		}
		nameSize := uint64(binary.LittleEndian.Uint32(data[at:]))
		dataSize := uint64(binary.LittleEndian.Uint32(data[at+4:]))
		kind := binary.LittleEndian.Uint32(data[at+8:])
		name := at + 12
		body := roundUp(name+nameSize, align)
		end := body + dataSize
		if name+nameSize > uint64(len(data)) || end > uint64(len(data)) || nameSize == 0 || data[name+nameSize-1] != 0 {
			return g.refuse(ruleNotes, "the notes at %#x are damaged", s.start)
		}
		g.notes = append(g.notes, note{strings.TrimRight(string(data[name:name+nameSize]), "\x00"), kind, s.start + body, data[body:end]})
		at = roundUp(end, align)
	}
	return true
}

// Notes that others put into a file.
const (
	goBuildID   = 4
	gnuProperty = 5
)

func (g *gate) checkNotes() bool {
	seen := map[string]bool{}
	for _, n := range g.notes {
		data, ok := g.bytes(span{n.at, n.at + uint64(len(n.data))})
		if !ok || len(data) > 0 && &data[0] != &n.data[0] {
			return g.refuse(ruleNotes, "a note of %q is not part of what is mapped", n.owner)
		}
		known := n.owner == "Go" && n.kind == goBuildID || n.owner == "GNU" && n.kind == gnuProperty ||
			n.owner == provenance.Owner && (n.kind == provenance.TypeRecord || n.kind == provenance.TypeDescriptor)
		id := n.owner + string(rune(n.kind))
		if !known || seen[id] && n.owner != "GNU" {
			return g.refuse(ruleNotes, "there is a note of %q, type %d, that pgbuild does not make", n.owner, n.kind)
		}
		seen[id] = true
	}
	return true
}

// find returns a note of pgstd.
func (g *gate) find(kind uint32) (note, bool) {
	for _, n := range g.notes {
		if n.owner == provenance.Owner && n.kind == kind {
			return n, true
		}
	}
	return note{}, false
}

// initArray returns the words of the constructors.
func (g *gate) initArray() (span, bool) {
	return sized(g.dyn(elf.DT_INIT_ARRAY), g.dyn(elf.DT_INIT_ARRAYSZ))
}
