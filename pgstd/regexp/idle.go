//go:build postgres

//pgstd:add

package regexp

import "regexp/syntax"

// idle is how many bytes from pos on are such that no match begins there, as far as a look at
// what every match begins with tells: at a class of characters. The backtracker, which comes
// after it, would find out the same, but takes some two hundred instructions for each place.
// It has the input as bytes, or as a string.
func (re *Regexp) idle(b []byte, s string, pos int) int {
	first := &re.prog.Inst[re.prog.Start]
	for first.Op == syntax.InstCapture {
		first = &re.prog.Inst[first.Out]
	}
	// One rune alone is no class: it may stand for others, by its case.
	if first.Op != syntax.InstRune || len(first.Rune) < 2 {
		return 0
	}
	var set [2]uint64 // of ASCII
	for i := 0; i+1 < len(first.Rune) && first.Rune[i] < 0x80; i += 2 {
		from, to := uint(first.Rune[i]), uint(min(first.Rune[i+1], 0x7f))
		if from < 64 {
			set[0] |= ^uint64(0) << from & (^uint64(0) >> (63 - min(to, 63)))
		}
		if to >= 64 {
			set[1] |= ^uint64(0) << (max(from, 64) - 64) & (^uint64(0) >> (127 - to))
		}
	}
	n := pos
	if b != nil {
		for n < len(b) && b[n] < 0x80 && set[b[n]/64]>>(b[n]%64)&1 == 0 {
			n++
		}
	} else {
		for n < len(s) && s[n] < 0x80 && set[s[n]/64]>>(s[n]%64)&1 == 0 {
			n++
		}
	}
	return n - pos
}
