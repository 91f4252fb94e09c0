package object

import (
	"encoding/binary"

	"github.com/pgstd/pgstd/trust/object/internal/arm64"
)

func word(code []byte) uint32 { return binary.LittleEndian.Uint32(code) }

// arm64 checks AArch64 code. Each instruction is a word, but constants may lie
// between them. A word is taken for a constant if an instruction before it in the
// same function loads it, and if control cannot come to it: not from the word
// before, and not by a branch, of which checkTargets makes sure.
func (c *checker) arm64() {
	if c.base%4 != 0 {
		c.refuse(ruleCode, "the code is not aligned")
		return
	}
	c.veneers = c.findVeneers()
	constants := newBits(uint64(len(c.text)) / 4)
	for i := range c.functions {
		f := &c.functions[i]
		if f.start%4 != 0 || f.end%4 != 0 {
			c.refuse(ruleCode, "%s is not aligned", c.describe(f))
			continue
		}
		c.arm64Function(f, constants)
	}
	c.gaps(c.arm64Gap)
}

func (c *checker) arm64Function(f *function, constants bitset) {
	reached := true
	for at := f.start - c.base; at < f.end-c.base; at += 4 {
		inst := arm64.Decode(word(c.text[at:]))
		if constants.has(at / 4) {
			if reached {
				c.refuse(ruleCode, "%s: control would come to a constant", c.where(f, at))
			}
			if inst.Kind == arm64.Forbidden && inst.Reason == arm64.SystemCall {
				c.hide(at)
			}
			continue
		}
		switch inst.Kind {
		case arm64.Unknown:
			c.refuse(ruleCode, "%s: %08x is no known instruction", c.where(f, at), word(c.text[at:]))
		case arm64.Forbidden:
			c.refuse(ruleKernel, "%s: %08x %v", c.where(f, at), word(c.text[at:]), inst.Reason)
		case arm64.Branch:
			c.branch(f, at, at+uint64(inst.Target))
		case arm64.Literal:
			c.literal(f, at, at+uint64(inst.Target), uint64(inst.Size), constants)
		}
		c.starts.set(at)
		c.Instructions++
		reached = !inst.Ends
	}
}

// literal notes a constant that an instruction loads.
func (c *checker) literal(f *function, from, to, size uint64, constants bitset) {
	at := span{c.base + to, c.base + to + size}
	if !c.code.overlaps(at) {
		return // in data proper
	}
	if !f.covers(at) || to <= from {
		c.refuse(ruleCode, "%s loads a constant from other code", c.where(f, from))
		return
	}
	for ; size > 0; size, to = size-4, to+4 {
		constants.set(to / 4)
	}
}
