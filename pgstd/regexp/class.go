//go:build postgres

//pgstd:add

package regexp

import (
	"io"
	"regexp/syntax"
	"unicode/utf8"
	"unsafe"
)

// class finds what every match of an expression begins with, where that is a class of characters.
type class struct {
	inst  *syntax.Inst
	ascii [2]uint64 // which of ASCII's it has
}

// newClass is of an instruction that matches a class; ok reports whether it is one.
func newClass(inst *syntax.Inst) (c class, ok bool) {
	// One rune alone is no class: it may stand for others, by its case.
	if inst.Op != syntax.InstRune || len(inst.Rune) < 2 {
		return c, false
	}
	c.inst = inst
	for i := 0; i+1 < len(inst.Rune) && inst.Rune[i] < utf8.RuneSelf; i += 2 {
		from, to := uint(inst.Rune[i]), uint(min(inst.Rune[i+1], utf8.RuneSelf-1))
		if from < 64 {
			c.ascii[0] |= ^uint64(0) << from & (^uint64(0) >> (63 - min(to, 63)))
		}
		if to >= 64 {
			c.ascii[1] |= ^uint64(0) << (max(from, 64) - 64) & (^uint64(0) >> (127 - to))
		}
	}
	return c, true
}

// next is the first place in s, from pos on, with a character that is in the class, or that is not; or
// the end.
func (c *class) next(s string, pos int, in bool) int {
	other := uint64(1)
	if in {
		other = 0
	}
	for pos < len(s) {
		if b := s[pos]; b < utf8.RuneSelf {
			if c.ascii[b/64]>>(b%64)&1 != other {
				break
			}
			pos++
			continue
		}
		r, width := utf8.DecodeRuneInString(s[pos:])
		if c.inst.MatchRune(r) == in {
			break
		}
		pos += width
	}
	return pos
}

// searched is what a search looks at, which comes as bytes or as a string. It lasts no longer than
// the search.
func searched(b []byte, s string) string {
	if b != nil {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return s
}

// idle is how many bytes from pos on are such that no match begins there, as far as a look at
// what every match begins with tells. The backtracker, which comes
// after it, would find out the same, but takes some two hundred instructions for each place.
func (re *Regexp) idle(b []byte, s string, pos int) int {
	first := &re.prog.Inst[re.prog.Start]
	for first.Op == syntax.InstCapture {
		first = &re.prog.Inst[first.Out]
	}
	c, ok := newClass(first)
	if !ok {
		return 0
	}
	return c.next(searched(b, s), pos, true) - pos
}

// run finds a match, as find does, of an expression that is but a class of characters, once
// or as often as it comes: `[^a-z]+`. Such a match ends where the class does, and nothing has to be
// tried. For any other expression ok is false.
func (re *Regexp) run(r io.RuneReader, b []byte, s string, pos, ncap int, place []int) (match []int, ok bool) {
	c, ok := newClass(&re.prog.Inst[re.prog.Start])
	if !ok || r != nil || ncap > 2 {
		return nil, false
	}
	after := &re.prog.Inst[c.inst.Out]
	again := after.Op == syntax.InstAlt && after.Out == uint32(re.prog.Start)
	if again {
		after = &re.prog.Inst[after.Arg]
	}
	if after.Op != syntax.InstMatch {
		return nil, false
	}
	s = searched(b, s)
	begin := c.next(s, pos, true)
	if begin >= len(s) {
		return nil, true
	}
	_, width := utf8.DecodeRuneInString(s[begin:])
	end := begin + width
	if again {
		end = c.next(s, end, false)
	}
	bounds := [2]int{begin, end}
	return append(place, bounds[:ncap]...), true
}
