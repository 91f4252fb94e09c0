package base

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// machine is how code of an architecture refers to places, as the compiler and the Go linker have it do so.
type machine struct {
	reach uint64            // how far code sees: CODE_REACH of the host
	word  uint32            // the relocation that has a word get an address
	sizes map[uint32]uint64 // those of code, and how many bytes they are about
	// thread is one of these: of a load of where, from the thread pointer on, the current goroutine is. Objects have that in a
	// word of their own (package objfile), and modules in that of their base. 0: goroutines are in a register.
	thread uint32
	// behind is the addend of a reference to the beginning of something: what a distance is counted from.
	behind int64
	// takesAddress reports whether a reference is of code that takes an address, and looks at nothing that is there.
	takesAddress func(l *layout, r reference) bool
	// settle has code refer to a place of the module. load: what is meant is in the word there, and not its address.
	settle func(l *layout, r reference, target uint32, load bool) error
	// toBase has it refer to a place of the base, and says whether the loader has a part in that.
	toBase func(l *layout, r reference, target uint32) (loads bool, err error)
}

var machines = map[elf.Machine]*machine{
	elf.EM_X86_64: {
		reach:        1 << 31,
		word:         uint32(elf.R_X86_64_64),
		sizes:        map[uint32]uint64{uint32(elf.R_X86_64_PC32): 4, uint32(elf.R_X86_64_PLT32): 4, uint32(elf.R_X86_64_GOTTPOFF): 4},
		thread:       uint32(elf.R_X86_64_GOTTPOFF),
		behind:       -4,
		takesAddress: takesAddressX86,
		settle:       settleX86,
		toBase:       func(*layout, reference, uint32) (bool, error) { return true, nil },
	},
	elf.EM_AARCH64: {
		reach: 1 << 27,
		word:  uint32(elf.R_AARCH64_ABS64),
		sizes: map[uint32]uint64{
			uint32(elf.R_AARCH64_CALL26): 4, uint32(elf.R_AARCH64_JUMP26): 4, uint32(elf.R_AARCH64_ADR_PREL_PG_HI21): 4,
			uint32(elf.R_AARCH64_ADD_ABS_LO12_NC): 4, uint32(elf.R_AARCH64_LDST8_ABS_LO12_NC): 4, uint32(elf.R_AARCH64_LDST16_ABS_LO12_NC): 4,
			uint32(elf.R_AARCH64_LDST32_ABS_LO12_NC): 4, uint32(elf.R_AARCH64_LDST64_ABS_LO12_NC): 4, uint32(elf.R_AARCH64_LDST128_ABS_LO12_NC): 4,
		},
		takesAddress: takesAddressA64,
		settle:       settleA64,
		toBase:       toBaseA64,
	},
}

// Instructions that get an address, or load a word, both relative to the next instruction and with
// the REX prefix of 64 bits: they differ in one byte.
const (
	opLea = 0x8d
	opMov = 0x8b
)

// A type or itab is no function: what takes its address is a LEA with nothing behind it.
func takesAddressX86(l *layout, r reference) bool {
	code := l.bytes(r.where-3, 3)
	return r.addend == -4 && code != nil && code[0]&0xfb == 0x48 && code[1] == opLea && code[2]&0xc7 == 0x05
}

func settleX86(l *layout, r reference, target uint32, load bool) error {
	if load {
		l.bytes(r.where-3, 3)[1] = opMov
	}
	binary.LittleEndian.PutUint32(l.bytes(r.where, 4), target-r.where)
	return nil
}

// Of AArch64: an address is made by ADRP, which gets that of a page, and an instruction with the rest of it; ADD and
// a load of 64 bits with an offset.
const (
	opAdd  = 0x91000000
	opLoad = 0xf9400000

	operation = 0xffc00000 // of instructions with an immediate of 12 bits
	a64Page   = 1 << 12
)

func (l *layout) instruction(at uint32) uint32 {
	if code := l.bytes(at, 4); code != nil {
		return binary.LittleEndian.Uint32(code)
	}
	return 0
}

// Both halves of an address are asked about: the first one by what the second one is.
func takesAddressA64(l *layout, r reference) bool {
	switch elf.R_AARCH64(r.kind) {
	case elf.R_AARCH64_ADD_ABS_LO12_NC:
		return r.addend == 0
	case elf.R_AARCH64_ADR_PREL_PG_HI21:
		return r.addend == 0 && l.instruction(r.where+4)&operation == opAdd
	}
	return false
}

// settleA64 writes what does not depend on where the module lies: all of it is at the beginning of pages.
func settleA64(l *layout, r reference, target uint32, load bool) error {
	code := l.instruction(r.where)
	var field, mask uint32
	switch kind := elf.R_AARCH64(r.kind); kind {
	case elf.R_AARCH64_CALL26, elf.R_AARCH64_JUMP26:
		if target%4 != 0 {
			return fmt.Errorf("a branch leads into an instruction")
		}
		field, mask = (target-r.where)/4, 1<<26-1
	case elf.R_AARCH64_ADR_PREL_PG_HI21:
		pages := target/a64Page - r.where/a64Page
		field, mask = pages&3<<29|pages>>2&(1<<19-1)<<5, 0x60ffffe0
	case elf.R_AARCH64_ADD_ABS_LO12_NC:
		rest := target % a64Page
		if load {
			code = code&^operation | opLoad
			rest /= 8
		}
		field, mask = rest<<10, 0xfff<<10
	default:
		size := loadSizes[kind]
		if target%size != 0 {
			return fmt.Errorf("a load is not aligned")
		}
		field, mask = target%a64Page/size<<10, 0xfff<<10
	}
	binary.LittleEndian.PutUint32(l.bytes(r.where, 4), code&^mask|field&mask)
	return nil
}

var loadSizes = map[elf.R_AARCH64]uint32{
	elf.R_AARCH64_LDST8_ABS_LO12_NC: 1, elf.R_AARCH64_LDST16_ABS_LO12_NC: 2, elf.R_AARCH64_LDST32_ABS_LO12_NC: 4,
	elf.R_AARCH64_LDST64_ABS_LO12_NC: 8, elf.R_AARCH64_LDST128_ABS_LO12_NC: 16,
}

// The base lies at the beginning of a page, too, so that distances alone are left to the loader.
func toBaseA64(l *layout, r reference, target uint32) (loads bool, err error) {
	switch elf.R_AARCH64(r.kind) {
	case elf.R_AARCH64_CALL26, elf.R_AARCH64_JUMP26, elf.R_AARCH64_ADR_PREL_PG_HI21:
		return true, nil
	}
	return false, settleA64(l, r, target, false)
}
