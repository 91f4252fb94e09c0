package object

import "github.com/pgstd/pgstd/trust/object/internal/arm64"

// veneers are instructions that the linker has moved out of their functions.
//
// Some Cortex-A53 processors can compute a wrong address if an ADRP stands at the
// end of a page and certain loads or stores follow (erratum 843419). GNU ld moves the
// last of them behind the code of its input file: in its place stands a branch to
// the copy, and behind the copy a branch back. Where it finds later that it can make
// an ADR of the ADRP, the instruction stays, and nothing leads to the copy. Around the
// copies are padding and a branch over them, which nobody comes to.
//
// Only what is a veneer in every respect is taken for one: it stands in no function,
// it is a load or store that the linker moves, and the branch behind it leads behind
// the branch that leads to it, or behind the same instruction.
//
// By its offset in the code: the only place that may lead there, or unused.
type veneers map[uint64]uint64

const unused = ^uint64(0)

// movable are loads and stores with an unsigned offset.
func movable(w uint32) bool { return w&0x3b000000 == 0x39000000 }

// branchTarget is where an unconditional branch without link, at an offset, leads.
func branchTarget(at uint64, w uint32) (uint64, bool) {
	inst := arm64.Decode(w)
	return at + uint64(inst.Target), inst.Kind == arm64.Branch && inst.Ends
}

// findVeneers looks for veneers between functions.
func (c *checker) findVeneers() veneers {
	found := veneers{}
	c.eachGap(func(start, end uint64) {
		for at := (start + 3) &^ 3; at+8 <= end; at += 4 {
			back, ok := branchTarget(at+4, word(c.text[at+4:]))
			if !ok || !movable(word(c.text[at:])) || back%4 != 0 || back < 4 || back > uint64(len(c.text)) {
				continue
			}
			f := c.functionAt(back - 4)
			if f == nil || !f.holds(c.base+back) {
				continue
			}
			original := word(c.text[back-4:])
			to, ok := branchTarget(back-4, original)
			switch {
			case ok && to == at:
				found[at] = back - 4
			case original == word(c.text[at:]):
				found[at] = unused
			}
		}
	})
	return found
}

// arm64Gap accepts what lies between functions: padding, veneers, and branches over
// them. Of these, only the start of a veneer is where a branch may lead, and that from
// one place.
func (c *checker) arm64Gap(start, end uint64) bool {
	at := start
	for at%4 != 0 && at < end {
		if c.text[at] != 0 {
			return false
		}
		at++
	}
	for ; at+4 <= end; at += 4 {
		w := word(c.text[at:])
		over, isBranch := branchTarget(at, w)
		_, isVeneer := c.veneers[at]
		switch {
		case w == 0xd503201f || w == 0: // NOP, UDF
		case isVeneer:
			c.starts.set(at)
			c.Instructions += 2
			at += 4
		case isBranch && over > at && over <= end:
		default:
			return false
		}
	}
	return zero(c.text[at:end])
}
