package amd64

import "testing"

func TestUnused(t *testing.T) {
	for _, c := range []struct {
		code string
		want bool
	}{
		{"\xc3", false},                                // ret
		{"\xf3\xc3", true},                             // rep ret
		{"\x66\xc3", true},                             // retw
		{"\x48\xc3", true},                             // rex.w ret
		{"\xe8\x00\x00\x00\x00", false},                // call
		{"\x66\xe8\x00\x00\x00\x00", true},             // the same, of 16 bits or not
		{"\x66\x74\x00", true},                         // je
		{"\x74\x00", false},                            // je
		{"\x2e\x0f\x84\x00\x00\x00\x00", true},         // je, with a hint
		{"\x0f\x84\x00\x00\x00\x00", false},            // je
		{"\x41\xff\xd3", false},                        // call *%r11
		{"\x3e\xff\xe0", true},                         // notrack jmp *%rax
		{"\x67\x48\x8d\x64\x24\xe8", true},             // lea -24(%esp), %rsp
		{"\x48\x8d\x64\x24\xe8", false},                // lea -24(%rsp), %rsp
		{"\xfd", true},                                 // std
		{"\x48\x9d", true},                             // popf
		{"\xdb\xe3", true},                             // fninit
		{"\x0f\xae\x14\x24", true},                     // ldmxcsr (%rsp)
		{"\x0f\xae\x1c\x24", false},                    // stmxcsr (%rsp)
		{"\x0f\xae\xf0", false},                        // mfence
		{"\xc5\xf8\xae\x14\x24", true},                 // vldmxcsr (%rsp)
		{"\xc4\xe1\x78\xae\x14\x24", true},             // the same
		{"\xc5\xf8\x77", false},                        // vzeroupper
		{"\xf3\x48\xab", false},                        // rep stosq
		{"\x64\x4c\x8b\x34\x25\xf8\xff\xff\xff", true}, // mov %fs:-8, %r14
		{"\xf0\x48\x0f\xb1\x0a", false},                // lock cmpxchg %rcx, (%rdx)
	} {
		if got := Unused([]byte(c.code)); got != c.want {
			t.Errorf("% x: %v", c.code, got)
		}
	}
}
