package amd64

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

func TestLength(t *testing.T) {
	for _, code := range []string{
		"\x90",
		"\xcd\x03",
		"\x48\xb8\x0f\x05\x00\x00\x00\x00\x00\x00",     // movabs
		"\x66\xb8\x0f\x05",                             // mov $0x50f,%ax
		"\xa1\x00\x00\x00\x00\x00\x00\x00\x00",         // movabs 0,%eax
		"\x67\xe8\x00\x00\x00\x00",                     // addr32 call, which the linker makes
		"\x66\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00", // data16 cs nopw
		"\xf6\x05\x10\x00\x00\x00\x01",                 // testb $1,16(%rip)
		"\xf7\xd8",                                     // neg %eax
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
		"\x0f\x01\xd0",                                 // xgetbv
		"\x0f\x01\xf9",                                 // rdtscp
		"\xf3\x0f\x1e\xfa",                             // endbr64
	} {
		if inst := Decode([]byte(code + "\x90\x90")); inst.Kind != Plain && inst.Kind != Branch || inst.Len != len(code) {
			t.Errorf("% x: %+v, want %d bytes", code, inst, len(code))
		}
		if inst := Decode([]byte(code[:len(code)-1])); len(code) > 1 && inst.Kind == Plain && inst.Len >= len(code) {
			t.Errorf("% x, cut off: %+v", code, inst)
		}
	}
}

func TestForbidden(t *testing.T) {
	for code, want := range map[string]Reason{
		"\x0f\x05":                 SystemCall,
		"\x48\x0f\x05":             SystemCall,
		"\x66\xf3\x48\x0f\x05":     SystemCall,
		"\x0f\x34":                 SystemCall,
		"\x0f\x07":                 SystemCall,
		"\x0f\x35":                 SystemCall,
		"\xcd\x80":                 SystemCall,
		"\xcd\x2e":                 Interrupt,
		"\xf1":                     Interrupt,
		"\xff\x18":                 FarTransfer,
		"\xff\x28":                 FarTransfer,
		"\x48\xff\x2d\x00\x00\x00": FarTransfer,
		"\xcb":                     FarTransfer,
		"\x48\xcf":                 FarTransfer,
		"\xe6\x80":                 Ports,
		"\xec":                     Ports,
		"\x6c":                     Ports,
		"\x8e\xd8":                 Segments,
		"\x0f\xa1":                 Segments,
		"\x0f\xb5\x08":             Segments,
		"\xf3\x48\x0f\xae\xd0":     ThreadPointer,
		"\xf3\x48\x0f\xae\xd8":     ThreadPointer,
		"\x0f\x01\xef":             ProtectionKeys,
		"\x0f\xae\x28":             StateRestore,
		"\x0f\xae\x08":             StateRestore,
		"\x0f\xc7\x18":             StateRestore,
		"\x0f\x01\xc1":             Virtualization,
		"\x0f\x01\xd9":             Virtualization,
		"\x0f\x01\xd7":             Virtualization,
		"\x0f\xc7\x30":             Virtualization,
		"\xc7\xf8\x00\x00\x00\x00": Transactions,
		"\x0f\x01\xd5":             Transactions,
		"\xf3\x0f\xc7\xf0":         UserInterrupts,
		"\xf3\x0f\x01\xec":         UserInterrupts,
		"\xf3\x48\x0f\xae\xe8":     ShadowStack,
		"\x0f\x38\xf6\x08":         ShadowStack,
		"\xf3\x0f\x01\x28":         ShadowStack,
		"\xf4":                     Privileged,
		"\xfa":                     Privileged,
		"\x0f\x22\xd8":             Privileged,
		"\x0f\x30":                 Privileged,
		"\x0f\x33":                 Privileged,
		"\x0f\x01\x10":             Privileged,
		"\x0f\x01\xf8":             Privileged,
		"\xf3\x0f\x38\xf8\x08":     Privileged,
		"\x66\x0f\x38\x82\x08":     Privileged,
	} {
		if inst := Decode([]byte(code + "\x90\x90\x90\x90")); inst.Kind != Forbidden || inst.Reason != want || inst.Len == 0 {
			t.Errorf("% x: %+v, want %v", code, inst, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, code := range []string{
		"", "\x0f", "\x66", "\x48", "\xc4", "\xc5\xf8", "\x62\xf1\x7d", // cut off
		"\x06", "\x9a\x00\x00\x00\x00\x00\x00", "\xea", "\xd6", "\x0f\x0a", "\x0f\xa6\xc0", // not in 64-bit mode
		"\x66\xe9\x00\x00\x00\x00", "\x66\xeb\x00", "\x66\x0f\x84\x00\x00\x00\x00", // not the same on all processors
		"\x66\xc5\xf8\x77", "\x48\xc5\xf8\x77", // #UD
		"\x62\xf4\x7c\x08\x01\xc0", "\xd5\x00\x01\xc0", // APX
		"\xc4\xe2\x78\x49\x00",     // tiles
		"\x8f\xe8\x78\xc0\xc0\x01", // XOP
		"\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90", // too long
		"\xf3\x0f\xae\xf0", // UMONITOR
		"\x48\x66\x90",     // a prefix after REX
	} {
		if inst := Decode([]byte(code)); inst.Kind != Unknown || inst.Len != 0 {
			t.Errorf("% x: %+v, want none", code, inst)
		}
	}
}

func TestBranches(t *testing.T) {
	for _, c := range []struct {
		code   string
		target int64
	}{
		{"\xeb\xfe", -2},
		{"\x74\x10", 16},
		{"\xe3\x01", 1},
		{"\xe2\xff", -1},
		{"\xe8\x00\x01\x00\x00", 256},
		{"\xe9\xfb\xff\xff\xff", -5},
		{"\x0f\x8f\x01\x00\x00\x00", 1},
	} {
		if inst := Decode([]byte(c.code)); inst.Kind != Branch || inst.Target != c.target || inst.Len != len(c.code) {
			t.Errorf("% x: %+v, want %d", c.code, inst, c.target)
		}
	}
	if inst := Decode([]byte("\x48\x8b\x05\x10\x00\x00\x00")); !inst.UsesAddress || inst.Address != 16 {
		t.Errorf("mov 16(%%rip),%%rax: %+v", inst)
	}
	if inst := Decode([]byte("\xc3")); !inst.Return {
		t.Errorf("ret: %+v", inst)
	}
}

// TestAgainstLibrary compares with x86asm on random bytes: where both know an
// instruction, they agree on its length and on what enters the kernel.
func TestAgainstLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	code := make([]byte, 24)
	both, kernel := 0, 0
	for range 3_000_000 {
		for i := range code {
			code[i] = byte(random.Uint32())
		}
		if random.IntN(4) == 0 {
			code[random.IntN(3)] = 0x0f
		}
		theirs, err := x86asm.Decode(code, 64)
		// 0 is a prefix that it makes an instruction of its own. Of instructions with
		// VEX and EVEX prefixes it knows few, and of some a wrong length.
		if err != nil || theirs.Op == 0 || code[0] == 0x62 || code[0] == 0xc4 || code[0] == 0xc5 {
			continue
		}
		ours := Decode(code)
		if enters := theirs.Op == x86asm.SYSCALL || theirs.Op == x86asm.SYSENTER ||
			theirs.Op == x86asm.INT && theirs.Args[0] == x86asm.Imm(0x80); enters {
			kernel++
			if ours.Kind != Forbidden || ours.Reason != SystemCall {
				t.Errorf("% x: %v, but %+v", code[:theirs.Len], theirs, ours)
			}
			continue
		}
		if ours.Kind == Forbidden || ours.Kind == Unknown {
			continue
		}
		both++
		if ours.Len != theirs.Len {
			t.Fatalf("% x: %v of %d bytes, but %+v", code[:15], theirs, theirs.Len, ours)
		}
		if target, ok := theirs.Args[0].(x86asm.Rel); ok && theirs.Op != x86asm.XBEGIN && (ours.Kind != Branch || ours.Target != int64(target)) {
			t.Fatalf("% x: %v, but %+v", code[:theirs.Len], theirs, ours)
		}
	}
	if both < 500_000 || kernel < 1000 {
		t.Errorf("only %d instructions, %d system calls compared", both, kernel)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x0f\x05"))
	f.Add([]byte("\x62\xf1\x7d\x48\x7f\x84\x24\x40\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, code []byte) {
		inst := Decode(code)
		if inst.Len > len(code) || inst.Len > maxLen || inst.Len == 0 && inst.Kind != Unknown {
			t.Errorf("% x: %+v", code, inst)
		}
	})
}
