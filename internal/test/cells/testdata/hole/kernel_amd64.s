// func kernel(at, number, a, b, c int64) int64
TEXT ·kernel(SB), 4, $0-48
	MOVQ at+0(FP), R12
	MOVQ number+8(FP), AX
	MOVQ a+16(FP), DI
	MOVQ b+24(FP), SI
	MOVQ c+32(FP), DX
	CALL R12
	MOVQ AX, ret+40(FP)
	RET
