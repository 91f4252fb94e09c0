package arm64

import (
	"encoding/binary"
	"math/bits"
)

// Numbers of registers. That of the stack pointer is the zero register's where an instruction has no use
// for the stack pointer.
const (
	frameBase    = 20 // where the compiler computes a large frame's address
	scratch      = 27
	goroutine    = 28
	linkRegister = 30
	stackPointer = 31
)

// Frame is by what a function gets its frame, or gives it up: one instruction, or some that stand together.
type Frame struct {
	Len  int   // bytes; 0: none begins there
	Size int64 // by which the stack becomes larger, with the last of them
	Link bool  // the return address is stored where the unwinder looks for it, or loaded from there
}

const (
	saveLink    = 0xf8000ffe // STR X30, [SP, #-size]!
	restoreLink = 0xf84007fe // LDR X30, [SP], #size
	saveBoth    = 0xa93ffa9d // STP X29, X30, [X20, #-8]
	restoreBoth = 0xa97ffbfd // LDP X29, X30, [SP, #-8]
	enterFrame  = 0x9100029f // MOV SP, X20
)

// FrameAt recognizes what cmd/internal/obj/arm64 makes (preprocess).
func FrameAt(code []byte) Frame {
	// The other way round, the one would store the return address as it gives up the frame, and the other load it as it gets one.
	w := at(code, 0)
	size := -(int64(int32(w<<11)) >> 23)
	if w&0xffe00fff == saveLink && size > 0 || w&0xffe00fff == restoreLink && size < 0 {
		return Frame{4, size, true}
	}
	const sub, add = 0xd1000000, 0x91000000
	if n, size := amount(code, sub, frameBase); n > 0 && at(code, n) == saveBoth && at(code, n+1) == enterFrame {
		return Frame{4 * (n + 2), size, true}
	}
	skip := 0
	if at(code, 0) == restoreBoth {
		skip = 1
	}
	if n, size := amount(code[4*skip:], add, stackPointer); n > 0 {
		return Frame{4 * (skip + n), -size, skip == 1}
	}
	return Frame{}
}

// at is a word of code; 0, which is an instruction that traps, behind its end.
func at(code []byte, i int) uint32 {
	if len(code) < 4*i+4 {
		return 0
	}
	return binary.LittleEndian.Uint32(code[4*i:])
}

// amount reads by how much ADD or SUB of a constant has a register differ from the stack pointer, and how many
// instructions do it: one, two for twelve bits each, or one behind those that load the constant.
func amount(code []byte, operation, to uint32) (n int, size int64) {
	const constant, shifted = 0xffc00000, 1 << 22
	w := at(code, 0)
	if w&0x3ff == stackPointer<<5|to && w&(constant&^shifted) == operation {
		size = int64(w >> 10 & 0xfff << (w >> 22 & 1 * 12))
		if next := at(code, 1); w&shifted == 0 && next&0x3ff == to<<5|to && next&constant == operation|shifted {
			return 2, size + int64(next>>10&0xfff<<12)
		}
		return 1, size
	}
	n, value := load(code)
	extended := 0x8b200000 | operation&(1<<30) | scratch<<16 | 3<<13 | stackPointer<<5 | to
	if n == 0 || value >= 1<<31 || at(code, n) != extended {
		return 0, 0
	}
	return n + 1, int64(value)
}

// load reads a constant that is loaded into the scratch register.
func load(code []byte) (n int, value uint64) {
	w := at(code, 0)
	switch {
	case w&0xff80001f == 0xd2800000|scratch: // MOVZ
		value = uint64(w>>5&0xffff) << (w >> 21 & 3 * 16)
		if w = at(code, 1); w&0xff80001f == 0xf2800000|scratch { // MOVK
			shift := w >> 21 & 3 * 16
			return 2, value&^(0xffff<<shift) | uint64(w>>5&0xffff)<<shift
		}
		return 1, value
	case w&0xff8003ff == 0xb2000000|stackPointer<<5|scratch: // ORR with the zero register
		value, ok := mask(w>>22&1, w>>16&63, w>>10&63)
		if ok {
			return 1, value
		}
	}
	return 0, 0
}

// mask is the constant of a logical instruction: ones in a row, rotated, again and again.
func mask(n, rotate, ones uint32) (uint64, bool) {
	length := bits.Len32(n<<6|^ones&63) - 1
	if length < 1 {
		return 0, false
	}
	size := uint32(1) << length
	ones, rotate = ones&(size-1), rotate&(size-1)
	if ones == size-1 {
		return 0, false
	}
	row := uint64(1)<<(ones+1) - 1
	one := row>>rotate | row<<(size-rotate)
	if size < 64 {
		one &= 1<<size - 1
	}
	for ; size < 64; size *= 2 {
		one |= one << size
	}
	return one, true
}

// WritesStack reports whether an instruction may write the stack pointer. What Decode does not let pass is not asked about.
func WritesStack(w uint32) bool {
	d, n := w&31, w>>5&31
	if d != stackPointer && n != stackPointer {
		return false // it can be named nowhere else
	}
	switch w >> 25 & 15 {
	case 8, 9: // with a constant
		switch w >> 23 & 7 {
		case 2: // ADD, SUB; with flags, to the zero register
			return d == stackPointer && w>>29&1 == 0
		case 3: // ADDG, SUBG
			return d == stackPointer
		case 4: // AND, ORR, EOR; ANDS
			return d == stackPointer && w>>29&3 != 3
		}
		return false
	case 5, 13:
		return d == stackPointer && registers(w)
	case 4, 6, 12, 14:
		return n == stackPointer && !keepsBase(w)
	}
	return false
}

// registers reports whether what computes with registers may write to the stack pointer, and not to the zero register.
func registers(w uint32) bool {
	switch w >> 24 & 0x1f {
	case 0x0a, 0x1b: // logical, multiplications
		return false
	case 0x0b: // ADD, SUB: extended and without flags
		return w>>21&1 == 1 && w>>29&1 == 0
	case 0x1a:
		operation := w >> 10 & 63
		switch w >> 21 & 7 {
		case 0: // ADC, SBC
			return operation != 0
		case 2, 4: // CCMP, CSEL
			return false
		case 6: // of one source, or two: divisions, shifts, CRC32
			return w>>30&1 == 0 && operation != 2 && operation != 3 && operation>>2 != 2 && operation>>3 != 2
		}
	}
	return true
}

// keepsBase reports whether a load or store is known to leave the register with its address as it is.
func keepsBase(w uint32) bool {
	switch group, form := w>>27&7, w>>24&3; {
	case group == 7 && form == 1: // with an offset
		return true
	case group == 7 && w>>21&1 == 0: // unscaled, or for another privilege; pre- or post-indexed
		return w>>10&1 == 0
	case group == 7: // atomic, or with a register; LDRAA
		return w>>10&1 == 0
	case group == 5: // pairs
		return w>>23&1 == 0
	case group == 3 && form == 0: // literals have none
		return true
	case w>>24&0x3f == 8: // exclusive, ordered
		return true
	case w>>24&0x3e == 12: // structures of vectors
		return w>>23&1 == 0
	}
	return false
}

// WritesLink reports whether an instruction may write the register with the return address: calls do, and AUTIASPPC, which
// does not name it.
func WritesLink(w uint32) bool {
	call, _, _ := Flow(w)
	return call || w&0xffc0001f == 0xf380001f || writes(w, linkRegister)
}

// WritesGoroutine reports whether one may write the register with the current goroutine: LD64B does as the last of eight.
func WritesGoroutine(w uint32) bool {
	d := w & 31
	return writes(w, goroutine) || w&0xfffffc00 == 0xf83fd000 && d <= goroutine && goroutine < d+8
}

// writes reports whether an instruction may write a general register that it names, of an even number: of a pair that is named by
// its first one, it is that.
func writes(w, register uint32) bool {
	d, n := w&31, w>>5&31
	second, third := w>>10&31, w>>16&31
	switch w >> 25 & 15 {
	case 5, 8, 9, 13:
		return d == register
	case 7, 15: // vectors and floating point: moves and conversions to general registers
		fromFloat := w&0x5f20fc00 == 0x1e200000 || w&0x5f200000 == 0x1e000000
		fromVector := w&0xbfe0fc00 == 0x0e002c00 || w&0xbfe0fc00 == 0x0e003c00
		return d == register && (fromFloat || fromVector)
	case 10, 11:
		return w>>22 == 0x354 && w>>21&1 == 1 && d == register
	case 4, 6, 12, 14:
		several := d == register || second == register || third == register
		switch group, form := w>>27&7, w>>24&3; {
		case group == 3 && form == 1: // ordered, tags, copies
			return several || n == register
		case n == register && !keepsBase(w):
			return true
		case w>>26&1 == 1: // to vectors
			return false
		case group == 7 && form == 0 && w>>21&1 == 1 && w>>10&3 == 0: // atomic
			return d == register || third == register
		case group == 5:
			return d == register || second == register
		case group == 1: // exclusive
			return several
		}
		return d == register
	}
	return false
}

// Flow says what a known instruction means for those around it: that it is a call, that the next one is not reached by it, and
// that it is a jump to where a register says.
func Flow(w uint32) (call, ends, computed bool) {
	inst := Decode(w)
	call = w>>26 == 0x25 || w>>25 == 0x6b && w>>21&7 == 1
	return call, inst.Ends, inst.Ends && !inst.Return && w>>25 == 0x6b
}

// Address is an instruction that begins an address by its page, with the one behind it that has the rest of it.
type Address struct {
	Page  int64  // the page's, relative to that of the instruction
	Rest  uint32 // within the page
	Takes bool   // the second looks at nothing that is there
}

// AddressAt recognizes such a pair, in which the page's address goes no further: it is in the scratch register, or
// overwritten.
func AddressAt(code []byte) (Address, bool) {
	first, second := at(code, 0), at(code, 1)
	d, from := first&31, second>>5&31
	if !IsPage(first) || from != d || d == stackPointer {
		return Address{}, false
	}
	page := int64(int32((first>>5&0x7ffff<<2|first>>29&3)<<11)>>11) << 12
	rest := second >> 10 & 0xfff
	switch {
	case second&0xffc00000 == 0x91000000: // ADD
		return Address{page, rest, true}, second&31 == d
	case second>>27&7 == 7 && second>>24&3 == 1: // a load or store with an offset
		scale := second >> 30
		if vector := second>>26&1 == 1; vector && second>>23&1 == 1 {
			scale = 4
		}
		over := second&0xffc00000 == 0xf9400000 && second&31 == d // LDR of 64 bits
		return Address{page, rest << scale, false}, d == scratch || over
	}
	return Address{}, false
}

// IsPage reports whether an instruction is ADRP; IsNear, ADR.
func IsPage(w uint32) bool { return w&0x9f000000 == 0x90000000 }
func IsNear(w uint32) bool { return w&0x9f000000 == 0x10000000 }

// IsState reports whether an instruction is a system one that does more than nothing, or than to order accesses to memory:
// it is about a register of the processor's, or a cache, or signs an address, which changes the register that it is in.
func IsState(w uint32) bool {
	const order, option = 0xd50330bf, 15 << 8 // DMB
	return w>>22 == 0x354 && w != Idle && w&^option != order
}

// IsOddJump reports whether a branch to where a register says is none that the compiler makes: it authenticates an address, or
// returns by another instruction than RET, of which the stack is asked about.
func IsOddJump(w uint32) bool {
	const jump, call, returns, register = 0xd61f0000, 0xd63f0000, 0xd65f03c0, 31 << 5
	if w>>25 != 0x6b || w == returns || w&^register == call {
		return false
	}
	return w&^register != jump || w>>5&31 == linkRegister
}

// IsDirect reports whether an instruction is B or BL.
func IsDirect(w uint32) bool { return w>>26&0x1f == 5 }

// WithoutDistance is an instruction that has no distance yet: of ADRP, B or BL, the rest.
func WithoutDistance(w uint32) uint32 {
	if IsDirect(w) {
		return w &^ 0x03ffffff
	}
	return w &^ 0x60ffffe0
}

// What the compiler has stand together where a function asks for a larger stack: the return address goes
// to where runtime.morestack looks for it, and the call.
const SavesLink = 0xaa1e03e3 // MOV X3, X30

// Idle is an instruction that does nothing, and Trap one that fills up code.
const (
	Idle = 0xd503201f // NOP
	Trap = 0x00000000 // UDF
)
