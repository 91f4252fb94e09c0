package arm64

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

func assemble(words ...uint32) (code []byte) {
	for _, w := range words {
		code = binary.LittleEndian.AppendUint32(code, w)
	}
	return code
}

func TestFrameAt(t *testing.T) {
	const stp, mov, ldp = saveBoth, enterFrame, restoreBoth
	for _, c := range []struct {
		code []uint32
		want Frame
	}{
		{[]uint32{0xf81b0ffe}, Frame{4, 80, true}},                            // str x30, [sp, #-80]!
		{[]uint32{0xf84507fe}, Frame{4, -80, true}},                           // ldr x30, [sp], #80
		{[]uint32{0xd11a43f4, stp, mov}, Frame{12, 0x690, true}},              // sub x20, sp, #0x690
		{[]uint32{0xd14007f4, stp, mov}, Frame{12, 0x1000, true}},             // sub x20, sp, #1, lsl #12
		{[]uint32{0xd10043f4, 0xd1400694, stp, mov}, Frame{16, 0x1010, true}}, // sub x20, sp, #16; sub x20, x20, #1, lsl #12
		{[]uint32{0xd282d21b, 0xcb3b63f4, stp, mov}, Frame{16, 0x1690, true}}, // mov x27, #0x1690; sub x20, sp, x27
		{[]uint32{0xd290d41b, 0xf2a0003b, 0xcb3b63f4, stp, mov}, Frame{20, 0x186a0, true}},
		{[]uint32{0xb26d03fb, 0xcb3b63f4, stp, mov}, Frame{16, 0x80000, true}}, // orr x27, xzr, #0x80000
		{[]uint32{ldp, 0x911a43ff}, Frame{8, -0x690, true}},                    // ldp x29, x30, [sp, #-8]; add sp, sp, #0x690
		{[]uint32{ldp, 0xd282d21b, 0x8b3b63ff}, Frame{12, -0x1690, true}},      // add sp, sp, x27
		{[]uint32{0x911a43ff}, Frame{4, -0x690, false}},                        // add sp, sp, #0x690
		{[]uint32{0x910043ff, 0x914007ff}, Frame{8, -0x1010, false}},           // add sp, sp, #16; add sp, sp, #1, lsl #12
		{[]uint32{0xd11a43f4, mov}, Frame{}},                                   // nothing is saved
		{[]uint32{0xd11a43f4, stp}, Frame{}},                                   // it ends with the code
		{[]uint32{0xd11a43f4, stp, 0x9100027f}, Frame{}},                       // mov sp, x19
		{[]uint32{0xd11a4014, stp, mov}, Frame{}},                              // sub x20, x0, #0x690
		{[]uint32{0xd11a43ff}, Frame{}},                                        // sub sp, sp, #0x690
		{[]uint32{0xd282d21a, 0xcb3b63f4, stp, mov}, Frame{}},                  // mov x26, #0x1690
		{[]uint32{0xcb3b63f4, stp, mov}, Frame{}},                              // of a register that nothing is known of
		{[]uint32{0xf81b0ffd}, Frame{}},                                        // str x29, [sp, #-80]!
		{[]uint32{ldp}, Frame{}},
		{[]uint32{0xf8050ffe}, Frame{}}, // str x30, [sp, #80]!
		{[]uint32{0xf85b07fe}, Frame{}}, // ldr x30, [sp], #-80
	} {
		if got := FrameAt(assemble(c.code...)); got != c.want {
			t.Errorf("%08x: %+v, want %+v", c.code, got, c.want)
		}
	}
}

func TestAddressAt(t *testing.T) {
	for _, c := range []struct {
		first, second uint32
		want          Address
		ok            bool
	}{
		{0x90000000, 0x91004000, Address{0, 16, true}, true},        // adrp x0, 0; add x0, x0, #16
		{0xb0000000, 0x91004000, Address{1 << 12, 16, true}, true},  // adrp x0, 1
		{0xf0ffffe0, 0x91004000, Address{-1 << 12, 16, true}, true}, // adrp x0, -1
		{0x9000001b, 0xf9400b65, Address{0, 16, false}, true},       // adrp x27, 0; ldr x5, [x27, #16]
		{0x9000001b, 0xb9000f60, Address{0, 12, false}, true},       // str w0, [x27, #12]
		{0x9000001b, 0x3dc00760, Address{0, 16, false}, true},       // ldr q0, [x27, #16]
		{0x90000003, 0xf9400863, Address{0, 16, false}, true},       // ldr x3, [x3, #16]
		{0x90000003, 0xf9400864, Address{}, false},                  // ldr x4, [x3, #16]
		{0x90000003, 0x39400463, Address{}, false},                  // ldrb w3, [x3, #1]
		{0x90000003, 0xf9000863, Address{}, false},                  // str x3, [x3, #16]
		{0x90000000, 0x91004001, Address{}, false},                  // add x1, x0, #16
		{0x90000000, 0x91004020, Address{}, false},                  // add x0, x1, #16
		{0x90000000, 0x91404000, Address{}, false},                  // add x0, x0, #16, lsl #12
		{0x90000000, 0xb1004000, Address{}, false},                  // adds x0, x0, #16
		{0x9000001b, 0xf8410f65, Address{}, false},                  // ldr x5, [x27, #16]!
		{0x9000001f, 0x910043ff, Address{}, false},                  // adrp xzr; add sp, sp, #16
		{0x10000000, 0x91004000, Address{}, false},                  // adr
	} {
		if got, ok := AddressAt(assemble(c.first, c.second)); ok != c.ok || ok && got != c.want {
			t.Errorf("%08x %08x: %+v, %v", c.first, c.second, got, ok)
		}
	}
}

// TestWritesAgainstLibrary compares with arm64asm on random words: what names the stack pointer, or the registers with the
// return address and the goroutine, as what it writes is known to.
func TestWritesAgainstLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var word [4]byte
	stack, link, current, compared := 0, 0, 0, 0
	for range 1_500_000 {
		w := random.Uint32()
		for _, at := range []int{0, 5, 10, 16} { // where registers are named
			if random.IntN(3) == 0 {
				w = w&^(31<<at) | [...]uint32{goroutine, linkRegister, stackPointer}[random.IntN(3)]<<at
			}
		}
		binary.LittleEndian.PutUint32(word[:], w)
		theirs, err := arm64asm.Decode(word[:])
		if ours := Decode(w); err != nil || ours.Kind == Unknown || ours.Kind == Forbidden {
			continue
		}
		compared++
		toStack, toLink := written(theirs, linkRegister)
		_, toGoroutine := written(theirs, goroutine)
		if toStack {
			stack++
		}
		if toLink {
			link++
		}
		if toGoroutine {
			current++
		}
		if toStack && !WritesStack(w) || toLink && !WritesLink(w) || toGoroutine && !WritesGoroutine(w) {
			t.Errorf("%08x: %v", w, theirs)
		}
	}
	if compared < 200_000 || stack < 5_000 || link < 5_000 || current < 5_000 {
		t.Errorf("only %d instructions compared, %d with the stack pointer, %d with the return address, %d with the goroutine", compared, stack, link, current)
	}
}

// written says whether an instruction writes the stack pointer, or a register.
func written(inst arm64asm.Inst, number int) (stack, general bool) {
	x, w := arm64asm.X0+arm64asm.Reg(number), arm64asm.W0+arm64asm.Reg(number)
	for _, arg := range inst.Args {
		m, ok := arg.(arm64asm.MemImmediate)
		if moves := ok && (m.Mode == arm64asm.AddrPreIndex || m.Mode == arm64asm.AddrPostIndex || m.Mode == arm64asm.AddrPostReg); moves {
			stack = stack || m.Base == arm64asm.RegSP(arm64asm.SP)
			general = general || m.Base == arm64asm.RegSP(x)
		}
	}
	results := inst.Args[:1]
	switch op := inst.Op; op {
	case arm64asm.LDP, arm64asm.LDPSW, arm64asm.LDNP, arm64asm.LDXP, arm64asm.LDAXP:
		results = inst.Args[:2]
	case arm64asm.STP, arm64asm.STNP, arm64asm.STR, arm64asm.STRB, arm64asm.STRH, arm64asm.STUR, arm64asm.STURB, arm64asm.STURH, arm64asm.STTR, arm64asm.STTRB,
		arm64asm.STTRH, arm64asm.STLR, arm64asm.STLRB, arm64asm.STLRH, arm64asm.CBZ, arm64asm.CBNZ, arm64asm.TBZ, arm64asm.TBNZ, arm64asm.CMP, arm64asm.CMN,
		arm64asm.TST, arm64asm.CCMP, arm64asm.CCMN, arm64asm.PRFM, arm64asm.PRFUM, arm64asm.BR, arm64asm.RET, arm64asm.MSR, arm64asm.SYS, arm64asm.DC, arm64asm.IC,
		arm64asm.FCMP, arm64asm.FCMPE:
		return stack, general
	case arm64asm.BL, arm64asm.BLR:
		return stack, number == linkRegister
	}
	for _, arg := range results {
		switch r := arg.(type) {
		case arm64asm.Reg:
			general = general || r == x || r == w
		case arm64asm.RegSP:
			general = general || r == arm64asm.RegSP(x) || r == arm64asm.RegSP(w)
			stack = stack || r == arm64asm.RegSP(arm64asm.SP) || r == arm64asm.RegSP(arm64asm.WSP)
		}
	}
	return stack, general
}
