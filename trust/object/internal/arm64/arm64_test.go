package arm64

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

func TestDecode(t *testing.T) {
	for w, want := range map[uint32]Inst{
		0xd503201f: {},                                       // nop
		0x00000000: {Ends: true},                             // udf
		0xd4200000: {Ends: true},                             // brk
		0xd65f03c0: {Ends: true, Return: true},               // ret
		0xd61f0000: {Ends: true},                             // br x0
		0xd63f0000: {},                                       // blr x0
		0x14000002: {Kind: Branch, Target: 8, Ends: true},    // b .+8
		0x97ffffff: {Kind: Branch, Target: -4},               // bl .-4
		0x54000041: {Kind: Branch, Target: 8},                // b.ne
		0xb4ffffe0: {Kind: Branch, Target: -4},               // cbz
		0x37080040: {Kind: Branch, Target: 8},                // tbnz
		0x58000040: {Kind: Literal, Target: 8, Size: 8},      // ldr x0, .+8
		0x18000040: {Kind: Literal, Target: 8, Size: 4},      // ldr w0
		0x98000040: {Kind: Literal, Target: 8, Size: 4},      // ldrsw
		0x5c000040: {Kind: Literal, Target: 8, Size: 8},      // ldr d0
		0x9c000040: {Kind: Literal, Target: 8, Size: 16},     // ldr q0
		0xd8000040: {},                                       // prfm
		0xd50b7420: {},                                       // dc zva, x0
		0xd51b4200: {},                                       // msr nzcv, x0
		0xd503415f: {},                                       // msr dit, #1
		0xd53bd040: {},                                       // mrs x0, tpidr_el0
		0xd5033bbf: {},                                       // dmb ish
		0xd503233f: {},                                       // paciasp
		0x04200000: {Kind: Unknown},                          // SVE
		0xc0000000: {Kind: Unknown},                          // SME
		0xd4000001: {Kind: Forbidden, Reason: SystemCall},    // svc #0
		0xd4001001: {Kind: Forbidden, Reason: SystemCall},    // svc #0x80
		0xd4000002: {Kind: Forbidden, Reason: SystemCall},    // hvc
		0xd4000003: {Kind: Forbidden, Reason: SystemCall},    // smc
		0xd4400000: {Kind: Forbidden, Reason: Debug},         // hlt
		0xd4a00001: {Kind: Forbidden, Reason: Debug},         // dcps1
		0xd69f03e0: {Kind: Forbidden, Reason: Privileged},    // eret
		0xd6bf03e0: {Kind: Forbidden, Reason: Privileged},    // drps
		0xd51bd040: {Kind: Forbidden, Reason: ThreadPointer}, // msr tpidr_el0, x0
		0xd51be000: {Kind: Forbidden, Reason: Privileged},    // msr cntfrq_el0, x0
		0xd50b7b00: {Kind: Forbidden, Reason: Privileged},    // sys
		0xd503437f: {Kind: Forbidden, Reason: StateChange},   // smstart sm
		0xd50340df: {Kind: Forbidden, Reason: StateChange},   // msr daifset, #0
		0xd52b7420: {Kind: Forbidden, Reason: Privileged},    // sysl
	} {
		if got := Decode(w); got != want {
			t.Errorf("%08x: %+v, want %+v", w, got, want)
		}
	}
}

// TestAgainstLibrary compares with arm64asm on random words: where both know an
// instruction, they agree on what it does to control.
func TestAgainstLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var word [4]byte
	compared, kernel := 0, 0
	for range 2_000_000 {
		w := random.Uint32()
		if random.IntN(2) == 0 {
			w = 0xd4000000 | w&0xffffff // where exceptions and system instructions are
			w |= uint32(random.IntN(2)) << 24
		}
		binary.LittleEndian.PutUint32(word[:], w)
		theirs, err := arm64asm.Decode(word[:])
		if err != nil {
			continue
		}
		ours := Decode(w)
		switch theirs.Op {
		case arm64asm.SVC, arm64asm.HVC, arm64asm.SMC:
			kernel++
			if ours.Kind != Forbidden || ours.Reason != SystemCall {
				t.Errorf("%08x: %v, but %+v", w, theirs, ours)
			}
			continue
		}
		compared++
		for i, arg := range theirs.Args {
			target, ok := arg.(arm64asm.PCRel)
			if !ok || strings.HasPrefix(theirs.Op.String(), "ADR") || theirs.Op == arm64asm.PRFM {
				continue
			}
			if ours.Kind != Branch && ours.Kind != Literal || ours.Target != int64(target) {
				t.Errorf("%08x: %v (argument %d), but %+v", w, theirs, i, ours)
			}
		}
	}
	if compared < 300_000 || kernel < 1000 {
		t.Errorf("only %d instructions, %d system calls compared", compared, kernel)
	}
}
