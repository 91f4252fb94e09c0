package base

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
)

// A module's file, as host/modules.h describes it for whoever reads it: a header, tables of
// 32-bit numbers, and three zones, which are mapped one after the other.
const (
	magic    = "PGSTDMOD"
	pageSize = 4096 // of a file; where memory has larger pages, it is read and not mapped
	nowhere  = 1<<32 - 1

	moduleMax = 64 << 20 // in memory
)

// Zones.
const (
	zoneText = iota
	zoneConst
	zoneData
	numZones
)

// Tables.
const (
	tableOwn   = iota // a word at an offset in the module gets the address of another: pairs
	tableBase         // a word gets the address of an offset in the base: pairs
	tableCalls        // code gets the distance to an offset in the base: pairs of where, 32 bits or an instruction, and to what
	tableTypes        // types that others may have, too: offsets of the module's copy and the base's
	tableItabs        // itabs, likewise
	tableUses         // words with the address of a copy that the base lacks: offset, index of type or itab
	tableInits        // what has to be initialised in the base: offsets
	tableAlone        // types that nobody else has: offsets, for the object gate
	numTables
)

type header struct {
	Magic   [8]byte
	Format  uint32
	Machine uint32
	Base    [32]byte // SHA-256 of the base's file
	Data    uint32   // where the runtime's description of the module is
	Size    uint32   // of the description
	Zones   [numZones]zone
	Tables  [numTables]table
}

type zone struct {
	Offset  uint32 // in the file
	Address uint32 // in the module
	File    uint32 // bytes in the file
	Memory  uint32 // bytes in memory; what the file lacks is zero
}

type table struct{ Offset, Count uint32 } // Count: of numbers

// file is a module on its way out.
type file struct {
	header
	zones  [numZones][]byte
	bss    uint32
	tables [numTables][]uint32
}

func pages(n uint32) uint32 { return (n + pageSize - 1) &^ (pageSize - 1) }

// place says where each zone comes to lie.
func (f *file) place(sizes [numZones]uint32, bss uint32) {
	at := uint32(0)
	for i, size := range sizes {
		z := &f.Zones[i]
		z.Address, z.File, z.Memory = at, size, size
		if i == zoneData {
			z.Memory += bss
		}
		at += pages(z.Memory)
		f.zones[i] = make([]byte, size)
	}
}

func (f *file) encode() []byte {
	copy(f.Magic[:], magic)
	f.Format = format
	at := uint32(binary.Size(f.header))
	for i, t := range f.tables {
		f.Tables[i] = table{at, uint32(len(t))}
		at += uint32(len(t)) * 4
	}
	for i := range f.Zones {
		f.Zones[i].Offset = pages(at)
		at = f.Zones[i].Offset + f.Zones[i].File
	}
	var out bytes.Buffer
	put := func(v any) {
		if err := binary.Write(&out, binary.LittleEndian, v); err != nil {
			panic(err) // what is written has a fixed size
		}
	}
	put(f.header)
	for _, t := range f.tables {
		put(t)
	}
	for i, z := range f.Zones {
		out.Write(make([]byte, int(z.Offset)-out.Len()))
		out.Write(f.zones[i])
	}
	return out.Bytes()
}

func digestBytes(s string) (d [32]byte) {
	hex.Decode(d[:], []byte(s)) // it has been made from such
	return d
}
