package base

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// smallest is the size of the smallest frame, as the table of sizes has it.
var smallest = map[elf.Machine]byte{elf.EM_X86_64: 0x10, elf.EM_AARCH64: 0x20}

// codeAttacks are what code must not do, on each architecture.
var codeAttacks = map[string][]attack{
	"amd64": {
		{"a push less than the table has", "the table says that the stack has", func(f *forgery) {
			code := f.at(f.named("Variables").start)
			code[bytes.Index(code, []byte("\x55\x48\x89\xe5"))] = 0x90 // push %rbp; mov %rsp,%rbp
		}},
		{"a stack pointer from elsewhere", "in a way that cannot be followed", func(f *forgery) {
			code := f.at(f.named("Variables").start)
			copy(code[bytes.Index(code, []byte("\x55\x48\x89\xe5"))+1:], "\x48\x89\xec") // mov %rbp,%rsp
		}},
		{"code that takes the address of a copy", "takes the address of its own copy", func(f *forgery) {
			for u := uint32(0); u < f.h.Tables[tableUses].Count; u += 2 {
				slot, i := f.number(tableUses, u), f.number(tableUses, u+1)
				text := f.at(0)
				for at := uint32(3); at+4 < f.h.Zones[zoneText].File; at++ {
					if text[at-2] == opMov && text[at-1]&0xc7 == 5 && at+4+binary.LittleEndian.Uint32(text[at:]) == slot && i*2 < f.h.Tables[tableTypes].Count {
						text[at-2] = opLea
						binary.LittleEndian.PutUint32(text[at:], f.number(tableTypes, i*2)-at-4)
						return
					}
				}
			}
			f.Fatal("no code loads a type")
		}},
		{"a return with a frame, that is repeated", "no instruction that a module needs", inFrame("\xf3\xc3\x90")},
		{"a return with a frame, to a near place", "no instruction that a module needs", inFrame("\x66\xc3\x90")},
		{"strings the other way round", "no instruction that a module needs", inFrame("\xfd\x90\x90")},            // std
		{"flags from the stack", "no instruction that a module needs", inFrame("\x9c\x9d\x90")},                   // pushf; popf
		{"another mode of floating point", "no instruction that a module needs", inFrame("\x0f\xae\x10")},         // ldmxcsr (%rax)
		{"another mode of the old floating point", "no instruction that a module needs", inFrame("\xd9\x28\x90")}, // fldcw (%rax)
		{"a stack pointer of 32 bits", "no instruction that a module needs", func(f *forgery) {
			// sub $size, %rsp is lea -size(%esp), %rsp.
			code := f.at(f.named("Variables").start)
			at := bytes.Index(code, []byte("\x48\x81\xec")) // sub $size, %rsp
			if at < 0 || code[at-2] != 0x89 {
				f.Fatal("no frame is large")
			}
			size := binary.LittleEndian.Uint32(code[at+3:])
			copy(code[at-3:], "\x90\x67\x48\x8d\xa4\x24")
			binary.LittleEndian.PutUint32(code[at+3:], -size)
		}},
		{"a fault before there is a frame", "may panic before the function has the frame", func(f *forgery) {
			code := f.at(f.named("inner").start)
			copy(code[bytes.Index(code, []byte("\x49\x3b\x66\x10")):], "\x48\x3b\x60") // cmp 16(%rax), %rsp in the place of 16(%r14)
		}},
		{"a jump to the first function with a frame", "it leaves the function with", func(f *forgery) {
			fn, to := f.named("Variables"), f.named("inner").start
			for at := fn.start; at+5 <= fn.end; at++ {
				if f.at(at)[0] == 0xe8 && at+5+f.get(at+1) == to {
					f.at(at)[0] = 0xe9
					f.put(at+1, -(at + 5))
					return
				}
			}
			f.Fatal("nothing is called")
		}},
		{"a branch behind a call that does not return", "instruction starts", func(f *forgery) {
			for _, fn := range f.functions() {
				for nop := fn.start + 5; nop < fn.end; nop++ {
					i, based := f.word(tableCalls, nop-4)
					if f.at(nop)[0] != 0x90 || f.at(nop - 5)[0] != 0xe8 || !based || !f.base.offers.gone[f.number(tableCalls, i+1)+4] {
						continue
					}
					for at := fn.start; at < nop; { // a conditional one that leads to the call
						inst, err := x86asm.Decode(f.at(at), 64)
						if err != nil {
							break
						}
						at += uint32(inst.Len)
						if to, is := inst.Args[0].(x86asm.Rel); is && inst.PCRel == 1 && at+uint32(to) < nop && at+uint32(to)+20 > nop && nop-at < 0x80 {
							was := f.at(at - 1)[0]
							f.at(at - 1)[0] = byte(nop - at)
							if f.base.Verify(f.data) != nil { // what is behind it has another stack
								return
							}
							f.at(at - 1)[0] = was
						}
					}
				}
			}
			f.Fatal("no such branch is refused")
		}},
		{"the word for the goroutine is written", "which is not for modules", func(f *forgery) { f.at(f.toThread() - 2)[0] = 0x89 }},
		{"the word for the goroutine has its address taken", "which is not for modules", func(f *forgery) { f.at(f.toThread() - 2)[0] = opLea }},
		{"the word for the goroutine is read beside", "which is not for modules", func(f *forgery) {
			i, _ := f.word(tableCalls, f.toThread())
			f.putNumber(tableCalls, i+1, f.number(tableCalls, i+1)+8)
		}},
		{"the word for the goroutine is for another register", "which is not for modules", func(f *forgery) { f.at(f.toThread() - 1)[0] = 0x25 }}, // mov word(%rip), %r12
		{"the word for the goroutine is the goroutine", "which is not for modules", func(f *forgery) { f.at(f.toThread() + 4)[0] = 0x3e }},        // mov (%r14), %r14
		{"another word for the goroutine", "which is not for modules", func(f *forgery) { f.at(f.toThread() + 4)[3] = 0x37 }},                     // mov %fs:(%r15), %r14
		{"a goroutine of the code's own", "changes which goroutine", inFrame("\x49\x89\xc6")},                                                     // mov %rax, %r14
		{"a goroutine from the stack", "changes which goroutine", inFrame("\x45\x33\x36")},                                                        // xor (%r14), %r14d
		{"a goroutine that is exchanged", "changes which goroutine", inFrame("\x49\x96\x90")},                                                     // xchg %rax, %r14
		{"a goroutine from floating point", "changes which goroutine", inFrame("\x66\x49\x0f\x7e\xc6")},                                           // movq %xmm0, %r14
		{"a goroutine of which bits are gone", "changes which goroutine", inFrame("\xc4\xc2\x88\xf3\xcf")},                                        // blsr %r15, %r14
		{"what belongs to the thread", "no instruction that a module needs", inFrame("\x64\x48\x8b\x00")},                                         // mov %fs:(%rax), %rax
		{"a branch into the load of the goroutine", "instruction starts", func(f *forgery) {
			at := f.toThread() + 4
			for _, fn := range f.functions() {
				for i := fn.start; i+5 <= fn.end && fn.start < at && at < fn.end; i++ {
					if f.at(i)[0] == 0xe9 && i+5+f.get(i+1) == fn.start { // after the stack has grown
						f.put(i+1, at-i-5)
						return
					}
				}
			}
			f.Fatal("no branch returns to the beginning")
		}},
	},
	"arm64": {
		{"no frame where the table has one", "the table says that the stack has", swap(a64Frame, a64Idle)},
		{"a larger frame than the table has", "the table says that the stack has", func(f *forgery) {
			at := f.instruction(a64Frame)
			f.put(at, f.get(at)-16<<12&0x1ff000)
		}},
		{"a frame that is no multiple of 16", "in a way that cannot be followed", func(f *forgery) {
			at := f.instruction(a64Frame)
			f.put(at, f.get(at)-8<<12)
		}},
		{"a frame without the return address", "in a way that cannot be followed", swap(a64Frame, 0xd10143ff)},  // sub sp, sp, #80
		{"a stack pointer from elsewhere", "in a way that cannot be followed", swap(a64Nop, 0x9100001f)},        // mov sp, x0
		{"a stack pointer that a load moves", "in a way that cannot be followed", swap(a64Nop, 0xf84107e0)},     // ldr x0, [sp], #16
		{"a stack pointer that a pair moves", "in a way that cannot be followed", swap(a64Nop, 0xa8c107e0)},     // ldp x0, x1, [sp], #16
		{"a stack pointer with a bit less", "in a way that cannot be followed", swap(a64Nop, 0x927cefff)},       // and sp, sp, #~15
		{"a stack pointer that a register moves", "in a way that cannot be followed", swap(a64Nop, 0x8b2063ff)}, // add sp, sp, x0
		{"a frame that is made in two steps", "instruction starts", func(f *forgery) {
			// A branch leads to the second of the three instructions.
			at := f.instruction(a64Large)
			f.branchTo(at + 4)
		}},
		{"a large frame without the return address", "in a way that cannot be followed", func(f *forgery) { f.put(f.instruction(a64Large)+4, a64Idle) }},
		{"a return address that is lost with the frame", "which it has not kept", func(f *forgery) {
			at := f.instruction(a64Unframe)
			f.put(at, 0x910003ff|f.get(at)>>12&0x1ff<<10) // add sp, sp, #size
		}},
		{"a return address that is another", "changes the return address", swap(a64Check, 0xaa0003fe)},           // mov x30, x0
		{"a return address that is loaded", "changes the return address", swap(a64Check, 0xf940001e)},            // ldr x30, [x0]
		{"a return address that is the second of two", "changes the return address", swap(a64Check, 0xa940781b)}, // ldp x27, x30, [x0]
		{"a return address that an exchange writes", "changes the return address", swap(a64Check, 0xf820801e)},   // swp x0, x30, [x0]
		{"a return address from floating point", "changes the return address", swap(a64Check, 0x9e66001e)},       // fmov x30, d0
		{"a call without a frame", "changes the return address", swap(a64Check, 0xd63f0000)},                     // blr x0
		{"a stack that is to grow for nobody", "changes the return address", swap(a64Grow, a64Idle)},
		{"a stack that is to grow for another", "instruction starts", func(f *forgery) { f.branchTo(f.instruction(a64Grow) + 4) }},
		{"a return address that is stored as the frame goes", "in a way that cannot be followed", func(f *forgery) {
			at := f.instruction(a64Unframe)
			f.put(at, a64Frame.value|f.get(at)&^a64Unframe.mask) // str x30, [sp, #size]!
		}},
		{"a return address that is loaded as the frame comes", "in a way that cannot be followed", func(f *forgery) {
			at := f.instruction(a64Frame)
			f.put(at, a64Unframe.value|f.get(at)&^a64Frame.mask) // ldr x30, [sp], #-size
		}},
		{"a return address that is authenticated", "changes the return address", swap(a64Check, 0xf380001f)}, // autiasppc .
		{"a return address that is signed", "about state of the processor", swap(a64Check, 0xd503233f)},      // paciasp
		{"another goroutine", "changes which goroutine", swap(a64Nop, 0xaa0003fc)},                           // mov x28, x0
		{"another goroutine, of two", "changes which goroutine", swap(a64Nop, 0xa940701b)},                   // ldp x27, x28, [x0]
		{"another goroutine, of eight", "changes which goroutine", swap(a64Nop, 0xf83fd016)},                 // ld64b x22, [x0]
		{"another goroutine, by an index", "changes which goroutine", swap(a64Nop, 0xf8408780)},              // ldr x0, [x28], #8
		{"another mode of floating point", "about state of the processor", swap(a64Nop, 0xd51b4400)},         // msr fpcr, x0
		{"a jump to the first function with a frame", "it leaves the function with", func(f *forgery) {
			for _, fn := range f.functions()[1:] {
				for at := fn.start; at < fn.end; at += 4 {
					if f.get(at) == a64Idle {
						f.put(at, 5<<26|-at/4&(1<<26-1))
						return
					}
				}
			}
		}},
		{"a branch behind a call that does not return", "instruction starts", func(f *forgery) {
			for _, fn := range f.functions() {
				for nop := fn.start + 4; nop < fn.end; nop += 4 {
					i, based := f.word(tableCalls, nop-4)
					if f.get(nop) != a64Idle || !based || !f.base.offers.gone[f.number(tableCalls, i+1)] {
						continue
					}
					for at := fn.start; at < fn.end; at += 4 { // a conditional one that leads to the call
						if to := at + uint32(int32(f.get(at)<<8)>>13*4); f.get(at)>>24 == 0x54 && to < nop && to+20 > nop {
							was := f.get(at)
							f.put(at, was&0xff00001f|(nop-at)/4&(1<<19-1)<<5)
							if f.base.Verify(f.data) != nil { // what is behind it has another stack
								return
							}
							f.put(at, was)
						}
					}
				}
			}
			f.Fatal("no such branch is refused")
		}},
		{"a frame of another size, where a fault panics", "after a panic here it goes on", func(f *forgery) {
			// A frame of 32 bytes comes and goes before the one that deferred calls are in; the table of sizes, in the place of another's of
			// lines, says so.
			fn := f.named("inner")
			at := fn.start
			for f.get(at)&a64Frame.mask != a64Frame.value {
				at += 4
			}
			f.put(at+8, f.get(at))
			f.put(at, 0xf81e0ffe)   // str x30, [sp, #-32]!
			f.put(at+4, 0xf84207fe) // ldr x30, [sp], #32
			sizes := f.at(fn.values + f.get(fn.about+16))
			_, n := binary.Uvarint(sizes[2:]) // of the frame, and behind it how many instructions have it
			if sizes[0] != 2 || uint32(sizes[1]) != (at-fn.start)/4+1 || sizes[2+n] < 3 || sizes[2+n] >= 0x80 {
				f.Fatalf("sizes % x", sizes[:8])
			}
			end := bytes.IndexByte(sizes, 0) + 1
			changed := slices.Concat(sizes[:2], []byte{64, 1, 63, 1}, sizes[2:end])
			changed[6+n] -= 2
			lines := f.named("Variables").about + 24
			copy(f.at(fn.values+f.get(lines)), changed)
			f.put(fn.about+16, f.get(lines))
			f.put(lines, 0)
		}},
		{"a fault before there is a frame", "may panic before the function has the frame", func(f *forgery) {
			at := f.named("inner").start
			f.put(at, f.get(at)&^(31<<5)) // ldr x16, [x0, #16] in the place of [x28, #16]
		}},
		{"half an address", "instruction starts", func(f *forgery) { f.branchTo(f.address(true, opAdd) + 4) }},
		{"an address whose page goes elsewhere", "the first half of an address", func(f *forgery) {
			at := f.address(true, opAdd) + 4
			f.put(at, f.get(at)^1)
		}},
		{"an address of two pages", "the first half of an address", func(f *forgery) {
			at := f.address(true, opAdd) + 4
			f.put(at, f.get(at)^1<<5)
		}},
		{"an address beside what the base offers", "not its own", func(f *forgery) {
			at := f.address(false, opAdd) + 4
			f.put(at, f.get(at)^1<<13)
		}},
		{"an address behind the module", "uses what is not the module's", func(f *forgery) {
			at := f.address(true, opAdd)
			f.put(at, f.get(at)^1<<20)
		}},
		{"a distance that is there already", "not its own", func(f *forgery) {
			at := f.number(tableCalls, 0)
			f.put(at, f.get(at)|1<<5)
		}},
		{"a return with a frame, by way of a jump", "no branch that a module needs", swap(a64Nop, 0xd61f03c0)},    // br x30
		{"a return with a frame, by another register", "no branch that a module needs", swap(a64Nop, 0xd65f0000)}, // ret x0
		{"a return with a frame, authenticated", "no branch that a module needs", swap(a64Nop, 0xd65f0bff)},       // retaa
		{"a near address", "no instruction that a module needs", swap(a64Nop, 0x10000000)},                        // adr x0, .
		{"a constant in the code", "no instruction that a module needs", swap(a64Nop, 0x58000040)},                // ldr x0, .+8
		{"a system call", "enters the kernel", swap(a64Nop, 0xd4000001)},                                          // svc #0
		{"another thread's pointer", "moves the thread pointer", swap(a64Nop, 0xd51bd040)},                        // msr tpidr_el0, x0
		{"code that takes the address of a copy", "takes the address of its own copy", func(f *forgery) {
			for u := uint32(0); u < f.h.Tables[tableUses].Count; u += 2 {
				slot, i := f.number(tableUses, u), f.number(tableUses, u+1)
				for at := uint32(0); at+8 < f.h.Zones[zoneText].File && i*2 < f.h.Tables[tableTypes].Count; at += 4 {
					to := f.number(tableTypes, i*2)
					if f.get(at) != a64PageOf(at, slot, f.get(at)&31) || f.get(at+4)&operation != opLoad || f.get(at+4)>>10&0xfff*8 != slot%a64Page {
						continue
					}
					f.put(at, a64PageOf(at, to, f.get(at)&31))
					f.put(at+4, f.get(at+4)&^(operation|0xfff<<10)|opAdd|to%a64Page<<10)
					return
				}
			}
			f.Fatal("no code loads a type")
		}},
	},
}

// Instructions that attacks look for, and change.
var (
	a64Frame   = pattern{0xffe00fff, 0xf8000ffe} // str x30, [sp, #-size]!
	a64Unframe = pattern{0xffe00fff, 0xf84007fe} // ldr x30, [sp], #size
	a64Large   = pattern{0xff8003ff, 0xd10003f4} // sub x20, sp, #size
	a64Grow    = pattern{0xffffffff, 0xaa1e03e3} // mov x3, x30
	a64Check   = pattern{0xfffffc1f, 0x3980001b} // ldrsb x27, [x], in functions without a frame
	a64Nop     = pattern{0xffffffff, a64Idle}
)

// inFrame puts three bytes in the place of what makes a pointer to the frame: mov %rsp, %rbp.
func inFrame(with string) func(f *forgery) {
	return func(f *forgery) {
		code := f.at(f.named("Variables").start)
		copy(code[bytes.Index(code, []byte("\x55\x48\x89\xe5"))+1:], with)
	}
}

const a64Idle = 0xd503201f

type pattern struct{ mask, value uint32 }

// instruction returns where the first such instruction stands, in a function of the module's packages.
func (f *forgery) instruction(p pattern) uint32 {
	for _, fn := range f.functions() {
		for at := fn.start; at < fn.end; at += 4 {
			if f.get(at)&p.mask == p.value {
				return at
			}
		}
	}
	f.Fatalf("the module has no instruction %08x", p.value)
	return 0
}

// swap puts an instruction in the place of the first of some.
func swap(p pattern, with uint32) func(f *forgery) {
	return func(f *forgery) { f.put(f.instruction(p), with) }
}

// toThread returns the place of code that is relative to where the base has its goroutine.
func (f *forgery) toThread() uint32 {
	for i := uint32(0); i < f.h.Tables[tableCalls].Count; i += 2 {
		if f.number(tableCalls, i+1)+4 == uint32(f.symbol(threadOffset)) {
			return f.number(tableCalls, i)
		}
	}
	f.Fatal("the module does not look for its goroutine")
	return 0
}

// branchTo has a branch that returns to the beginning of its function lead elsewhere.
func (f *forgery) branchTo(to uint32) {
	for _, fn := range f.functions() {
		for at := fn.start; at < fn.end; at += 4 {
			if target := at + uint32(int32(f.get(at)<<6)>>4); f.get(at)>>26 == 5 && target == fn.start && to > fn.start && to < fn.end {
				f.put(at, 5<<26|(to-at)/4&(1<<26-1))
				return
			}
		}
	}
	f.Fatalf("no branch can lead to %#x", to)
}

// address returns where the first address of the module, or of the base, stands, with such a second instruction.
func (f *forgery) address(own bool, second uint32) uint32 {
	at := f.named("Variables").start
	for end := f.named("Variables").end; at < end; at += 4 {
		if _, based := f.word(tableCalls, at); f.get(at)&0x9f000000 == 0x90000000 && based != own && f.get(at+4)&operation == second {
			return at
		}
	}
	f.Fatal("the module has no such address")
	return 0
}

// a64PageOf is ADRP, to get the address of a page into a register.
func a64PageOf(at, to, register uint32) uint32 {
	pages := to/a64Page - at/a64Page
	return 0x90000000 | pages&3<<29 | pages>>2&(1<<19-1)<<5 | register
}
