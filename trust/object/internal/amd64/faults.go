package amd64

// MayFault reports whether an instruction of known length may fault, as far as is known: what a function does before it has a frame
// does not. That is about registers, the stack, and the current goroutine, which R14 has.
func MayFault(code []byte) bool {
	var rex byte
	for len(code) > 0 && isPrefix(code[0]) {
		if code[0] == 0x64 || code[0] == 0x65 {
			return true
		}
		code = code[1:]
	}
	if len(code) > 0 && code[0]&0xf0 == 0x40 {
		rex = code[0]
		code = code[1:]
	}
	if len(code) == 0 {
		return true
	}
	switch opcode := code[0]; {
	case opcode == 0x0f && len(code) < 3:
		return true
	case opcode == 0x0f:
		switch code[1] {
		case 0x1f: // NOP
			return false
		case 0x10, 0x11, 0x28, 0x29, 0x57, 0x6e, 0x6f, 0x7e, 0x7f, 0xb6, 0xb7, 0xbe, 0xbf, 0xd6, 0xef: // moves, and XOR
			return faultsAt(code[2:], rex)
		}
		return code[1]>>4 != 8
	case opcode < 0x40 && opcode&7 < 4, opcode == 0x63, opcode == 0x80, opcode == 0x81, opcode >= 0x83 && opcode <= 0x8b, opcode == 0xc6, opcode == 0xc7:
		return faultsAt(code[1:], rex)
	case opcode < 0x40, opcode >= 0x50 && opcode <= 0x5f, opcode>>4 == 7, opcode == 0x8d, opcode == 0x90, opcode >= 0xb0 && opcode <= 0xbf,
		opcode == 0xc3, opcode == 0xe8, opcode == 0xe9, opcode == 0xeb:
		return false
	}
	return true
}

// faultsAt reports whether what is from ModRM on is a place in memory, other than one on the stack or of the goroutine.
func faultsAt(code []byte, rex byte) bool {
	const goroutine = 14 - 8
	switch mod, rm := code[0]>>6, code[0]&7; {
	case mod == 3:
		return false
	case rm == 4: // of a register, without an index
		return code[1] != 0x24 || rex&3 != 0
	default:
		return mod == 0 && rm == 5 || rm != goroutine || rex&1 == 0
	}
}
