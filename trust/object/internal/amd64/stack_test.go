package amd64

import "testing"

func TestStackEffect(t *testing.T) {
	for _, c := range []struct {
		code string
		size int64
		ok   bool
	}{
		{"\x55", 8, true},                                // push %rbp
		{"\x5d", -8, true},                               // pop %rbp
		{"\x41\x5c", -8, true},                           // pop %r12
		{"\x5c", -8, false},                              // pop %rsp
		{"\x48\x83\xec\x18", 24, true},                   // sub $24,%rsp
		{"\x48\x83\xec\x80", -128, true},                 // sub $-128,%rsp
		{"\x48\x81\xec\x00\x02\x00\x00", 512, true},      // sub $512,%rsp
		{"\x48\x83\xc4\x18", -24, true},                  // add $24,%rsp
		{"\x48\x81\xc4\x00\x02\x00\x00", -512, true},     // add $512,%rsp
		{"\x48\x8d\x64\x24\xe8", 24, true},               // lea -24(%rsp),%rsp
		{"\x48\x8d\xa4\x24\x00\x02\x00\x00", -512, true}, // lea 512(%rsp),%rsp
		{"\x48\x8d\x63\x08", 0, false},                   // lea 8(%rbx),%rsp
		{"\x4c\x8d\x64\x24\x80", 0, true},                // lea -128(%rsp),%r12
		{"\x48\x89\xe5", 0, true},                        // mov %rsp,%rbp
		{"\x48\x89\xec", 0, false},                       // mov %rbp,%rsp
		{"\x48\x8b\x23", 0, false},                       // mov (%rbx),%rsp
		{"\x48\x3b\x66\x10", 0, true},                    // cmp 16(%rsi),%rsp
		{"\x48\x83\xe4\xf0", 0, false},                   // and $-16,%rsp
		{"\x48\x83\xfc\x10", 0, true},                    // cmp $16,%rsp
		{"\x66\x83\xc4\x10", 0, false},                   // add $16,%sp
		{"\x83\xc4\x10", 0, false},                       // add $16,%esp
		{"\x48\xff\xc4", 0, false},                       // inc %rsp
		{"\x48\xf7\xdc", 0, false},                       // neg %rsp
		{"\x48\x94", 0, false},                           // xchg %rax,%rsp
		{"\x48\x87\xe3", 0, false},                       // xchg %rsp,%rbx
		{"\xc9", 0, false},                               // leave
		{"\xc2\x08\x00", 0, false},                       // ret $8
		{"\xc3", 0, true},                                // ret
		{"\xff\x74\x24\x08", 8, true},                    // push 8(%rsp)
		{"\x48\x0f\x44\xe3", 0, false},                   // cmove %rbx,%rsp
		{"\x0f\x10\x64\x24\x10", 0, true},                // movups 16(%rsp),%xmm4
		{"\xf2\x48\x0f\x2d\xe0", 0, false},               // cvtsd2si %xmm0,%rsp
		{"\xc5\xfd\x6f\x64\x24\x20", 0, true},            // vmovdqa 32(%rsp),%ymm4
		{"\xc4\xe2\xd8\xf3\xcb", 0, false},               // blsr %rbx,%rsp
		{"\xc4\xe2\xe0\xf2\xe3", 0, false},               // andn %rbx,%rbx,%rsp
		{"\x49\x83\xc4\x18", 0, true},                    // add $24,%r12
		{"\xf3\x48\x0f\xae\xc4", 0, false},               // rdfsbase %rsp
		{"\xf3\x48\x0f\xae\xcc", 0, false},               // rdgsbase %rsp
		{"\xf3\x48\x0f\x1e\xcc", 0, false},               // rdsspq %rsp
		{"\xf3\x0f\x1e\xfa", 0, true},                    // endbr64
		{"\x0f\xae\xf0", 0, true},                        // mfence
		{"\xc4\xe2\xf9\xe0\x23", 0, false},               // cmpoxadd %rax,%rsp,(%rbx)
		{"\x62\xf5\x7e\x08\x6c\xe0", 0, false},           // vcvttss2usis %xmm0,%esp
	} {
		if size, ok := StackEffect([]byte(c.code)); ok != c.ok || ok && size != c.size {
			t.Errorf("% x: %d, %v", c.code, size, ok)
		}
	}
}
