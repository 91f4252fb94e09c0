package target_test

import (
	"encoding/binary"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// decodeA64 looks at the instruction that code starts with: its length, and
// whether it enters the kernel, a hypervisor or the firmware. All instructions are
// of one length, so it takes no knowledge of the others.
func decodeA64(code []byte) (size int, kernel bool, err error) {
	if len(code) < 4 { // a mark that the linker sets between functions
		return len(code), false, nil
	}
	switch binary.LittleEndian.Uint32(code) & 0xffe0001f {
	case 0xd4000001, 0xd4000002, 0xd4000003: // SVC, HVC, SMC, with any immediate
		kernel = true
	}
	return 4, kernel, nil
}

// decodeA64 against a disassembler, for every instruction of the group of exceptions
// that this knows: SVC, BRK, HLT, DCPS1-3.
func TestDecodeA64(t *testing.T) {
	known, calls := 0, 0
	for n := range uint32(1 << 24) {
		code := binary.LittleEndian.AppendUint32(nil, 0xd4000000|n)
		inst, err := arm64asm.Decode(code)
		if err != nil {
			continue
		}
		known++
		size, kernel, err := decodeA64(code)
		if size != 4 || kernel != (inst.Op == arm64asm.SVC) || err != nil {
			t.Fatalf("% x is %v: %d bytes, kernel %v, %v", code, inst, size, kernel, err)
		}
		if kernel {
			calls++
		}
	}
	if calls != 1<<16 || known < 3<<16 {
		t.Errorf("%d instructions, %d of them SVC", known, calls)
	}
}

// What the disassembler does not know, as GNU as writes it.
func TestDecodeA64Others(t *testing.T) {
	for code, want := range map[string]bool{
		"\x02\x00\x00\xd4": true,  // hvc #0
		"\xe2\xff\x1f\xd4": true,  // hvc #0xffff
		"\x03\x00\x00\xd4": true,  // smc #0
		"\x23\x01\x00\xd4": true,  // smc #9
		"\x04\x00\x00\xd4": false, // undefined
		"\xe0\x03\x9f\xd6": false, // eret
		"\x00\x00\x00\x00": false, // udf #0
		"\x1f\x20\x03\xd5": false, // nop
	} {
		if size, kernel, err := decodeA64([]byte(code)); size != 4 || kernel != want || err != nil {
			t.Errorf("% x: %d bytes, kernel %v, %v", code, size, kernel, err)
		}
	}
	if size, kernel, err := decodeA64([]byte{1, 0, 0}); size != 3 || kernel || err != nil {
		t.Errorf("three bytes: %d bytes, kernel %v, %v", size, kernel, err)
	}
}
