package amd64

import "testing"

func TestMayFault(t *testing.T) {
	for _, c := range []struct {
		code string
		want bool
	}{
		{"\x49\x3b\x66\x10", false},                    // cmp 16(%r14), %rsp
		{"\x48\x3b\x66\x10", true},                     // cmp 16(%rsi), %rsp
		{"\x4d\x3b\x66\x10", false},                    // cmp 16(%r14), %r12
		{"\x4c\x8d\x64\x24\x80", false},                // lea -128(%rsp), %r12
		{"\x48\x89\x44\x24\x08", false},                // mov %rax, 8(%rsp)
		{"\x49\x89\x44\x24\x08", true},                 // mov %rax, 8(%r12)
		{"\x48\x89\x44\x0c\x08", true},                 // mov %rax, 8(%rsp,%rcx)
		{"\x48\x8b\x05\x00\x00\x00\x00", true},         // mov 0(%rip), %rax
		{"\xf2\x0f\x11\x44\x24\x08", false},            // movsd %xmm0, 8(%rsp)
		{"\x64\x48\x8b\x04\x25\xf8\xff\xff\xff", true}, // mov %fs:-8, %rax
		{"\x55", false},                                // push %rbp
		{"\x76\x10", false},                            // jbe
		{"\x0f\x86\x00\x00\x00\x00", false},            // jbe
		{"\x48\xf7\xf9", true},                         // idiv %rcx
		{"\x0f\x0b", true},                             // ud2
		{"\xf3\x48\xab", true},                         // rep stosq
	} {
		if got := MayFault([]byte(c.code)); got != c.want {
			t.Errorf("% x: %v", c.code, got)
		}
	}
}
