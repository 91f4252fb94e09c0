//go:build postgres

#include "textflag.h"

// func pgstd_plain(p *byte, n int) bool
// A byte is neither NUL nor above 0x7f if it is more than 0 with a sign. X15 is zero,
// X0 what all bytes so far have in common.
TEXT runtime·pgstd_plain<ABIInternal>(SB),NOSPLIT|NOFRAME,$0-17
	LEAQ	-16(AX)(BX*1), CX	// the last 16
	LEAQ	-48(CX), DX
	PCMPEQL	X0, X0
	JMP	more
four:
	MOVOU	0(AX), X1
	MOVOU	16(AX), X2
	MOVOU	32(AX), X3
	MOVOU	48(AX), X4
	PCMPGTB	X15, X1
	PCMPGTB	X15, X2
	PCMPGTB	X15, X3
	PCMPGTB	X15, X4
	PAND	X1, X0
	PAND	X2, X3
	PAND	X4, X0
	PAND	X3, X0
	PMOVMSKB	X0, BX
	CMPL	BX, $0xffff
	JNE	done
	ADDQ	$64, AX
more:
	CMPQ	AX, DX
	JLS	four
one:
	CMPQ	AX, CX
	JHS	last
	MOVOU	0(AX), X1
	PCMPGTB	X15, X1
	PAND	X1, X0
	ADDQ	$16, AX
	JMP	one
last:
	// Some of them a second time.
	MOVOU	0(CX), X1
	PCMPGTB	X15, X1
	PAND	X1, X0
	PMOVMSKB	X0, BX
	CMPL	BX, $0xffff
done:
	SETEQ	AX
	RET
