package amd64

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

func TestWritesGoroutine(t *testing.T) {
	for _, c := range []struct {
		code string
		want bool
	}{
		{"\x4d\x89\xf0", false},                // mov %r14,%r8
		{"\x49\x3b\x66\x10", false},            // cmp 16(%r14),%rsp
		{"\x4d\x8b\x66\x30", false},            // mov 48(%r14),%r12
		{"\x41\x56", false},                    // push %r14
		{"\x4d\x39\xf4", false},                // cmp %r14,%r12
		{"\x48\x89\xf0", false},                // mov %rsi,%rax, whose number is that of %r14 but for a bit
		{"\x49\x89\xc6", true},                 // mov %rax,%r14
		{"\x45\x8b\x36", true},                 // mov (%r14),%r14d
		{"\x4d\x8d\x76\x08", true},             // lea 8(%r14),%r14
		{"\x41\xbe\x00\x00\x00\x00", true},     // mov $0,%r14d
		{"\x41\x5e", true},                     // pop %r14
		{"\x41\x8f\xc6", true},                 // the same
		{"\x49\x96", true},                     // xchg %rax,%r14
		{"\x4d\x87\x33", true},                 // xchg %r14,(%r11)
		{"\x49\xff\xc6", true},                 // inc %r14
		{"\x41\xff\xe6", false},                // jmp *%r14
		{"\x49\xf7\xde", true},                 // neg %r14
		{"\x49\xf7\xe6", false},                // mul %r14
		{"\x49\x83\xc6\x08", true},             // add $8,%r14
		{"\x49\x83\xfe\x08", false},            // cmp $8,%r14
		{"\x41\x0f\x94\xc6", true},             // sete %r14b
		{"\x4c\x0f\x44\xf3", true},             // cmove %rbx,%r14
		{"\x66\x49\x0f\x7e\xc6", true},         // movq %xmm0,%r14
		{"\x66\x4d\x0f\x6e\xf6", false},        // movq %r14,%xmm14
		{"\xf0\x4d\x0f\xc1\x33", true},         // lock xadd %r14,(%r11)
		{"\xc4\xc2\x88\xf3\xcf", true},         // blsr %r15,%r14
		{"\xc4\x42\x80\xf2\xf6", true},         // andn %r14,%r15,%r14
		{"\xc4\xc1\x79\x6f\x76\x08", false},    // vmovdqa 8(%r14),%xmm6
		{"\x4c\x8b\x35\x00\x00\x00\x00", true}, // mov 0(%rip),%r14
		{"\x64\x4d\x8b\x36", true},             // mov %fs:(%r14),%r14
		{"\xf3\x49\x0f\xae\xce", true},         // rdgsbase %r14
	} {
		if got := WritesGoroutine([]byte(c.code)); got != c.want {
			t.Errorf("% x: %v", c.code, got)
		}
	}
}

func TestLoadsGoroutine(t *testing.T) {
	good := "\x4c\x8b\x35\x01\x02\x03\x04\x64\x4d\x8b\x36"
	if len(good) != LenLoadsGoroutine || !LoadsGoroutine([]byte(good)) || !LoadsGoroutine([]byte(good+"\x90")) {
		t.Error("what the compiler makes is not known")
	}
	for i := range good {
		other := []byte(good)
		other[i] ^= 1
		if is := i >= 3 && i < 7; LoadsGoroutine(other) != is || LoadsGoroutine([]byte(good[:i])) {
			t.Errorf("with another byte %d, or cut there: wrong", i)
		}
	}
}

// TestRegistersAgainstLibrary: where the library says that an instruction's first operand, which most write to, is the stack pointer,
// that changes by a known size, or is only read, or is refused; where it is the goroutine's register, the instruction writes that.
func TestRegistersAgainstLibrary(t *testing.T) {
	reads := map[x86asm.Op]bool{x86asm.CMP: true, x86asm.TEST: true, x86asm.BT: true, x86asm.PUSH: true, x86asm.CALL: true, x86asm.JMP: true,
		x86asm.MUL: true, x86asm.IMUL: true, x86asm.DIV: true, x86asm.IDIV: true, x86asm.NOP: true,
		x86asm.UD1: true, x86asm.UD0: true}
	random := rand.New(rand.NewPCG(3, 4))
	code := make([]byte, 24)
	stackPointers, goroutines := 0, 0
	for range 6_000_000 {
		for i := range code {
			code[i] = byte(random.Uint32())
		}
		switch random.IntN(4) {
		case 0:
			code[random.IntN(3)] = 0x0f
		case 1:
			code[0] = 0x48 | code[0]&7
		}
		theirs, err := x86asm.Decode(code, 64)
		if err != nil || theirs.Op == 0 || code[0] == 0x62 || code[0] == 0xc4 || code[0] == 0xc5 {
			continue
		}
		if ours := Decode(code); ours.Kind == Unknown || ours.Kind == Forbidden || ours.Len != theirs.Len {
			continue
		}
		r, is := theirs.Args[0].(x86asm.Reg)
		if !is || reads[theirs.Op] && (theirs.Op != x86asm.IMUL || theirs.Args[1] == nil) {
			continue
		}
		switch r {
		case x86asm.R14, x86asm.R14L, x86asm.R14W, x86asm.R14B:
			goroutines++
			if !WritesGoroutine(code[:theirs.Len]) {
				t.Fatalf("% x: %v does not write the goroutine's register", code[:theirs.Len], theirs)
			}
			continue
		case x86asm.RSP, x86asm.ESP, x86asm.SP, x86asm.SPB:
			stackPointers++
		default:
			continue
		}
		size, ok := StackEffect(code[:theirs.Len])
		n, constant := theirs.Args[1].(x86asm.Imm)
		switch {
		case !ok:
		case r == x86asm.RSP && theirs.Op == x86asm.ADD && constant && size == -int64(n), r == x86asm.RSP && theirs.Op == x86asm.SUB && constant && size == int64(n):
		case r == x86asm.RSP && theirs.Op == x86asm.LEA:
		default:
			t.Fatalf("% x: %v changes the stack by %d", code[:theirs.Len], theirs, size)
		}
	}
	if stackPointers < 10_000 || goroutines < 10_000 {
		t.Errorf("only %d and %d instructions compared", stackPointers, goroutines)
	}
}
