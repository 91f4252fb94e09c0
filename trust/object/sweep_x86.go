package object

import (
	"bytes"
	"debug/elf"

	"github.com/pgstd/pgstd/trust/object/internal/amd64"
	"github.com/pgstd/pgstd/trust/object/internal/arm64"
)

// amd64 checks x86-64 code: instructions have no fixed length, so what is one
// depends on where one starts to read.
func (c *checker) amd64() {
	for i := range c.functions {
		f := &c.functions[i]
		end := f.end - c.base
		for at := f.start - c.base; at < end; {
			inst := amd64.Decode(c.text[at:end])
			switch inst.Kind {
			case amd64.Unknown:
				c.refuse(ruleCode, "%s: % x is no known instruction", c.where(f, at), c.text[at:min(at+8, end)])
			case amd64.Forbidden:
				c.refuse(ruleKernel, "%s: % x %v", c.where(f, at), c.text[at:at+uint64(inst.Len)], inst.Reason)
			case amd64.Branch:
				c.branch(f, at, at+uint64(inst.Len)+uint64(inst.Target))
			}
			if inst.UsesAddress {
				c.use(f, at, c.base+at+uint64(inst.Len)+uint64(inst.Address))
			}
			if inst.Len == 0 {
				break // how far it goes is not known
			}
			c.starts.set(at)
			c.Instructions++
			if at == f.start-c.base {
				at += skips(c.text[at:end], inst)
			}
			at += uint64(inst.Len)
		}
	}
	c.gaps(func(start, end uint64) bool {
		for code := c.text[start:end]; len(code) > 0; {
			n := amd64Padding(code)
			if n == 0 {
				return false
			}
			code = code[n:]
		}
		return true
	})
	c.hidden()
}

// maxSkip is how many bytes a function may begin with that are not for execution.
const maxSkip = 32

// skips is the number of bytes after a function's first instruction that it jumps
// over and that are no instructions. In Go's library there are functions that begin
// so, to mark what has been linked in. What is skipped is never reached:
// checkTargets sees to that.
func skips(code []byte, inst amd64.Inst) uint64 {
	if inst.Kind != amd64.Branch || code[0] != 0xeb || inst.Target <= 0 || inst.Target > maxSkip || inst.Len+int(inst.Target) >= len(code) {
		return 0
	}
	for rest := code[inst.Len:][:inst.Target]; len(rest) > 0; {
		next := amd64.Decode(rest)
		if next.Kind != amd64.Plain && next.Kind != amd64.Branch {
			return uint64(inst.Target)
		}
		rest = rest[next.Len:]
	}
	return 0
}

// amd64Padding is the length of an instruction that pads, or 0.
func amd64Padding(code []byte) int {
	inst := amd64.Decode(code)
	if inst.Kind != amd64.Plain {
		return 0
	}
	op := bytes.TrimLeft(code[:inst.Len], "\x66\x2e")
	if len(op) > 0 && (op[0] == 0x90 || op[0] == 0xcc) || len(op) > 1 && op[0] == 0x0f && op[1] == 0x1f {
		return inst.Len
	}
	return 0
}

// hidden looks for system calls at every byte: an instruction contains one of
// these pairs if it is one.
func (c *checker) hidden() {
	for at := uint64(0); at+1 < uint64(len(c.text)); at++ {
		switch c.text[at] {
		case 0x0f:
			if next := c.text[at+1]; next != 0x05 && next != 0x34 {
				continue
			}
		case 0xcd:
			if c.text[at+1] != 0x80 {
				continue
			}
		default:
			continue
		}
		if !c.starts.has(at) {
			c.hide(at)
		}
	}
}

// returns says whether code starts with a return.
func returns(a *arch, code []byte) bool {
	if a.machine == elf.EM_AARCH64 {
		return len(code) >= 4 && arm64.Decode(word(code)).Return
	}
	return amd64.Decode(code).Return
}
