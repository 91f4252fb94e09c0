package object

import (
	"sort"

	"github.com/pgstd/pgstd/trust/object/internal/arm64"
)

// arm64 checks AArch64 code. What is one on other machines is several instructions here: an address, by its page and the
// rest; a large frame. They stand together, and nothing leads into their midst: no instruction starts there.
//
// A call does not put the return address onto the stack, where the runtime looks for it, but into a register. So a function
// stores it as it gets its frame, and has it back when it has none; see linkWalk.
func (m *moduleCode) arm64() {
	for i := 0; i < len(m.fields); i += 2 {
		if m.fields[i]%4 != 0 || i > 0 && m.fields[i] <= m.fields[i-2] {
			m.refuse(ruleRelocations, "the places that are relative to the base are not those of instructions, in their order")
			return
		}
	}
	for i := range m.functions {
		f := &m.functions[i]
		if f.start%4 != 0 || i < len(m.functions)-1 && f.end%4 != 0 || uint64(len(m.text))%4 != 0 {
			m.refuse(ruleCode, "%s is not aligned", m.describe(f))
			return
		}
		w := &linkWalk{stackWalk: stackWalk{checker: m.checker, module: m.module, function: f, frame: &m.module.frames[i]}, code: m}
		for at := f.start; at < f.end; {
			at += w.next(at)
		}
		if w.lost && w.kept {
			m.refuse(ruleFrames, "%s gives up its frame without its return address, which it has not kept", m.describe(f))
		}
	}
}

// relative returns the index of the place that is relative to the base and begins there, if one does.
func (m *moduleCode) relative(at uint64) (i int, is bool) {
	n := len(m.fields) / 2
	i = sort.Search(n, func(i int) bool { return uint64(m.fields[2*i]) >= at })
	return 2 * i, i < n && uint64(m.fields[2*i]) == at
}

// take returns to which place of the base an instruction leads, which is the one that has this distance. The loader writes
// all of that.
func (w *linkWalk) take(at uint64, raw uint32, i int) uint32 {
	w.code.used.set(uint64(i))
	if raw != arm64.WithoutDistance(raw) {
		w.code.notItsOwn(w.function, at)
	}
	return w.code.fields[i+1]
}

// linkWalk follows the stack through a function, and its return address: without a frame, that is in its register, and
// the only call is of what makes the stack larger, which puts it back; with one, it is where the frame has it.
type linkWalk struct {
	stackWalk
	code *moduleCode
	lost bool // something may have changed the register while there was a frame
	kept bool // a frame was given up as if nothing had
}

// next judges what stands at a place, and returns how long that is.
func (w *linkWalk) next(at uint64) uint64 {
	c, f := w.code, w.function
	code := c.text[at:f.end]
	raw := word(code)
	inst := arm64.Decode(raw)
	w.starts.set(at)
	w.Instructions++
	switch {
	case inst.Kind == arm64.Unknown || inst.Kind == arm64.Literal || arm64.IsNear(raw):
		c.refuse(ruleCode, "%s: %08x is no instruction that a module needs", c.where(f, at), raw)
		return 4
	case inst.Kind == arm64.Forbidden:
		c.refuse(ruleKernel, "%s: %08x %v", c.where(f, at), raw, inst.Reason)
		return 4
	case arm64.IsState(raw):
		c.refuse(ruleCode, "%s: %08x is about state of the processor, which no module needs", c.where(f, at), raw)
		return 4
	case arm64.IsOddJump(raw):
		c.refuse(ruleCode, "%s: %08x is no branch that a module needs", c.where(f, at), raw)
		return 4
	case arm64.WritesGoroutine(raw):
		c.refuse(ruleCode, "%s: %08x changes which goroutine is the current one", c.where(f, at), raw)
		return 4
	case inst.Kind == arm64.Branch:
		w.branch(at, raw, inst)
		return 4
	case arm64.IsPage(raw):
		return w.address(at, code)
	}
	if frame := arm64.FrameAt(code); frame.Len > 0 {
		return w.changes(at, code, frame)
	}
	if raw == arm64.SavesLink && len(code) >= 8 && w.size(at) == 0 {
		next := word(code[4:])
		call, _, _ := arm64.Flow(next)
		if i, is := c.relative(at + 4); is && call && arm64.IsDirect(next) && w.module.base.Grows(c.fields[i+1]) {
			return w.grows(at, code, i)
		}
	}
	call, ends, computed := arm64.Flow(raw)
	w.plain(at, raw, motion{call: call, ends: ends, computed: computed, idle: raw == arm64.Idle, padding: raw == arm64.Trap}, nowhere, inst.Return, false)
	return 4
}

// size is that of the stack at a place; behind the function's end, none.
func (w *linkWalk) size(at uint64) int64 {
	if len(w.frame.sp) == 0 {
		return 0
	}
	return int64(max(w.frame.sp.at(at), 0))
}

// plain judges an instruction that may not change the stack, or the return address where that is in its register.
func (w *linkWalk) plain(at uint64, raw uint32, m motion, target uint64, returns, gone bool) {
	m.unknown, m.faults = arm64.WritesStack(raw), arm64.MayFault(raw)
	if arm64.WritesLink(raw) {
		if w.size(at) == 0 && len(w.frame.sp) > 0 {
			w.refuse(ruleFrames, "%s: %08x changes the return address of a function without a frame", w.where(w.function, at), raw)
		}
		w.lost = true
	}
	w.step(at, w.text[at:at+4], m, target, returns, gone)
}

// branch judges a direct branch.
func (w *linkWalk) branch(at uint64, raw uint32, inst arm64.Inst) {
	call, ends, _ := arm64.Flow(raw)
	m := motion{call: call, ends: ends}
	if i, is := w.code.relative(at); is && arm64.IsDirect(raw) {
		offset := w.take(at, raw, i)
		w.code.goesTo(w.function, at, offset)
		w.plain(at, raw, m, elsewhere, false, w.module.base.NoReturn(offset))
		return
	}
	target := at + uint64(inst.Target)
	w.code.branch(w.function, at, target)
	w.plain(at, raw, m, target, false, false)
}

// address judges two instructions that have an address between them.
func (w *linkWalk) address(at uint64, code []byte) uint64 {
	c, f := w.code, w.function
	a, ok := arm64.AddressAt(code)
	if !ok {
		c.refuse(ruleCode, "%s: %08x is the address of a page, and not the first half of an address", c.where(f, at), word(code))
		return 4
	}
	if i, is := c.relative(at); is {
		offset := w.take(at, word(code), i)
		if a.Rest != offset&0xfff {
			c.notItsOwn(f, at)
		}
		c.usesBase(f, at, offset)
	} else {
		c.usesOwn(f, at, at&^0xfff+uint64(a.Page)+uint64(a.Rest), a.Takes)
	}
	w.Instructions++
	w.plain(at, word(code), motion{}, nowhere, false, false)
	w.plain(at+4, word(code[4:]), motion{}, nowhere, false, false)
	return 8
}

// changes judges by what the function gets its frame, or gives it up. The sizes change with its last instruction.
func (w *linkWalk) changes(at uint64, code []byte, frame arm64.Frame) uint64 {
	before := w.size(at)
	if after := before + frame.Size; frame.Size%firstFrame != 0 || frame.Size == 0 || min(before, after) != 0 || frame.Size > 0 && !frame.Link {
		w.refuse(ruleFrames, "%s: %08x changes the stack pointer in a way that cannot be followed", w.where(w.function, at), word(code))
		return uint64(frame.Len)
	}
	if frame.Size < 0 && !frame.Link {
		w.kept = true
	}
	last := uint64(frame.Len) - 4
	w.Instructions += int(last / 4)
	for i := uint64(0); i < last; i += 4 {
		w.step(at+i, code[i:i+4], motion{}, nowhere, false, false)
	}
	w.step(at+last, code[last:last+4], motion{size: frame.Size}, nowhere, false, false)
	return uint64(frame.Len)
}

// grows judges the call of what makes the stack larger, which finds the return address in another register.
func (w *linkWalk) grows(at uint64, code []byte, i int) uint64 {
	w.code.goesTo(w.function, at, w.take(at+4, word(code[4:]), i))
	w.Instructions++
	w.step(at, code[:4], motion{}, nowhere, false, false)
	w.step(at+4, code[4:8], motion{call: true}, elsewhere, false, false)
	return 8
}
