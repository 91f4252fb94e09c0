package amd64

// register is a general register's number, as instructions have it: three bits, and one of a prefix.
type register byte

const (
	stackPointer register = 4  // RSP
	goroutine    register = 14 // R14: compiled Go has the current goroutine there
)

// is reports whether a number and the bit of a prefix mean the register. Without a prefix, 4 to 7 are others in
// instructions about bytes; they count as these.
func (r register) is(number, extended byte) bool { return register(number&7|extended&1<<3) == r }

// WritesGoroutine reports whether an instruction of known length may write the register that has the current goroutine.
func WritesGoroutine(code []byte) bool {
	p, code := opcodeOf(code)
	return len(code) == 0 || writes(code, p, goroutine)
}

// LoadsGoroutine is what the compiler makes to load that register, with the distance from the thread pointer in a word
// that is relative to the second instruction: two of them, of LenLoadsGoroutine bytes. At the first one the register is no goroutine.
func LoadsGoroutine(code []byte) bool {
	return len(code) >= LenLoadsGoroutine &&
		code[0] == 0x4c && code[1] == 0x8b && code[2] == 0x35 && // MOV word(RIP), R14
		string(code[7:LenLoadsGoroutine]) == "\x64\x4d\x8b\x36" // MOV FS:(R14), R14
}

// LenLoadsGoroutine is the length of both instructions in bytes.
const LenLoadsGoroutine = 11

func isPrefix(b byte) bool {
	switch b {
	case 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
		return true
	}
	return false
}

// opcodeOf returns an instruction from its opcode on, and what of its prefixes says which operands it has.
func opcodeOf(code []byte) (p prefixes, opcode []byte) {
	for len(code) > 0 && isPrefix(code[0]) {
		p.size16 = p.size16 || code[0] == 0x66
		code = code[1:]
	}
	if len(code) > 0 && code[0]&0xf0 == 0x40 {
		p.rex = code[0]
		code = code[1:]
	}
	return p, code
}

// second returns the byte after an opcode of one byte; 0: there is none.
func second(code []byte) byte {
	if len(code) > 1 {
		return code[1]
	}
	return 0
}

// writes reports whether the instruction may write the stack pointer or the goroutine's register, which its operands say: none
// writes one of these two by itself but those that StackEffect knows.
func writes(code []byte, p prefixes, r register) bool {
	opcode, next := code[0], second(code)
	rm := next>>6 == 3 && r.is(next, p.rex)
	reg := r.is(next>>3, p.rex>>2)
	switch {
	case opcode == 0x0f:
		return twoWrites(code[1:], p, r)
	case opcode == 0xc4, opcode == 0xc5, opcode == 0x62:
		return vectorWrites(code, r)
	case opcode < 0x40:
		switch compares := opcode >= 0x38; opcode & 7 {
		case 0, 1:
			return !compares && rm
		case 2, 3:
			return !compares && reg
		}
		return false
	case opcode >= 0x58 && opcode <= 0x5f, opcode >= 0x90 && opcode <= 0x97, opcode >= 0xb0 && opcode <= 0xbf: // POP, XCHG, MOV of a constant
		return r.is(opcode, p.rex)
	case opcode == 0x63, opcode == 0x69, opcode == 0x6b, opcode == 0x8a, opcode == 0x8b, opcode == 0x8d:
		return reg
	case opcode >= 0x80 && opcode <= 0x83:
		return rm && next>>3&7 != 7
	case opcode == 0x86, opcode == 0x87:
		return reg || rm
	case opcode == 0x88, opcode == 0x89, opcode == 0x8c, opcode == 0x8f, opcode == 0xc0, opcode == 0xc1, opcode == 0xc6, opcode == 0xc7, opcode >= 0xd0 && opcode <= 0xd3:
		return rm
	case opcode == 0xf6, opcode == 0xf7: // TEST, NOT, NEG
		return rm && (next>>3&7 == 2 || next>>3&7 == 3)
	case opcode == 0xfe, opcode == 0xff: // INC, DEC
		return rm && next>>3&7 <= 1
	}
	return false
}

// twoWrites is for opcodes after 0f: such as have a general register to write to.
func twoWrites(code []byte, p prefixes, r register) bool {
	if len(code) == 0 {
		return true
	}
	opcode := code[0]
	if opcode == 0x38 || opcode == 0x3a {
		if len(code) < 3 {
			return true
		}
		rm := code[2]>>6 == 3 && r.is(code[2], p.rex)
		reg := r.is(code[2]>>3, p.rex>>2)
		if opcode == 0x3a { // PEXTR and EXTRACTPS
			return rm && code[1] >= 0x14 && code[1] <= 0x17
		}
		return reg && code[1] >= 0xf0 || rm && code[1] >= 0xf0 // MOVBE, CRC32, ADCX
	}
	if opcode >= 0xc8 && opcode <= 0xcf { // BSWAP
		return r.is(opcode, p.rex)
	}
	if len(code) < 2 {
		return false // nothing else is so short that has a register
	}
	rm := code[1]>>6 == 3 && r.is(code[1], p.rex)
	reg := r.is(code[1]>>3, p.rex>>2)
	switch {
	case opcode >= 0x40 && opcode <= 0x4f, opcode == 0x2c, opcode == 0x2d, opcode == 0x50, opcode == 0xaf, opcode == 0xb6, opcode == 0xb7,
		opcode == 0xb8, opcode >= 0xbc && opcode <= 0xbf, opcode == 0xc5, opcode == 0xd7, opcode == 0x02, opcode == 0x03:
		return reg
	case opcode >= 0x90 && opcode <= 0x9f, opcode == 0x7e, opcode == 0xa4, opcode == 0xa5, opcode == 0xab, opcode == 0xac, opcode == 0xad,
		opcode == 0xb0, opcode == 0xb1, opcode == 0xb3, opcode == 0xba, opcode == 0xbb, opcode == 0xc7, opcode == 0x00, opcode == 0x20, opcode == 0x21,
		opcode == 0x1e, opcode == 0xae: // of these two, RDSSP, RDFSBASE and RDGSBASE
		return rm
	case opcode == 0xc0, opcode == 0xc1: // XADD
		return reg || rm
	}
	return false
}

// vectorWrites is for VEX and EVEX: some of them are about general registers.
func vectorWrites(code []byte, r register) bool {
	var opcodes, opcode, modrm, vvvv byte
	var extendedReg, extendedRM byte
	switch {
	case code[0] == 0xc5 && len(code) > 3:
		opcodes, opcode, modrm = 1, code[2], code[3]
		vvvv, extendedReg = ^code[1]>>3&15, ^code[1]>>7
	case code[0] == 0xc4 && len(code) > 4:
		opcodes, opcode, modrm = code[1]&0x1f, code[3], code[4]
		vvvv, extendedReg, extendedRM = ^code[2]>>3&15, ^code[1]>>7, ^code[1]>>5&1
	case code[0] == 0x62 && len(code) > 5:
		opcodes, opcode, modrm = code[1]&7, code[4], code[5]
		vvvv, extendedReg, extendedRM = ^code[2]>>3&15, ^code[1]>>7, ^code[1]>>5&1
	default:
		return false // without operands, such as VZEROUPPER
	}
	rm := modrm>>6 == 3 && r.is(modrm, extendedRM)
	reg := r.is(modrm>>3, extendedReg)
	switch {
	case opcodes == 1 && (opcode == 0x2c || opcode == 0x2d || opcode == 0x50 || opcode == 0xc5 || opcode == 0xd7 || opcode == 0x78 || opcode == 0x79 || opcode == 0x93),
		opcodes == 5 && (opcode == 0x2c || opcode == 0x2d || opcode == 0x6c || opcode == 0x6d || opcode == 0x78 || opcode == 0x79):
		return reg
	case (opcodes == 1 || opcodes == 5) && opcode == 0x7e, opcodes == 3 && opcode >= 0x14 && opcode <= 0x17:
		return rm
	case opcodes == 2 && opcode >= 0xe0, opcodes == 3 && opcode >= 0xf0: // CMPccXADD, BMI
		return reg || register(vvvv) == r
	}
	return false
}
