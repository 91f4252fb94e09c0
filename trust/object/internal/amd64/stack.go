package amd64

import "encoding/binary"

// StackEffect says by how many bytes an instruction of known length makes the stack larger, which a call
// leaves as it was. It is not ok if the instruction may write the stack pointer in any other way than
// by pushing, popping, adding and subtracting a constant.
func StackEffect(code []byte) (size int64, ok bool) {
	p, code := opcodeOf(code)
	if len(code) == 0 {
		return 0, false
	}
	next := second(code)
	switch opcode := code[0]; {
	case opcode == 0xc2, opcode == 0xc8, opcode == 0xc9: // RET with a size, ENTER, LEAVE
		return 0, false
	case opcode == 0x83, opcode == 0x81: // ADD and SUB of a constant, among others
		if reg := next >> 3 & 7; stackPointer.is(next, p.rex) && next>>6 == 3 && p.rex&8 != 0 && (reg == 0 || reg == 5) {
			n := int64(int8(code[2]))
			if opcode == 0x81 {
				n = int64(int32(binary.LittleEndian.Uint32(code[2:])))
			}
			if reg == 0 {
				n = -n
			}
			return n, true
		}
	case opcode == 0x8d: // LEA: of the stack pointer itself
		if stackPointer.is(next>>3, p.rex>>2) && p.rex == 0x48 && next&7 == 4 && code[2] == 0x24 {
			switch next >> 6 {
			case 1:
				return -int64(int8(code[3])), true
			case 2:
				return -int64(int32(binary.LittleEndian.Uint32(code[3:]))), true
			}
		}
	case opcode >= 0x50 && opcode <= 0x57, opcode == 0x68, opcode == 0x6a, opcode == 0x9c, opcode == 0xff && next>>3&7 == 6: // PUSH
		return 8, !p.size16
	case opcode >= 0x58 && opcode <= 0x5f, opcode == 0x8f, opcode == 0x9d: // POP
		return -8, !p.size16 && !writes(code, p, stackPointer)
	}
	return 0, !writes(code, p, stackPointer)
}

// Flow says what a known instruction means for those around it: that it is a call, that the next one is not
// reached by it, and that it is a jump to where a register or a word says.
func Flow(code []byte) (call, ends, computed bool) {
	_, code = opcodeOf(code)
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
	_, code = opcodeOf(code)
	return len(code) > 0 && code[0] == 0x8d
}
