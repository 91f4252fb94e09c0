package object

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// Base says what a module that runs in a world of a base may refer to: places of the base, as
// offsets in it.
type Base struct {
	Digest    string // SHA-256 of its file, in hexadecimal
	Machine   elf.Machine
	Function  func(offset uint32) bool // may be called
	Data      func(offset uint32) bool // may be addressed: a place in something that code can refer to
	Goroutine func(offset uint32) bool // what loads the goroutine's register looks there, and nothing else
	NoReturn  func(offset uint32) bool // is a function that does not come back
	Grows     func(offset uint32) bool // is a function that makes the stack larger, for one that has no frame yet
	Init      func(offset uint32) bool // is the initialisation of a package
	Type      func(offset uint32) bool // is a type's description
	Itab      func(offset uint32) bool // is a table of an interface's methods
	Code      func(offset uint32) bool // is the start of a function, whether it is for modules or not

	// Memory is what the base's file has somewhere, where words with addresses have offsets; Address says
	// which words those are. Types and Text are what offsets in descriptions of types count from.
	Memory      func(offset, size uint32) []byte
	Address     func(offset uint32) bool
	Types, Text uint32
}

// What host/modules.h says of a module's file.
const (
	sharedMagic   = "PGSTDMOD"
	sharedFormat  = 2
	sharedPage    = 4096
	sharedMax     = 64 << 20
	sharedNowhere = 1<<32 - 1
)

type sharedHeader struct {
	Magic           [8]byte
	Format, Machine uint32
	Base            [32]byte
	Data, Size      uint32
	Zones           [3]struct{ Offset, Address, File, Memory uint32 }
	Tables          [8]struct{ Offset, Count uint32 }
}

const (
	sharedText = iota
	sharedConst
	sharedData
)

const (
	sharedOwn = iota
	sharedBase
	sharedCalls
	sharedTypes
	sharedItabs
	sharedUses
	sharedInits
	sharedAlone
)

// shared is a module on its way through the rules.
type shared struct {
	*gate
	header sharedHeader
	base   *Base
	tables [8][]uint32
	words  map[uint32]uint32 // words that get an address of the module
	theirs map[uint32]uint32 // and of the base

	written []uint32 // all of these, in order
	about   *description
	frames  []frame           // of functions
	copies  map[uint32]uint32 // types and itabs that others may have, too: where the base has them
	types   *types
}

// VerifyShared judges a module of a base. The rules are those of objects, as far as a module has what
// they are about: all of its code is known instructions in functions of Go's own table, none of which
// enters the kernel; what is relative to the base is the target of one instruction or one word, and leads to what the
// base offers; pointers into code lead to the start of an instruction.
//
// Of the tables that the runtime follows it judges all that can be seen from the file and the base: see
// docs/trust.md for what that leaves.
func VerifyShared(data []byte, base *Base) *Report {
	s := &shared{gate: newGate(data, Shared), base: base, words: map[uint32]uint32{}, theirs: map[uint32]uint32{}}
	for _, step := range []func() bool{s.checkShape, s.readWords, s.checkWords, s.checkDescription, s.checkSharedCode, s.checkTypes, s.checkItabs} {
		if !step() {
			break
		}
	}
	return s.Report
}

// checkShape makes sure that header, tables and zones are the file, in that order and with zeroes
// between them.
func (s *shared) checkShape() bool {
	h := &s.header
	if n, err := binary.Decode(s.data, binary.LittleEndian, h); err != nil || n != binary.Size(h) || string(h.Magic[:]) != sharedMagic || h.Format != sharedFormat {
		return s.refuse(ruleHeader, "it is no module of this version of pgstd")
	}
	for i := range arches {
		if arches[i].machine == elf.Machine(h.Machine) && arches[i].machine == s.base.Machine {
			s.arch, s.Machine = &arches[i], arches[i].goarch
		}
	}
	if s.arch == nil {
		return s.refuse(ruleHeader, "it is for another machine than its base")
	}
	if hex.EncodeToString(h.Base[:]) != s.base.Digest {
		return s.refuse(ruleHeader, "it was linked against another base")
	}
	at, address := uint64(binary.Size(h)), uint64(0)
	for i, t := range h.Tables {
		size := uint64(t.Count) * 4
		if uint64(t.Offset) != at || size > uint64(len(s.data))-at || i != sharedInits && i != sharedAlone && t.Count%2 != 0 {
			return s.refuse(ruleLayout, "its table %d is not in its place", i)
		}
		s.tables[i] = make([]uint32, t.Count)
		if _, err := binary.Decode(s.data[at:], binary.LittleEndian, s.tables[i]); err != nil {
			return s.refuse(ruleLayout, "its table %d cannot be read", i)
		}
		at += size
	}
	up := func(n uint64) uint64 { return (n + sharedPage - 1) &^ (sharedPage - 1) }
	for i, z := range h.Zones {
		if uint64(z.Offset) != up(at) || uint64(z.Address) != address || z.File > z.Memory || z.Memory > sharedMax || i != sharedData && z.File != z.Memory ||
			uint64(z.Offset)+uint64(z.File) > uint64(len(s.data)) || !zero(s.data[at:z.Offset]) {
			return s.refuse(ruleSegments, "its zone %d is not in its place", i)
		}
		at = uint64(z.Offset) + uint64(z.File)
		s.segments = append(s.segments, segment{
			span: span{address, address + uint64(z.Memory)}, offset: uint64(z.Offset), file: uint64(z.File), data: s.data[z.Offset:at],
		})
		address += up(uint64(z.Memory))
	}
	s.code, s.writable = &s.segments[sharedText], &s.segments[sharedData]
	return at == uint64(len(s.data)) && address <= sharedMax || s.refuse(ruleLayout, "it does not end with its last zone")
}

// readWords reads what words will hold. Each gets one address, and lies in what is not code.
func (s *shared) readWords() bool {
	end := s.writable.end
	for i, table := range []map[uint32]uint32{sharedOwn: s.words, sharedBase: s.theirs} {
		for list := s.tables[i]; len(list) > 0; list = list[2:] {
			at := span{uint64(list[0]), uint64(list[0]) + 8}
			_, inFile := s.bytes(at)
			_, own := s.words[list[0]]
			_, theirs := s.theirs[list[0]]
			if at.start%8 != 0 || !inFile || s.code.overlaps(at) || own || theirs || i == sharedOwn && uint64(list[1]) > end {
				return s.refuse(ruleRelocations, "the word at %#x cannot get an address", at.start)
			}
			table[list[0]] = list[1]
		}
	}
	return true
}

// checkPointed looks at the addresses of code that data will hold, other than in the description, which
// has been looked at.
func (s *shared) checkPointed(c *checker) bool {
	for at, to := range s.words {
		switch {
		case !s.code.holds(uint64(to)) || at-s.about.at < s.header.Size:
		case !c.starts.has(uint64(to)):
			return s.refuse(ruleRelocations, "the word at %#x points to %#x in %s, where no instruction starts", at, to, c.describe(c.functionAt(uint64(to))))
		case !s.jumpsTo(uint64(to)):
			return s.refuse(ruleFrames, "the word at %#x points to %#x in %s, where the stack has another size than where that jumps to it", at, to, c.describe(c.functionAt(uint64(to))))
		}
	}
	return true
}

// checkWords goes over what the module has of the base's, and over types and itabs that others may have, too.
// Each word with the address of the module's own copy is one that whoever loads it redirects.
func (s *shared) checkWords() bool {
	s.indexWords()
	for at, to := range s.theirs {
		if !s.base.Data(to) && !s.base.Function(to) {
			return s.refuse(ruleImports, "the word at %#x gets the address of %#x of the base, which is not for modules", at, to)
		}
	}
	for _, i := range s.tables[sharedInits] {
		if !s.base.Init(i) {
			return s.refuse(ruleImports, "%#x of the base is no package's initialisation", i)
		}
	}
	copies := slices.Concat(s.tables[sharedTypes], s.tables[sharedItabs])
	s.copies = map[uint32]uint32{}
	for i := 0; i < len(copies); i += 2 {
		own, theirs := span{uint64(copies[i]), uint64(copies[i]) + 24}, copies[i+1]
		is := s.base.Type
		if i >= len(s.tables[sharedTypes]) {
			is = s.base.Itab
		}
		if _, twice := s.copies[copies[i]]; twice || !s.segments[sharedConst].covers(own) || theirs != sharedNowhere && !is(theirs) {
			return s.refuse(ruleDescriptor, "the type or itab at %#x is not the module's, or has no counterpart", own.start)
		}
		s.copies[copies[i]] = theirs
	}
	redirected := map[uint32]bool{}
	for list := s.tables[sharedUses]; len(list) > 0; list = list[2:] {
		to, ok := s.words[list[0]]
		if uint64(list[1])*2 >= uint64(len(copies)) || !ok || to != copies[list[1]*2] {
			return s.refuse(ruleRelocations, "the word at %#x does not hold the address of the type or itab that it is said to", list[0])
		}
		redirected[list[0]] = true
	}
	for at, to := range s.words {
		if theirs, is := s.copies[to]; is && (theirs != sharedNowhere || !redirected[at]) && !s.isList(at) {
			return s.refuse(ruleTypes, "the word at %#x has the address of the module's own copy of a type or itab that others have, too", at)
		}
	}
	return true
}

// isList reports whether a word is the address of a struct's fields or an interface's methods. They stand behind the type,
// and where there are none, another type does.
func (s *shared) isList(at uint32) bool {
	at -= typeSize + 8
	_, shared := s.copies[at]
	if !shared && !slices.Contains(s.tables[sharedAlone], at) {
		return false
	}
	kind, ok := s.read(place{at: at + 23}, 1)
	return ok && (kind[0]&0x1f == kindStruct || kind[0]&0x1f == kindInterface)
}

func (s *shared) isCopy(at uint64) bool {
	_, is := s.copies[uint32(at)]
	return is && at < sharedMax
}
