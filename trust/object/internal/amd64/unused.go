package amd64

// Unused reports whether an instruction of known length is one that Go's compiler does not make, although assembly may have it: it
// changes state of the processor that calls leave as it is (the direction of strings, modes of floating point, x87), or
// has a prefix that makes it another one. With 66, some processors have returns and branches cut their target to 16 bits; with 67,
// LEA cuts an address to 32. With 64 and 65, an address is the thread's: LoadsGoroutine knows the one that compiled code has.
func Unused(code []byte) bool {
	prefixed, short := false, false
	for len(code) > 0 && isPrefix(code[0]) {
		if code[0] == 0x64 || code[0] == 0x65 {
			return true
		}
		prefixed, short = true, short || code[0] == 0x67
		code = code[1:]
	}
	rex := len(code) > 0 && code[0]&0xf0 == 0x40
	if rex {
		code = code[1:]
	}
	if len(code) == 0 {
		return false
	}
	var next byte
	if len(code) > 1 {
		next = code[1]
	}
	switch opcode := code[0]; {
	case opcode == 0x9d, opcode == 0xfd, opcode >= 0xd8 && opcode <= 0xdf: // POPF, STD, x87
		return true
	case opcode == 0x8d: // LEA
		return short
	case opcode>>4 == 7, opcode >= 0xe0 && opcode <= 0xe3, opcode == 0xe8, opcode == 0xe9, opcode == 0xeb, opcode == 0xc3:
		return prefixed || rex
	case opcode == 0xff && (next>>3&7 == 2 || next>>3&7 == 4): // CALL and JMP to where a register or word says
		return prefixed
	case opcode == 0x0f && next>>4 == 8:
		return prefixed || rex
	case opcode == 0x0f && next == 0xae && len(code) > 2: // LDMXCSR
		return code[2]>>6 != 3 && code[2]>>3&7 == 2
	case opcode == 0xc5 && len(code) > 3: // the same with VEX
		return code[2] == 0xae
	case opcode == 0xc4 && len(code) > 3:
		return next&0x1f == 1 && code[3] == 0xae
	}
	return false
}
