package amd64

// Opcodes of which the ModRM byte, or the byte that follows, says what they are.

func groupOne(code []byte, at int, opcode byte, p prefixes) Inst {
	if at >= len(code) {
		return Inst{Kind: Unknown}
	}
	next := code[at]
	mod, reg := next>>6, next>>3&7
	switch opcode {
	case 0x8f: // POP; else AMD's XOP
		if reg != 0 {
			return Inst{Kind: Unknown}
		}
		return operands(code, at, m, p)
	case 0xc6, 0xc7: // MOV
		if next == 0xf8 {
			return forbidden(code, at+1, Transactions) // XABORT, XBEGIN
		}
		if reg != 0 {
			return Inst{Kind: Unknown}
		}
		if opcode == 0xc6 {
			return operands(code, at, mi8, p)
		}
		return operands(code, at, miz, p)
	case 0xcd: // INT
		switch next {
		case 3: // the breakpoint, in Go's spelling
			return Inst{Len: at + 1}
		case 0x80:
			return forbidden(code, at+1, SystemCall)
		}
		return forbidden(code, at+1, Interrupt)
	case 0xf6, 0xf7: // TEST, which has an immediate, NOT, NEG, MUL, DIV
		switch {
		case reg > 1:
			return operands(code, at, m, p)
		case opcode == 0xf6:
			return operands(code, at, mi8, p)
		}
		return operands(code, at, miz, p)
	case 0xfe: // INC, DEC
		if reg > 1 {
			return Inst{Kind: Unknown}
		}
	case 0xff: // INC, DEC, CALL, far CALL, JMP, far JMP, PUSH
		switch {
		case reg == 7, (reg == 3 || reg == 5) && mod == 3:
			return Inst{Kind: Unknown}
		case reg == 3, reg == 5:
			return forbidden(code, at+1, FarTransfer)
		}
	}
	return operands(code, at, m, p)
}

func groupTwo(code []byte, at int, opcode byte, p prefixes) Inst {
	if at >= len(code) {
		return Inst{Kind: Unknown}
	}
	next := code[at]
	mod, reg := next>>6, next>>3&7
	switch opcode {
	case 0x01:
		return group7(code, at+1, next, p)
	case 0xae: // group 15
		switch {
		case mod == 3 && p.rep == 0xf3 && (reg == 2 || reg == 3): // WRFSBASE, WRGSBASE
			return forbidden(code, at+1, ThreadPointer)
		case mod == 3 && p.rep == 0xf3 && reg == 5: // INCSSP
			return forbidden(code, at+1, ShadowStack)
		case mod == 3 && p.rep != 0 && reg > 1, mod == 3 && p.rep == 0 && reg < 5:
			return Inst{Kind: Unknown} // UMWAIT and the like
		case mod != 3 && p.rep == 0xf3 && reg == 6: // CLRSSBSY
			return forbidden(code, at+1, ShadowStack)
		case mod != 3 && (reg == 1 || reg == 5): // FXRSTOR, XRSTOR
			return forbidden(code, at+1, StateRestore)
		}
	case 0xc7: // group 9
		switch {
		case mod != 3 && (reg == 3 || reg == 5): // XRSTORS, XSAVES
			return forbidden(code, at+1, StateRestore)
		case mod != 3 && reg > 5: // VMPTRLD, VMXON, VMCLEAR, VMPTRST
			return forbidden(code, at+1, Virtualization)
		case mod == 3 && reg == 6 && p.rep != 0: // SENDUIPI
			return forbidden(code, at+1, UserInterrupts)
		case mod == 3 && reg < 6, mod != 3 && (reg == 0 || reg == 2):
			return Inst{Kind: Unknown}
		}
	}
	return operands(code, at, m, p)
}

// group7 is 0f 01, system instructions but for two.
func group7(code []byte, at int, next byte, p prefixes) Inst {
	switch {
	case p.rep == 0 && !p.size16 && (next == 0xd0 || next == 0xf9): // XGETBV, RDTSCP
		return Inst{Len: at}
	case next == 0xef && p.rep == 0: // WRPKRU
		return forbidden(code, at, ProtectionKeys)
	case next >= 0xc0 && next <= 0xc4, next == 0xcf, next >= 0xd7 && next <= 0xdf, next == 0xd4: // VMCALL, ENCLU, VMRUN …
		return forbidden(code, at, Virtualization)
	case next == 0xd5, next == 0xd6: // XEND, XTEST
		return forbidden(code, at, Transactions)
	case p.rep == 0xf3 && next >= 0xec && next <= 0xef: // UIRET, TESTUI, CLUI, STUI
		return forbidden(code, at, UserInterrupts)
	case p.rep == 0xf3 && (next>>3&7 == 5): // RSTORSSP, SETSSBSY, SAVEPREVSSP
		return forbidden(code, at, ShadowStack)
	}
	return forbidden(code, at, Privileged)
}
