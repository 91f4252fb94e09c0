package object

import (
	"encoding/binary"
	"slices"
)

// What the runtime follows in a module is read here: bytes that the loader leaves as they are, and words
// of which it makes addresses, in the module or the base.

// place is somewhere in a module, or in its base.
type place struct {
	base bool
	at   uint32
}

func (p place) plus(n uint32) place { return place{p.base, p.at + n} }

// indexWords notes where the loader writes.
func (s *shared) indexWords() {
	s.written = make([]uint32, 0, len(s.words)+len(s.theirs))
	for at := range s.words {
		s.written = append(s.written, at)
	}
	for at := range s.theirs {
		s.written = append(s.written, at)
	}
	slices.Sort(s.written)
}

// clean reports whether the loader writes nothing there.
func (s *shared) clean(at span) bool {
	from := uint32(0)
	if at.start > 7 {
		from = uint32(at.start - 7)
	}
	i, _ := slices.BinarySearch(s.written, from)
	return i == len(s.written) || uint64(s.written[i]) >= at.end
}

// constant returns constants of the module that the loader leaves as they are.
func (s *shared) constant(start, size uint64) ([]byte, bool) {
	at, ok := sized(start, size)
	if !ok || !s.segments[sharedConst].covers(at) || !s.clean(at) {
		return nil, false
	}
	return s.bytes(at)
}

// read returns bytes of the module's file or of the base, whatever the loader makes of them.
func (s *shared) read(p place, size uint64) ([]byte, bool) {
	if size > sharedMax {
		return nil, false
	}
	if p.base {
		data := s.base.Memory(p.at, uint32(size))
		return data, uint64(len(data)) == size
	}
	at, ok := sized(uint64(p.at), size)
	if !ok || !s.segments[sharedConst].covers(at) && !s.segments[sharedData].covers(at) {
		return nil, false
	}
	return s.bytes(at)
}

// address returns what a word will hold the address of; is: it is none of nil.
func (s *shared) address(p place) (to place, is, ok bool) {
	data, ok := s.read(p, 8)
	if !ok {
		return to, false, false
	}
	if p.base {
		is = s.base.Address(p.at)
		to = place{true, uint32(binary.LittleEndian.Uint64(data))}
	} else if at, own := s.words[p.at]; own {
		to, is = place{false, at}, true
	} else if at, theirs := s.theirs[p.at]; theirs {
		to, is = place{true, at}, true
	}
	return to, is, is || zero(data)
}

// number returns a word that holds no address.
func (s *shared) number(p place) (uint64, bool) {
	data, ok := s.read(p, 8)
	if !ok || !p.base && !s.clean(span{uint64(p.at), uint64(p.at) + 8}) || p.base && s.base.Address(p.at) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(data), true
}

// slice returns what a slice has, if it is the module's.
func (s *shared) slice(at uint32, each uint64) (list span, n uint64, ok bool) {
	to, is, ok1 := s.address(place{at: at})
	n, ok2 := s.number(place{at: at + 8})
	capacity, ok3 := s.number(place{at: at + 16})
	if !ok1 || !ok2 || !ok3 || capacity < n || n > sharedMax || to.base || !is && n > 0 {
		return list, 0, false
	}
	if n == 0 {
		return span{}, 0, true
	}
	list = span{uint64(to.at), uint64(to.at) + n*each}
	_, ok = s.bytes(list)
	return list, n, ok && !s.code.overlaps(list)
}

// text reports whether a string's words are those of one of the module's constants.
func (s *shared) text(at uint32) (string, bool) {
	to, is, ok1 := s.address(place{at: at})
	n, ok2 := s.number(place{at: at + 8})
	if !ok1 || !ok2 || to.base || !is && n > 0 {
		return "", false
	}
	if n == 0 {
		return "", true
	}
	data, ok := s.constant(uint64(to.at), n)
	return string(data), ok
}

// isEntry reports whether a place is the start of a function of the module, or of one of the base's that
// is offered.
func (s *shared) isEntry(p place) bool {
	if p.base {
		return s.base.Function(p.at)
	}
	return s.isStart(uint64(p.at))
}

// isFuncValue reports whether a place is that of a function value without variables: a word with the
// address of a function.
func (s *shared) isFuncValue(p place) bool {
	if !p.base && !s.segments[sharedConst].holds(uint64(p.at)) {
		return false
	}
	to, is, ok := s.address(p)
	if p.base {
		return ok && is && s.base.Data(p.at) && s.base.Code(to.at)
	}
	return ok && is && s.isEntry(to)
}
