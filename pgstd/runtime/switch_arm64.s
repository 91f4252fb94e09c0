//go:build postgres

// The switch between host and world. Both sides keep their own stack; a switch
// leaves behind what the other side does not keep and takes up what its own
// needs. The host's side is pgstd_switch in host/switch_arm64.h: it has the C
// compiler keep everything but R29 and SP, which saves and restores less than
// the C ABI would; F8-F15 and R18 are among that. Go keeps R29, and wants the
// current goroutine in R28; it never touches R18.
//
// A call runs as: host BLs pgstd_enter, which goes over to the Go stack and BLs
// the wrapper; that RETs, pgstd_enter goes back and RETs to the host. BLs and
// RETs pair up, so the return predictor is right each time.
//
// Go keeps the frame pointer of a function's caller in the word below the
// function's SP. So what is saved below SP on the Go stack leaves that word out.
// SP is a multiple of 16 on both sides at all times: the hardware looks.

#include "go_asm.h"
#include "funcdata.h"
#include "textflag.h"

#define HOST_SP	runtime·pgstdControl+pgstdControlBlock_hostSP(SB)
#define WORLD_SP	runtime·pgstdControl+pgstdControlBlock_worldSP(SB)
#define IN_WORLD	runtime·pgstdControl+pgstdControlBlock_inWorld(SB)
#define CANCEL	runtime·pgstdControl+pgstdControlBlock_cancel(SB)
#define EVENT	runtime·pgstdControl+pgstdControlBlock_event(SB)
#define DEATH	runtime·pgstdControl+pgstdControlBlock_death(SB)
#define CONFIG	runtime·pgstdControl+pgstdControlBlock_config(SB)
#define CURRENT_G	runtime·pgstdControl+pgstdControlBlock_g(SB)

// The frame that stays on the world's stack while the host runs: R29, LR and
// the word that belongs to Go.
#define WORLD_FRAME	32

// R0 is the event. R29 and the return address lie at the host's SP.
#define RETURN_TO_HOST \
	MOVW	ZR, IN_WORLD; \
	MOVD	HOST_SP, R1; \
	MOVD	R1, RSP; \
	LDP.P	16(RSP), (R29, R30); \
	RET

// int64 pgstd_start(const PgstdConfig *config), by way of pgstd_switch.
// Runs the stock start-up on the stack that the host gives. It comes back
// through pgstdSwitch, from pause or from exit. As pgstd_enter does, it reads cancel
// after it has set inWorld: init functions may not end by themselves.
TEXT pgstd_start(SB),NOSPLIT|NOFRAME,$0-0
	STP.W	(R29, R30), -16(RSP)
	MOVD	RSP, R1
	MOVD	R1, HOST_SP
	MOVWU	pgstdConfig_magic(R0), R1
	MOVD	$const_pgstdMagic, R2
	CMP	R2, R1
	BNE	mismatch
	MOVWU	pgstdConfig_abiVersion(R0), R1
	CMP	$const_pgstdABIVersion, R1
	BNE	mismatch
	MOVD	pgstdConfig_structSize(R0), R1
	CMP	$const_pgstdConfigSize, R1
	BNE	mismatch
	MOVD	pgstdConfig_hooks(R0), R3
	CBZ	R3, mismatch
	MOVWU	pgstdHooks_magic(R3), R1
	CMP	R2, R1
	BNE	mismatch
	MOVWU	pgstdHooks_abiVersion(R3), R1
	CMP	$const_pgstdABIVersion, R1
	BNE	mismatch
	MOVD	pgstdHooks_structSize(R3), R1
	CMP	$const_pgstdHooksSize, R1
	BNE	mismatch
	MOVD	R0, CONFIG
	MOVW	$1, R1
	MOVW	R1, IN_WORLD
	MOVWU	CANCEL, R1
	CBNZ	R1, cancelled
	MOVD	pgstdConfig_stackHigh(R0), R1
	MOVD	R1, RSP
	MOVD	pgstdConfig_argv(R0), R1
	MOVD	pgstdConfig_argc(R0), R0
	B	runtime·rt0_go(SB)
cancelled:
	B	pgstd_abort(SB)
mismatch:
	MOVW	$const_pgstdDeathABI, R1
	MOVW	R1, DEATH
	MOVD	$const_pgstdEventDead, R0
	RETURN_TO_HOST

// int64 pgstd_enter(PgstdControl *control), by way of pgstd_switch.
// inWorld is set before cancel is read: a signal handler that runs before the
// store sets cancel, one that runs after it may resume at pgstd_abort, for
// which all that it needs has been saved.
TEXT pgstd_enter(SB),NOSPLIT|NOFRAME,$0-0
	STP.W	(R29, R30), -16(RSP)
	MOVD	RSP, R1
	MOVD	R1, pgstdControlBlock_hostSP(R0)
	MOVW	$1, R1
	MOVW	R1, pgstdControlBlock_inWorld(R0)
	MOVWU	pgstdControlBlock_cancel(R0), R1
	CBNZ	R1, cancelled
	MOVD	pgstdControlBlock_worldSP(R0), R1
	MOVD	R1, RSP
	LDP.P	WORLD_FRAME(RSP), (R29, R30)
	B	pgstdResume<>(SB)
cancelled:
	B	pgstd_abort(SB)

// pgstdResume takes the place of pgstdSwitch, with the same return address.
TEXT pgstdResume<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	pgstdControlBlock_g(R0), g
	MOVWU	pgstdControlBlock_op(R0), R1
	CMPW	$const_pgstdOpCall, R1
	BNE	other
	B	runtime·pgstdCall(SB)
other:
	CMPW	$const_pgstdOpTurn, R1
	BEQ	before
	CMPW	$const_pgstdOpMain, R1
	BEQ	before
	RET
before:
	B	pgstdBefore<>(SB)

// What is not a call, or comes before one.
TEXT pgstdBefore<>(SB),NOSPLIT,$0-0
	NO_LOCAL_POINTERS
	CMPW	$const_pgstdOpMain, R1
	BEQ	main
	CALL	runtime·pgstdTurn<ABIInternal>(SB)
	MOVD	$runtime·pgstdControl(SB), R0
	RET	runtime·pgstdCall(SB)	// leaves the frame, and goes there
main:
	CALL	runtime·pgstdMain<ABIInternal>(SB)
	UNDEF

// func pgstdCall()
// Takes the place of pgstdResume in turn. For the unwinder, and for a stack that moves
// while a call is served, it is a function with an ordinary frame without pointers: room
// for the two register arguments of a callee, which the Go ABI wants. It must not write
// SP in a way that the assembler cannot follow, or the unwinder would give up here.
// Wrappers are top-level functions, which need no closure context. The wrapper returns
// here, and so does a panic that nobody recovers.
TEXT runtime·pgstdCall(SB),NOSPLIT,$16-0
	NO_LOCAL_POINTERS
	MOVD	pgstdControlBlock_code(R0), R2
	ADD	$pgstdControlBlock_result, R0, R1
	MOVD	pgstdControlBlock_args(R0), R0
	CALL	(R2)
	RET	pgstdDone<>(SB)	// leaves the frame, and goes there

// The end of a call.
TEXT pgstdDone<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	$runtime·pgstdControl(SB), R2
	STP.W	(R29, R30), -WORLD_FRAME(RSP)
	MOVD	RSP, R1
	MOVD	R1, pgstdControlBlock_worldSP(R2)
	MOVD	$const_pgstdEventDone, R0
	MOVW	ZR, pgstdControlBlock_inWorld(R2)
	MOVD	pgstdControlBlock_hostSP(R2), R1
	MOVD	R1, RSP
	LDP.P	16(RSP), (R29, R30)
	RET

// Where a signal handler resumes to take control away: no Go frame is unwound,
// none will ever run again.
TEXT pgstd_abort(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	$const_pgstdEventCancelled, R0
	MOVW	ZR, CANCEL
	RETURN_TO_HOST

// func pgstdSwitch()
// Leaves for anything but the end of a call. R29, the return address in Go code
// and the goroutine are all that is needed to go on: an ABI0 function may clobber
// the rest.
TEXT runtime·pgstdSwitch(SB),NOSPLIT|NOFRAME,$0-0
	STP.W	(R29, R30), -WORLD_FRAME(RSP)
	MOVD	RSP, R1
	MOVD	R1, WORLD_SP
	MOVWU	EVENT, R0
	RETURN_TO_HOST

// func pgstdLeaf(fn, world, a1, a2, a3 uintptr) uintptr
// R19 survives the C call and holds the Go stack pointer meanwhile; so does R28.
// What comes in R0 to R4 goes out in R0, as Go functions have it.
TEXT runtime·pgstdLeaf<ABIInternal>(SB),NOSPLIT,$0-48
	MOVD	R0, R8
	MOVD	R1, R0
	MOVD	R2, R1
	MOVD	R3, R2
	MOVD	R4, R3
	MOVD	RSP, R19
	MOVW	ZR, IN_WORLD
	MOVD	HOST_SP, R4
	MOVD	R4, RSP
	CALL	(R8)
	MOVD	R19, RSP
	MOVW	$1, R1
	MOVW	R1, IN_WORLD
	MOVWU	CANCEL, R1
	CBNZ	R1, cancelled
	RET
cancelled:
	B	pgstd_abort(SB)

// save_g is called whenever R28 has changed, load_g where it may have been lost.
// A stock program keeps a copy in thread-local storage, for signal handlers and C
// code; here it is in the control block, where the host looks. Both keep every
// register but R27.
TEXT runtime·save_g(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	g, CURRENT_G
	RET

TEXT runtime·load_g(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	CURRENT_G, g
	RET

// rt0_go calls _cgo_init, if there is one. R0 is g0: its stack is what the host
// has given.
TEXT pgstdInit<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVD	CONFIG, R1
	MOVD	pgstdConfig_stackLow(R1), R2
	MOVD	R2, (g_stack+stack_lo)(R0)
	RET

DATA _cgo_init+0(SB)/8, $pgstdInit<>(SB)
GLOBL _cgo_init(SB), NOPTR, $8

// What the linker makes the object's constructor, and its program entry: loading
// an object runs no Go code.
TEXT _rt0_arm64_linux_lib(SB),NOSPLIT|NOFRAME,$0-0
	RET

TEXT _rt0_arm64_linux(SB),NOSPLIT|NOFRAME,$0-0
	UNDEF
