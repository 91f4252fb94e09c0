package amd64

import "encoding/binary"

const stackPointer = 4 // the register's number

// StackEffect says by how many bytes an instruction of known length makes the stack larger, which a call
// leaves as it was. It is not ok if the instruction may write the stack pointer in any other way than
// by pushing, popping, adding and subtracting a constant.
func StackEffect(code []byte) (size int64, ok bool) {
	var p prefixes
	for len(code) > 0 && isPrefix(code[0]) {
		p.size16 = p.size16 || code[0] == 0x66
		code = code[1:]
	}
	if len(code) > 0 && code[0]&0xf0 == 0x40 {
		p.rex = code[0]
		code = code[1:]
	}
	if len(code) == 0 {
		return 0, false
	}
	var next byte
	if len(code) > 1 {
		next = code[1]
	}
	switch opcode := code[0]; opcode {
	case 0x0f:
		return 0, !twoWrite(code[1:], p)
	case 0xc4, 0xc5, 0x62:
		return 0, !vectorWrites(code)
	case 0x83, 0x81: // ADD and SUB of a constant, among others
		if reg := next >> 3 & 7; isStackPointer(next&7, p.rex&1) && next>>6 == 3 && p.rex&8 != 0 && (reg == 0 || reg == 5) {
			n := int64(int8(code[2]))
			if opcode == 0x81 {
				n = int64(int32(binary.LittleEndian.Uint32(code[2:])))
			}
			if reg == 0 {
				n = -n
			}
			return n, true
		}
	case 0x8d: // LEA: of the stack pointer itself
		if isStackPointer(next>>3&7, p.rex>>2&1) {
			if p.rex != 0x48 || next&7 != 4 || code[2] != 0x24 {
				return 0, false
			}
			switch next >> 6 {
			case 1:
				return -int64(int8(code[3])), true
			case 2:
				return -int64(int32(binary.LittleEndian.Uint32(code[3:]))), true
			}
			return 0, false
		}
		return 0, true
	}
	return oneEffect(code, next, p)
}

// Flow says what a known instruction means for those around it: that it is a call, that the next one is not
// reached by it, and that it is a jump to where a register or a word says.
func Flow(code []byte) (call, ends, computed bool) {
	for len(code) > 0 && (isPrefix(code[0]) || code[0]&0xf0 == 0x40) {
		code = code[1:]
	}
	if len(code) == 0 {
		return false, true, false
	}
	switch code[0] {
	case 0xe8:
		return true, false, false
	case 0xe9, 0xeb, 0xc3, 0xcc: // JMP, RET, INT3
		return false, true, false
	case 0x0f: // UD2
		return false, len(code) > 1 && code[1] == 0x0b, false
	case 0xff:
		if len(code) > 1 {
			reg := code[1] >> 3 & 7
			return reg == 2, reg == 4, reg == 4
		}
	}
	return false, false, false
}

// TakesAddress says that an instruction with a memory operand does not look at what is there: LEA.
func TakesAddress(code []byte) bool {
	for len(code) > 0 && (isPrefix(code[0]) || code[0]&0xf0 == 0x40) {
		code = code[1:]
	}
	return len(code) > 0 && code[0] == 0x8d
}

// Loads says that an instruction with a memory operand loads a word of 64 bits into a register: MOV.
func Loads(code []byte) bool {
	return len(code) > 1 && code[0]&0xf8 == 0x48 && code[1] == 0x8b
}

func isPrefix(b byte) bool {
	switch b {
	case 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
		return true
	}
	return false
}

func isStackPointer(number, extended byte) bool { return number == stackPointer && extended == 0 }

// oneEffect is for opcodes of one byte.
func oneEffect(code []byte, next byte, p prefixes) (size int64, ok bool) {
	opcode := code[0]
	rm := next>>6 == 3 && isStackPointer(next&7, p.rex&1)
	reg := isStackPointer(next>>3&7, p.rex>>2&1)
	switch {
	case opcode >= 0x50 && opcode <= 0x57, opcode == 0x68, opcode == 0x6a, opcode == 0x9c, opcode == 0xff && next>>3&7 == 6: // PUSH
		return 8, !p.size16
	case opcode >= 0x58 && opcode <= 0x5f: // POP
		return -8, !p.size16 && !isStackPointer(opcode&7, p.rex&1)
	case opcode == 0x8f, opcode == 0x9d:
		return -8, !p.size16 && !(opcode == 0x8f && rm)
	case opcode == 0xc2, opcode == 0xc8, opcode == 0xc9: // RET with a size, ENTER, LEAVE
		return 0, false
	case opcode < 0x40:
		switch compares := opcode >= 0x38; opcode & 7 {
		case 0, 1:
			return 0, compares || !rm
		case 2, 3:
			return 0, compares || !reg
		}
		return 0, true
	case opcode == 0x63, opcode == 0x69, opcode == 0x6b, opcode == 0x8a, opcode == 0x8b:
		return 0, !reg
	case opcode >= 0x80 && opcode <= 0x83:
		return 0, !rm || next>>3&7 == 7
	case opcode == 0x86, opcode == 0x87:
		return 0, !reg && !rm
	case opcode == 0x88, opcode == 0x89, opcode == 0x8c, opcode == 0xc0, opcode == 0xc1, opcode == 0xc6, opcode == 0xc7, opcode >= 0xd0 && opcode <= 0xd3:
		return 0, !rm
	case opcode >= 0x90 && opcode <= 0x97, opcode >= 0xb0 && opcode <= 0xbf: // XCHG, MOV of a constant
		return 0, !isStackPointer(opcode&7, p.rex&1)
	case opcode == 0xf6, opcode == 0xf7: // TEST, NOT, NEG
		return 0, !rm || next>>3&7 < 2 || next>>3&7 > 3
	case opcode == 0xfe, opcode == 0xff: // INC, DEC
		return 0, !rm || next>>3&7 > 1
	}
	return 0, true
}

// twoWrite reports whether an instruction with an opcode after 0f may write the stack pointer: such as
// have a general register to write to.
func twoWrite(code []byte, p prefixes) bool {
	if len(code) == 0 {
		return true
	}
	opcode := code[0]
	if opcode == 0x38 || opcode == 0x3a {
		if len(code) < 3 {
			return true
		}
		rm := code[2]>>6 == 3 && isStackPointer(code[2]&7, p.rex&1)
		reg := isStackPointer(code[2]>>3&7, p.rex>>2&1)
		if opcode == 0x3a { // PEXTR and EXTRACTPS
			return rm && code[1] >= 0x14 && code[1] <= 0x17
		}
		return reg && code[1] >= 0xf0 || rm && code[1] >= 0xf0 // MOVBE, CRC32, ADCX
	}
	if opcode >= 0xc8 && opcode <= 0xcf { // BSWAP
		return isStackPointer(opcode&7, p.rex&1)
	}
	if len(code) < 2 {
		return false // nothing else is so short that has a register
	}
	rm := code[1]>>6 == 3 && isStackPointer(code[1]&7, p.rex&1)
	reg := isStackPointer(code[1]>>3&7, p.rex>>2&1)
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

// vectorWrites does so for VEX and EVEX: some of them are about general registers.
func vectorWrites(code []byte) bool {
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
	rm := modrm>>6 == 3 && isStackPointer(modrm&7, extendedRM)
	reg := isStackPointer(modrm>>3&7, extendedReg)
	switch {
	case opcodes == 1 && (opcode == 0x2c || opcode == 0x2d || opcode == 0x50 || opcode == 0xc5 || opcode == 0xd7 || opcode == 0x78 || opcode == 0x79 || opcode == 0x93),
		opcodes == 5 && (opcode == 0x2c || opcode == 0x2d || opcode == 0x6c || opcode == 0x6d || opcode == 0x78 || opcode == 0x79):
		return reg
	case (opcodes == 1 || opcodes == 5) && opcode == 0x7e, opcodes == 3 && opcode >= 0x14 && opcode <= 0x17:
		return rm
	case opcodes == 2 && opcode >= 0xe0, opcodes == 3 && opcode >= 0xf0: // CMPccXADD, BMI
		return reg || vvvv == stackPointer
	}
	return false
}
