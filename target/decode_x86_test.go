package target_test

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// decodeX86 decodes the instruction that code starts with: its length, and whether
// it enters the kernel. Those that x86asm does not know do not.
func decodeX86(code []byte) (size int, kernel bool, err error) {
	if size := max(vectorLength(code), carryLength(code)); size > 0 && size <= len(code) {
		return size, false, nil
	}
	inst, err := x86asm.Decode(code, 64)
	kernel = inst.Op == x86asm.SYSCALL || inst.Op == x86asm.SYSENTER ||
		inst.Op == x86asm.INT && inst.Args[0] == x86asm.Imm(0x80)
	return inst.Len, kernel, err
}

// vectorLength is the length of an instruction with a VEX or EVEX prefix, which
// x86asm does not know, or 0. None of them enters the kernel. In 64-bit mode
// these prefixes are nothing else.
func vectorLength(code []byte) int {
	var opcodes, at int // which table of opcodes, and where the opcode stands
	switch {
	case len(code) > 2 && code[0] == 0xc5:
		opcodes, at = 1, 2
	case len(code) > 3 && code[0] == 0xc4:
		opcodes, at = int(code[1]&0x1f), 3
	case len(code) > 4 && code[0] == 0x62:
		opcodes, at = int(code[1]&7), 4
	default:
		return 0
	}
	if len(code) < at+2 {
		return 0
	}
	opcode := code[at]
	at++
	if opcodes == 1 && opcode == 0x77 { // VZEROUPPER, VZEROALL: no operands
		return at
	}
	at += operandLength(code[at:])
	switch {
	case opcodes == 3:
		at++ // an immediate byte, always
	case opcodes == 1 && (opcode >= 0x70 && opcode <= 0x73 || opcode == 0xc2 || opcode >= 0xc4 && opcode <= 0xc6):
		at++
	}
	return at
}

// carryLength is the length of an ADCX or ADOX, or 0.
func carryLength(code []byte) int {
	at := 0
	if len(code) > 0 && (code[0] == 0x66 || code[0] == 0xf3) {
		at++
	}
	if len(code) > at && code[at]&0xf0 == 0x40 { // REX
		at++
	}
	if len(code) < at+4 || string(code[at:at+3]) != "\x0f\x38\xf6" {
		return 0
	}
	return at + 3 + operandLength(code[at+3:])
}

// operandLength is the length of a ModRM byte and what belongs to it.
func operandLength(code []byte) int {
	mod, rm := code[0]>>6, code[0]&7
	size := 1
	if mod == 3 {
		return size
	}
	base := rm
	if rm == 4 && len(code) > 1 {
		base = code[1] & 7
		size++
	}
	switch {
	case mod == 1:
		size++
	case mod == 2, base == 5: // with mod 0, base 5 stands for a displacement
		size += 4
	}
	return size
}

func TestInstructionLength(t *testing.T) {
	for _, code := range []string{
		"\xc5\xf8\x77",                                 // vzeroupper
		"\xc5\xfd\x6f\x06",                             // vmovdqa (%rsi),%ymm0
		"\xc5\xfd\x6f\x44\x24\x20",                     // vmovdqa 32(%rsp),%ymm0
		"\xc5\xfd\x6f\x05\x10\x00\x00\x00",             // vmovdqa 16(%rip),%ymm0
		"\xc4\xe2\x7d\x00\xc1",                         // vpshufb %ymm1,%ymm0,%ymm0
		"\xc4\xe3\x7d\x46\xc1\x20",                     // vperm2i128 $32,%ymm1,%ymm0,%ymm0
		"\xc5\xf5\x72\xf0\x07",                         // vpslld $7,%ymm0,%ymm1
		"\xc4\xe3\x7b\xf0\xc3\x19",                     // rorx $25,%ebx,%eax
		"\x66\x4c\x0f\x38\xf6\xeb",                     // adcx %rbx,%r13
		"\xf3\x4d\x0f\x38\xf6\x28",                     // adox (%r8),%r13
		"\x62\xf1\x7d\x48\x7f\x84\x24\x40\x01\x00\x00", // vmovdqa32 %zmm0,320(%rsp)
	} {
		if size, kernel, err := decodeX86([]byte(code + "\x90\x90")); err != nil || size != len(code) || kernel {
			t.Errorf("% x: %d bytes, want %d; kernel %v, %v", code, size, len(code), kernel, err)
		}
	}
	for _, code := range []string{"\x0f\x05", "\x90", "\xc5", "", "\x62\x00"} {
		if n := vectorLength([]byte(code)) + carryLength([]byte(code)); n != 0 {
			t.Errorf("% x: %d bytes, want none", code, n)
		}
	}
}

func TestSystemCallInstructions(t *testing.T) {
	for code, want := range map[string]bool{"\x0f\x05": true, "\x0f\x34": true, "\xcd\x80": true, "\xcd\x03": false, "\xcc": false} {
		if size, kernel, err := decodeX86([]byte(code)); err != nil || size != len(code) || kernel != want {
			t.Errorf("% x: %d bytes, kernel %v, %v", code, size, kernel, err)
		}
	}
}
