package object

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// The runtime's description of a module (runtime.moduledata), which differs between releases of Go in
// its size. Offsets of what both have in one place.
const (
	mdHeader      = 0 // of the table of functions
	mdNames       = 8
	mdUnits       = 32
	mdFiles       = 56
	mdPCValues    = 80
	mdFunctions   = 104
	mdEntries     = 128
	mdBuckets     = 152
	mdMinPC       = 160
	mdMaxPC       = 168
	mdText        = 176
	mdNoPtrData   = 192
	mdData        = 208
	mdBSS         = 224
	mdNoPtrBSS    = 240
	mdCoverage    = 256
	mdEnd         = 272
	mdGCData      = 280
	mdGCBSS       = 288
	mdTypes       = 296
	mdEntriesSize = 8 // of a function in the list: two 32-bit words
)

// mdLayout is where the rest of it is.
type mdLayout struct {
	typesLen, typesEnd, itabs   uint32 // typesLen: of the types that reflect looks through, since Go 1.27; itabs: offset and size
	rodata, funcs, tableEnd     uint32
	sections                    uint32
	typelinks, itablinks        uint32 // up to Go 1.26
	plugin, path, packageHashes uint32
	inits, name, hashes, state  uint32
	masks, typemap, next        uint32
}

var mdLayouts = map[uint32]*mdLayout{
	592: {typesEnd: 304, rodata: 312, funcs: 320, tableEnd: 328, sections: 336, typelinks: 360, itablinks: 384, plugin: 408, path: 432,
		packageHashes: 448, inits: 472, name: 496, hashes: 512, state: 536, masks: 544, typemap: 576, next: 584}, // Go 1.26
	568: {typesLen: 304, typesEnd: 312, itabs: 320, rodata: 336, funcs: 344, tableEnd: 352, sections: 360, plugin: 384, path: 408,
		packageHashes: 424, inits: 448, name: 472, hashes: 488, state: 512, masks: 520, typemap: 552, next: 560}, // Go 1.27
}

// description is what the gate has found right of it.
type description struct {
	at     uint32
	layout *mdLayout
	table  span // all that is said of functions
	funcs  span // what functions have besides, at the end of it
	data   span
	bss    span
	types  span
	rodata uint64
}

// part reads two words, of the beginning and the end of a part of a segment.
func (s *shared) part(start, end uint32, in *segment) (span, bool) {
	from, is1, ok1 := s.address(place{at: start})
	to, is2, ok2 := s.address(place{at: end})
	at := span{uint64(from.at), uint64(to.at)}
	return at, ok1 && ok2 && is1 && is2 && !from.base && !to.base && in.covers(at)
}

// checkDescription judges what the runtime is told of where everything is.
func (s *shared) checkDescription() bool {
	d := &description{at: s.header.Data, layout: mdLayouts[s.header.Size]}
	if d.layout == nil || !s.writable.covers(span{uint64(d.at), uint64(d.at) + uint64(s.header.Size)}) || d.at%8 != 0 {
		return s.refuse(ruleDescriptor, "its description is not one of a Go release that is known")
	}
	s.about = d
	for _, c := range []struct {
		what string
		good func() bool
	}{
		{"the parts of its memory", s.checkParts},
		{"its table of functions", s.checkTable},
		{"what only the loader of programs fills in", s.checkUnused},
		{"the versions of what it was linked against", s.checkHashes},
		{"its initialisation", s.checkInits},
		{"the masks of its variables", s.checkMasks},
	} {
		if !c.good() {
			return s.refuse(ruleTables, "%s: the description is not right", c.what)
		}
	}
	return s.Good()
}

// checkParts makes sure that variables are parts of what can be written, in their order and besides the
// description, and all else constants.
func (s *shared) checkParts() bool {
	d, constants := s.about, &s.segments[sharedConst]
	last := uint64(d.at) + uint64(s.header.Size)
	for _, at := range []uint32{mdNoPtrData, mdData, mdBSS, mdNoPtrBSS} {
		part, ok := s.part(d.at+at, d.at+at+8, s.writable)
		if ok && part.size() == 0 { // where that is, nobody asks
			continue
		}
		inFile := part.end <= s.writable.start+s.writable.file
		zeroed := part.start >= s.writable.start+s.writable.file
		if !ok || part.start < last || part.start%8 != 0 || (at == mdData || at == mdNoPtrData) && !inFile || (at == mdBSS || at == mdNoPtrBSS) && !zeroed {
			return false
		}
		last = part.end
		switch at {
		case mdData:
			d.data = part
		case mdBSS:
			d.bss = part
		}
	}
	text, ok := s.part(d.at+mdText, d.at+mdText+8, s.code)
	if !ok || text.start != s.code.start {
		return false
	}
	coverage, ok := s.part(d.at+mdCoverage, d.at+mdCoverage+8, s.writable)
	if !ok || coverage.size() != 0 {
		return false
	}
	if d.types, ok = s.part(d.at+mdTypes, d.at+d.layout.typesEnd, constants); !ok || d.types.start%8 != 0 {
		return false
	}
	rodata, is, ok := s.address(place{at: d.at + d.layout.rodata})
	d.rodata = uint64(rodata.at)
	end, isEnd, ok2 := s.address(place{at: d.at + mdEnd})
	return ok && is && !rodata.base && constants.holds(d.rodata) && ok2 && isEnd && !end.base && uint64(end.at) >= s.writable.start && uint64(end.at) <= s.writable.end
}

// checkUnused makes sure of what has to be empty.
func (s *shared) checkUnused() bool {
	d := s.about
	l := d.layout
	for _, at := range []uint32{l.state, l.masks, l.masks + 8, l.masks + 16, l.masks + 24, l.typemap, l.next} {
		if n, ok := s.number(place{at: d.at + at}); !ok || n != 0 {
			return false
		}
	}
	_, sections, ok1 := s.slice(d.at+l.sections, 24)
	_, _, ok2 := s.slice(d.at+l.plugin, 8)
	_, ok3 := s.text(d.at + l.path)
	_, ok4 := s.text(d.at + l.name)
	return ok1 && ok2 && ok3 && ok4 && sections <= 1
}

// checkHashes goes over what the runtime compares, through pointers, when it takes up a module.
func (s *shared) checkHashes() bool {
	for _, at := range []uint32{s.about.layout.packageHashes, s.about.layout.hashes} {
		list, n, ok := s.slice(s.about.at+at, 40)
		if !ok {
			return false
		}
		for i := range n {
			at := uint32(list.start + i*40)
			_, ok1 := s.text(at)
			_, ok2 := s.text(at + 16)
			to, is, ok3 := s.address(place{at: at + 32})
			if !ok1 || !ok2 || !ok3 || !is || !s.isText(to) {
				return false
			}
		}
	}
	return true
}

// isText reports whether a place has a string's two words.
func (s *shared) isText(p place) bool {
	if !p.base {
		_, ok := s.text(p.at)
		return ok
	}
	to, is, ok1 := s.address(p)
	n, ok2 := s.number(p.plus(8))
	if !ok1 || !ok2 || !is || n > 1<<10 {
		return false
	}
	_, ok := s.read(to, n)
	return ok && s.base.Data(p.at)
}

// checkInits goes over what is initialised: packages of the module, and of the base.
func (s *shared) checkInits() bool {
	list, n, ok := s.slice(s.about.at+s.about.layout.inits, 8)
	if !ok {
		return false
	}
	for i := range n {
		task, is, ok := s.address(place{at: uint32(list.start + i*8)})
		if !ok || !is {
			return false
		}
		if task.base {
			if !s.base.Init(task.at) {
				return s.refuse(ruleImports, "it initialises %#x of the base, which is no package's initialisation", task.at)
			}
			continue
		}
		head, ok := s.number(task) // state and count
		count := head >> 32
		if !ok || uint32(head) != 0 || count == 0 || count > 1<<20 || !s.writable.holds(uint64(task.at)) {
			return false
		}
		for i := range uint32(count) {
			f, is, ok := s.address(task.plus(8 + 8*i))
			if !ok || !is || f.base || !s.isEntry(f) {
				return s.refuse(ruleTables, "what it calls to initialise a package is no function of its own")
			}
		}
	}
	return true
}

// checkMasks runs the programs that say which words of variables the collector follows.
func (s *shared) checkMasks() bool {
	for _, v := range []struct {
		program uint32
		what    string
		of      span
	}{{mdGCData, "data", s.about.data}, {mdGCBSS, "zeroed data", s.about.bss}} {
		to, is, ok := s.address(place{at: s.about.at + v.program})
		constants := &s.segments[sharedConst]
		if !ok || !is || to.base || !constants.holds(uint64(to.at)) {
			return false
		}
		data := constants.data[uint64(to.at)-constants.start:]
		mask, used, err := runMaskProgram(data, v.of.size()/8)
		if err != nil || !s.clean(span{uint64(to.at), uint64(to.at) + used}) {
			return s.refuse(ruleTables, "the mask of its %s: %v", v.what, err)
		}
		for i := range v.of.size() / 8 {
			at := uint32(v.of.start + i*8)
			to, is, ok := s.address(place{at: at})
			if marked := mask.has(i); uint64(at) < s.writable.start+s.writable.file && (marked && !ok || is && !marked && !s.isKind(to)) {
				return s.refuse(ruleTables, "the mask of its %s and the word at %#x are not of one mind about whether that is a pointer", v.what, at)
			}
		}
	}
	return true
}

// isKind reports whether a place is a type or an itab: an interface's first word, which the collector passes over.
func (s *shared) isKind(p place) bool {
	if p.base {
		return s.base.Type(p.at) || s.base.Itab(p.at)
	}
	_, shared := s.copies[p.at]
	return shared || slices.Contains(s.tables[sharedAlone], p.at)
}

// runMaskProgram does what runtime.runGCProg does, within bounds: the bits for some words, and
// how long the program is.
func runMaskProgram(program []byte, words uint64) (mask bitset, used uint64, err error) {
	mask = newBits(words)
	n := uint64(0)
	at := 0
	damaged := fmt.Errorf("the program that makes it is damaged")
	next := func() (byte, bool) {
		if at >= len(program) {
			return 0, false
		}
		at++
		return program[at-1], true
	}
	number := func() (uint64, bool) {
		v, size := binary.Uvarint(program[at:])
		at += max(size, 0)
		return v, size > 0 && v <= sharedMax
	}
	put := func(set bool) bool {
		if n >= words {
			return false
		}
		if set {
			mask.set(n)
		}
		n++
		return true
	}
	for {
		inst, ok := next()
		if !ok {
			return nil, 0, damaged
		}
		count := uint64(inst & 0x7f)
		switch {
		case inst == 0:
			return mask, uint64(at), nil
		case inst&0x80 == 0: // so many bits follow
			for i := range count {
				bit := i % 8
				if bit == 0 {
					if inst, ok = next(); !ok {
						return nil, 0, damaged
					}
				}
				if !put(inst>>bit&1 != 0) {
					return nil, 0, fmt.Errorf("it has more than %d words", words)
				}
			}
			if rest := count % 8; rest != 0 && inst>>rest != 0 {
				return nil, 0, damaged // bits that the runtime would take for those of the next
			}
		default: // the last count bits, again and again
			if count == 0 {
				if count, ok = number(); !ok {
					return nil, 0, damaged
				}
			}
			times, ok := number()
			if !ok || count == 0 || count > n {
				return nil, 0, damaged
			}
			if times*count > words-n {
				return nil, 0, fmt.Errorf("it has more than %d words", words)
			}
			for range times * count {
				put(mask.has(n - count))
			}
		}
	}
}
