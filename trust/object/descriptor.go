package object

import (
	"encoding/binary"

	"github.com/pgstd/pgstd/trust/provenance"
)

// What host/abi.h says of PgstdObject.
const (
	descriptorMagic = 0x50475344
	descriptorSize  = 328

	atMagic      = 0
	atABI        = 4
	atSize       = 8
	atEntries    = 16 // start, enter, abort, sigpanic
	numEntries   = 4
	atControl    = 48
	atTLSOffset  = 56
	atText       = 64
	atPclntab    = 80
	atRanges     = 96
	numRanges    = 5
	atConstants  = 240
	numConstants = 2
	atProfile    = 272 // two variables
)

// offsets are where the descriptor has the offsets that the host adds to addresses: in a goroutine,
// and in a bucket of a heap profile.
var offsets = []span{{176, 240}, {288, 328}}

// maxOffset is more than any of them is.
const maxOffset = 4096

// descriptor is what an object says of itself.
type descriptor struct {
	abi           uint32
	entries       [numEntries]uint64
	text, pclntab span
}

// findDescriptor returns the address of the descriptor: objects export it, in
// modules a note has its distance.
func (g *gate) findDescriptor() (uint64, bool) {
	for _, s := range g.symbols {
		if s.defined && s.name == "pgstd_object" {
			return s.value, true
		}
	}
	n, ok := g.find(provenance.TypeDescriptor)
	if !ok || len(n.data) != 8 {
		return 0, g.refuse(ruleDescriptor, "no note says where the object in it is")
	}
	distance := binary.LittleEndian.Uint64(n.data)
	return n.at + distance, true
}

// readDescriptor reads it as it will be after relocation.
func (g *gate) readDescriptor() (*descriptor, bool) {
	at, ok := g.findDescriptor()
	if !ok {
		return nil, false
	}
	where, ok := sized(at, descriptorSize)
	data, inFile := g.bytes(where)
	if !ok || !inFile || !g.relro.covers(where) || at%8 != 0 {
		return nil, g.refuse(ruleDescriptor, "the object's descriptor is not in data that becomes read-only")
	}
	d := &descriptor{abi: binary.LittleEndian.Uint32(data[atABI:])}
	if g.isRelocated(at+atMagic) || g.isRelocated(at+atSize) ||
		binary.LittleEndian.Uint32(data[atMagic:]) != descriptorMagic || binary.LittleEndian.Uint64(data[atSize:]) != descriptorSize {
		return nil, g.refuse(ruleDescriptor, "the object's descriptor is not one that this kit knows (ABI version %d)", d.abi)
	}
	missing := false
	word := func(offset uint64) uint64 {
		v, ok := g.pointerAt(at + offset)
		missing = missing || !ok
		return v
	}
	pair := func(offset uint64) span { return span{word(offset), word(offset + 8)} }
	for i := range d.entries {
		d.entries[i] = word(atEntries + uint64(i)*8)
	}
	d.text, d.pclntab = pair(atText), pair(atPclntab)
	parts := []span{{word(atControl), word(atControl) + 8}}
	if g.arch.tls {
		parts = append(parts, span{word(atTLSOffset), word(atTLSOffset) + 8})
	}
	for i := range uint64(numRanges) {
		parts = append(parts, pair(atRanges+16*i))
	}
	for i := range uint64(2) {
		variable := word(atProfile + 8*i)
		parts = append(parts, span{variable, variable + 8})
	}
	for _, list := range offsets {
		for i := list.start; i < list.end; i += 8 {
			if offset := binary.LittleEndian.Uint64(data[i:]); g.isRelocated(at+i) || offset > maxOffset {
				return nil, g.refuse(ruleDescriptor, "the object's descriptor has %#x as an offset in a structure of the runtime", offset)
			}
		}
	}
	var constants []span
	for i := range uint64(numConstants) {
		constants = append(constants, pair(atConstants+16*i))
	}
	if missing {
		return nil, g.refuse(ruleDescriptor, "the object's descriptor has not all the addresses that it should have")
	}
	for _, p := range parts {
		if !g.writable.covers(p) || g.relro.overlaps(p) {
			return nil, g.refuse(ruleDescriptor, "the object's descriptor names %#x-%#x as its own data, which it is not", p.start, p.end)
		}
	}
	if !g.code.covers(d.text) || d.text.size() == 0 {
		return nil, g.refuse(ruleDescriptor, "the object's descriptor names %#x-%#x as its code, which it is not", d.text.start, d.text.end)
	}
	if in := g.segmentOf(d.pclntab.start); in == nil || in == g.code || in == g.writable || !in.covers(d.pclntab) {
		return nil, g.refuse(ruleDescriptor, "the object's table of functions is not in read-only data")
	}
	for _, c := range constants {
		if in := g.segmentOf(c.start); in == nil || in == g.code || !in.covers(c) || in == g.writable && !g.relro.covers(c) {
			return nil, g.refuse(ruleDescriptor, "the object's descriptor names %#x-%#x as its constants, which are not read-only data", c.start, c.end)
		}
	}
	return d, true
}
