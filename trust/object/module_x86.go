package object

import (
	"encoding/binary"

	"github.com/pgstd/pgstd/trust/object/internal/amd64"
)

// fieldMark is the first of the numbers that stand for places that are relative to the base.
const fieldMark = 0x40000000

// amd64 checks x86-64 code. In a copy, each place that is relative to the base gets a number
// that nothing else has, so that the instruction that uses it is known by it.
func (m *moduleCode) amd64() {
	m.text = append([]byte(nil), m.text...)
	for i := 0; i < len(m.fields); i += 2 {
		binary.LittleEndian.PutUint32(m.text[m.fields[i]:], fieldMark+uint32(i))
	}
	for i := range m.functions {
		f := &m.functions[i]
		w := &stackWalk{checker: m.checker, module: m.module, function: f, frame: &m.module.frames[i]}
		for at := f.start; at < f.end; {
			inst := amd64.Decode(m.text[at:f.end])
			length, target, gone, grows := uint64(inst.Len), uint64(nowhere), false, false
			switch inst.Kind {
			case amd64.Unknown:
				m.refuse(ruleCode, "%s: % x is no known instruction", m.where(f, at), m.text[at:min(at+8, f.end)])
			case amd64.Forbidden:
				m.refuse(ruleKernel, "%s: % x %v", m.where(f, at), m.text[at:at+length], inst.Reason)
			case amd64.Branch:
				target, gone, grows = m.branchX86(f, at, length, inst.Target)
			}
			loads := amd64.LoadsGoroutine(m.text[at:f.end])
			if inst.UsesAddress {
				takes := amd64.TakesAddress(m.text[at : at+length])
				switch offset, is, good := m.field(at, length, inst.Address); {
				case !good:
					m.notItsOwn(f, at)
				case is && loads && m.module.base.Goroutine(offset):
					length = amd64.LenLoadsGoroutine // no way leads to the second of the two
				case is:
					m.usesBase(f, at, offset)
				default:
					m.usesOwn(f, at, at+length+uint64(inst.Address), takes)
				}
			}
			if inst.Len == 0 {
				break // how far it goes is not known
			}
			m.starts.set(at)
			m.Instructions++
			if inst.Kind == amd64.Plain || inst.Kind == amd64.Branch {
				code := m.text[at : at+length]
				motion := motionX86(code)
				switch {
				case length > uint64(inst.Len): // LoadsGoroutine
					motion.faults = true
				case amd64.Unused(code):
					m.refuse(ruleCode, "%s: % x is no instruction that a module needs", m.where(f, at), code)
				case amd64.WritesGoroutine(code):
					m.refuse(ruleCode, "%s: % x changes which goroutine is the current one", m.where(f, at), code)
				}
				motion.faults = motion.faults || motion.call && !grows
				w.step(at, code, motion, target, inst.Return, gone)
			}
			at += length
		}
	}
	m.hidden()
}

// field returns the place of the base that a distance leads to, if it is one to the base.
func (m *moduleCode) field(at, length uint64, distance int64) (offset uint32, is, good bool) {
	i := uint64(distance - fieldMark)
	if distance < fieldMark || i >= uint64(len(m.fields)) || i%2 != 0 {
		return 0, false, true
	}
	where := uint64(m.fields[i])
	if where < at || where+4 > at+length || m.used.set(i) {
		return 0, true, false
	}
	return m.fields[i+1] + uint32(at+length-where), true, true
}

// branchX86 judges a direct branch and says where it goes, whether that comes back, and whether it makes the stack larger.
func (m *moduleCode) branchX86(f *function, at, length uint64, distance int64) (target uint64, gone, grows bool) {
	offset, is, good := m.field(at, length, distance)
	if is {
		if good {
			m.goesTo(f, at, offset)
		} else {
			m.notItsOwn(f, at)
		}
		return elsewhere, m.module.base.NoReturn(offset), m.module.base.Grows(offset)
	}
	target = at + length + uint64(distance)
	m.branch(f, at, target)
	return target, false, false
}

func motionX86(code []byte) motion {
	size, known := amd64.StackEffect(code)
	call, ends, computed := amd64.Flow(code)
	return motion{size: size, unknown: !known, call: call, ends: ends, computed: computed, idle: code[0] == 0x90, padding: code[0] == 0xcc, faults: amd64.MayFault(code)}
}
