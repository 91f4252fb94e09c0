package amd64

import "encoding/binary"

// maxLen is the processor's limit for an instruction with its prefixes.
const maxLen = 15

// prefixes before an opcode.
type prefixes struct {
	size16 bool // 66
	addr32 bool // 67
	rep    byte // f2 or f3, the last one
	lock   bool
	rex    byte
}

// Decode looks at the instruction that code starts with.
func Decode(code []byte) Inst {
	if len(code) > maxLen {
		code = code[:maxLen]
	}
	var p prefixes
	at := 0
	for ; at < len(code); at++ {
		switch code[at] {
		case 0x66:
			p.size16 = true
		case 0x67:
			p.addr32 = true
		case 0xf2, 0xf3:
			p.rep = code[at]
		case 0xf0:
			p.lock = true
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65: // segments
		default:
			return decodeOpcode(code, at, p)
		}
	}
	return Inst{Kind: Unknown}
}

func decodeOpcode(code []byte, at int, p prefixes) Inst {
	if code[at]&0xf0 == 0x40 {
		p.rex = code[at]
		at++
	}
	if at >= len(code) {
		return Inst{Kind: Unknown}
	}
	opcode := code[at]
	at++
	switch opcode {
	case 0x0f:
		return decodeTwo(code, at, p)
	case 0xc4, 0xc5, 0x62:
		if at > 1 && (p.rex != 0 || p.size16 || p.rep != 0 || p.lock) {
			return Inst{Kind: Unknown} // the processor refuses such a prefix here
		}
		return decodeVector(code, at, opcode)
	}
	a := oneByte[opcode]
	switch a {
	case group:
		return groupOne(code, at, opcode, p)
	case sys:
		return forbidden(code, at, forbiddenOne[opcode])
	}
	inst := operands(code, at, a, p)
	inst.Return = opcode == 0xc3 && inst.Len == 1
	return inst
}

func decodeTwo(code []byte, at int, p prefixes) Inst {
	if at >= len(code) {
		return Inst{Kind: Unknown}
	}
	opcode := code[at]
	at++
	switch opcode {
	case 0x38:
		return decodeThree(code, at, p)
	case 0x3a:
		if at >= len(code) || p.rep == 0xf3 { // F3 0F 3A F0: HRESET
			return Inst{Kind: Unknown}
		}
		return operands(code, at+1, mi8, p)
	case 0xb8:
		if p.rep != 0xf3 { // else POPCNT
			return Inst{Kind: Unknown}
		}
	}
	a := twoBytes[opcode]
	switch a {
	case group:
		return groupTwo(code, at, opcode, p)
	case sys:
		return forbidden(code, at, forbiddenTwo[opcode])
	}
	return operands(code, at, a, p)
}

// decodeThree is for the opcodes after 0f 38.
func decodeThree(code []byte, at int, p prefixes) Inst {
	if at >= len(code) {
		return Inst{Kind: Unknown}
	}
	opcode := code[at]
	at++
	switch {
	case opcode >= 0x80 && opcode <= 0x82: // INVEPT, INVVPID, INVPCID
		return forbidden(code, at, Privileged)
	case opcode == 0xf5, opcode == 0xf6 && !p.size16 && p.rep == 0: // WRUSS, WRSS; ADCX and ADOX have prefixes
		return forbidden(code, at, ShadowStack)
	case opcode >= 0xd8 && opcode <= 0xdf && p.rep == 0xf3: // key locker
		return forbidden(code, at, Privileged)
	case opcode == 0xf8: // ENQCMD, MOVDIR64B, URDMSR
		return forbidden(code, at, Privileged)
	case opcode > 0xf8 && opcode != 0xf9: // MOVDIRI
		return Inst{Kind: Unknown}
	}
	return operands(code, at, m, p)
}

// decodeVector is for what has a VEX or EVEX prefix, which in 64-bit mode are
// nothing else.
func decodeVector(code []byte, at int, prefix byte) Inst {
	var opcodes byte // which table
	switch {
	case prefix == 0xc5 && len(code) > at:
		opcodes = 1
		at++
	case prefix == 0xc4 && len(code) > at+1:
		opcodes = code[at] & 0x1f
		at += 2
	case prefix == 0x62 && len(code) > at+2:
		opcodes = code[at] & 7
		if code[at]&8 != 0 || code[at+1]&4 == 0 { // 32 general registers: not known here
			return Inst{Kind: Unknown}
		}
		at += 3
	}
	evex := prefix == 0x62
	if opcodes == 0 || opcodes > 3 && !(evex && (opcodes == 5 || opcodes == 6)) || at >= len(code) {
		return Inst{Kind: Unknown}
	}
	opcode := code[at]
	at++
	switch {
	case opcodes == 1 && opcode == 0x77 && !evex: // VZEROUPPER, VZEROALL
		return Inst{Len: at}
	case opcodes == 2 && !evex && (opcode == 0x49 || opcode == 0x4b || opcode == 0x5c || opcode == 0x5e): // tiles
		return Inst{Kind: Unknown}
	case opcodes == 1 && (opcode < 0x10 || opcode >= 0x30 && opcode < 0x40 || opcode >= 0x80 && opcode < 0x90):
		return Inst{Kind: Unknown} // no vector instructions there
	}
	withImm := opcodes == 3 || opcodes == 1 && (opcode >= 0x70 && opcode <= 0x73 || opcode == 0xc2 || opcode >= 0xc4 && opcode <= 0xc6)
	a := m
	if withImm {
		a = mi8
	}
	return operands(code, at, a, prefixes{})
}

func forbidden(code []byte, at int, why Reason) Inst {
	return Inst{Kind: Forbidden, Reason: why, Len: min(at, len(code))}
}

// operands measures what follows an opcode.
func operands(code []byte, at int, a attr, p prefixes) (inst Inst) {
	switch a {
	case bad:
		return Inst{Kind: Unknown}
	case m, mi8, miz:
		n, disp := modRM(code[at:])
		if n == 0 {
			return Inst{Kind: Unknown}
		}
		if disp >= 0 {
			inst.UsesAddress = true
			inst.Address = int64(int32(binary.LittleEndian.Uint32(code[at+disp:])))
		}
		at += n
		switch a {
		case mi8:
			at++
		case miz:
			at += p.immediate()
		}
	case i8, j8:
		at++
	case i16:
		at += 2
	case i24:
		at += 3
	case iz:
		at += p.immediate()
	case iv:
		if p.rex&8 != 0 {
			at += 8
		} else {
			at += p.immediate()
		}
	case addr:
		if p.addr32 {
			at += 4
		} else {
			at += 8
		}
	case jz:
		at += 4
	}
	if at > len(code) {
		return Inst{Kind: Unknown}
	}
	inst.Len = at
	switch a {
	case j8, jz:
		if p.size16 {
			return Inst{Kind: Unknown} // processors disagree about where it goes
		}
		inst.Kind, inst.Target = Branch, int64(int8(code[at-1]))
		if a == jz {
			inst.Target = int64(int32(binary.LittleEndian.Uint32(code[at-4:])))
		}
	}
	return inst
}

// immediate is the size of an immediate of operand size.
func (p *prefixes) immediate() int {
	if p.size16 && p.rex&8 == 0 {
		return 2
	}
	return 4
}

// modRM is the length of a ModRM byte and what belongs to it, 0 if that is cut
// off. For an operand relative to the instruction's end, disp is where its
// displacement stands; else it is -1.
func modRM(code []byte) (size, disp int) {
	if len(code) == 0 {
		return 0, -1
	}
	mod, rm := code[0]>>6, code[0]&7
	if mod == 3 {
		return 1, -1
	}
	size, disp = 1, -1
	base := rm
	if rm == 4 {
		if len(code) < 2 {
			return 0, -1
		}
		base = code[1] & 7
		size++
	}
	switch {
	case mod == 1:
		size++
	case mod == 2:
		size += 4
	case base == 5: // with mod 0: a displacement in place of a base
		if rm == 5 {
			disp = size
		}
		size += 4
	}
	if size > len(code) {
		return 0, -1
	}
	return size, disp
}
