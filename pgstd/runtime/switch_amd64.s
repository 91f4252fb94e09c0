//go:build postgres

// The switch between host and world. Both sides keep their own stack; a switch
// leaves behind what the other side does not keep and takes up what its own
// needs. Go keeps nothing but BP, and wants the current goroutine in R14 and
// zero in X15. The host's side is pgstd_switch in host/switch_amd64.h: it has
// the C compiler keep everything but BP and SP, which saves and restores less
// than the C ABI would.
//
// A call runs as: host CALLs pgstd_enter, which goes over to the Go stack and
// CALLs the wrapper; that RETs, pgstd_enter goes back and RETs to the host.
// CALLs and RETs pair up, so the return predictor is right each time.

#include "go_asm.h"
#include "funcdata.h"
#include "textflag.h"

#define HOST_SP	runtime·pgstdControl+pgstdControlBlock_hostSP(SB)
#define WORLD_SP	runtime·pgstdControl+pgstdControlBlock_worldSP(SB)
#define WORLD_BP	runtime·pgstdControl+pgstdControlBlock_worldBP(SB)
#define IN_WORLD	runtime·pgstdControl+pgstdControlBlock_inWorld(SB)
#define CANCEL	runtime·pgstdControl+pgstdControlBlock_cancel(SB)
#define EVENT	runtime·pgstdControl+pgstdControlBlock_event(SB)
#define DEATH	runtime·pgstdControl+pgstdControlBlock_death(SB)
#define CONFIG	runtime·pgstdControl+pgstdControlBlock_config(SB)

// AX is the event. BP and the return address lie at the host's SP.
#define RETURN_TO_HOST \
	MOVL	$0, IN_WORLD; \
	MOVQ	HOST_SP, SP; \
	MOVQ	0(SP), BP; \
	ADDQ	$8, SP; \
	RET

#define SAVE_HOST \
	SUBQ	$8, SP; \
	MOVQ	BP, 0(SP); \
	MOVQ	SP, HOST_SP

// int64 pgstd_start(const PgstdConfig *config), by way of pgstd_switch.
// Runs the stock start-up on the stack that the host gives. It comes back
// through pgstdSwitch, from pause or from exit. As pgstd_enter does, it reads cancel
// after it has set inWorld: init functions may not end by themselves.
TEXT pgstd_start(SB),NOSPLIT|NOFRAME,$0-0
	SAVE_HOST
	CMPL	pgstdConfig_magic(DI), $const_pgstdMagic
	JNE	mismatch
	CMPL	pgstdConfig_abiVersion(DI), $const_pgstdABIVersion
	JNE	mismatch
	CMPQ	pgstdConfig_structSize(DI), $const_pgstdConfigSize
	JNE	mismatch
	MOVQ	pgstdConfig_hooks(DI), AX
	TESTQ	AX, AX
	JZ	mismatch
	CMPL	pgstdHooks_magic(AX), $const_pgstdMagic
	JNE	mismatch
	CMPL	pgstdHooks_abiVersion(AX), $const_pgstdABIVersion
	JNE	mismatch
	CMPQ	pgstdHooks_structSize(AX), $const_pgstdHooksSize
	JNE	mismatch
	MOVQ	DI, CONFIG
	MOVL	$1, IN_WORLD
	CMPL	CANCEL, $0
	JNE	cancelled
	MOVQ	pgstdConfig_stackHigh(DI), SP
	MOVQ	pgstdConfig_argv(DI), SI
	MOVQ	pgstdConfig_argc(DI), DI
	JMP	runtime·rt0_go(SB)
cancelled:
	JMP	pgstd_abort(SB)
mismatch:
	MOVL	$const_pgstdDeathABI, DEATH
	MOVL	$const_pgstdEventDead, AX
	RETURN_TO_HOST

// int64 pgstd_enter(PgstdControl *control, const PgstdSlot *args), by way of pgstd_switch.
// SI is kept up to pgstdCall.
// inWorld is set before cancel is read: a signal handler that runs before the
// store sets cancel, one that runs after it may resume at pgstd_abort, for
// which all that it needs has been saved.
TEXT pgstd_enter(SB),NOSPLIT|NOFRAME,$0-0
	SUBQ	$8, SP
	MOVQ	BP, 0(SP)
	MOVQ	SP, pgstdControlBlock_hostSP(DI)
	MOVL	$1, pgstdControlBlock_inWorld(DI)
	CMPL	pgstdControlBlock_cancel(DI), $0
	JNE	cancelled
	MOVQ	pgstdControlBlock_worldSP(DI), SP
	MOVQ	pgstdControlBlock_worldBP(DI), BP
	JMP	pgstdResume<>(SB)
cancelled:
	JMP	pgstd_abort(SB)

// pgstdResume takes the place of pgstdSwitch, with the same return address.
TEXT pgstdResume<>(SB),NOSPLIT|NOFRAME,$0-0
	NO_LOCAL_POINTERS
	MOVQ	pgstdControlBlock_g(DI), R14
	XORPS	X15, X15
	CMPL	pgstdControlBlock_op(DI), $const_pgstdOpCall
	JNE	other
	JMP	runtime·pgstdCall(SB)
other:
	CMPL	pgstdControlBlock_op(DI), $const_pgstdOpTurn
	JEQ	turn
	CMPL	pgstdControlBlock_op(DI), $const_pgstdOpMain
	JEQ	main
	RET
turn:
	PUSHQ	BP
	MOVQ	SP, BP
	CALL	runtime·pgstdTurn<ABIInternal>(SB)
	POPQ	BP
	LEAQ	runtime·pgstdControl(SB), DI
	MOVQ	pgstdControlBlock_args(DI), SI
	JMP	runtime·pgstdCall(SB)
main:
	PUSHQ	BP
	MOVQ	SP, BP
	CALL	runtime·pgstdMain<ABIInternal>(SB)
	INT	$3

// func pgstdCall()
// Takes the place of pgstdResume in turn. For the unwinder, and for a stack that moves
// while a call is served, it is a function with a saved BP and 16 bytes without
// pointers: the space that the Go ABI wants for the two register arguments of a
// callee. It must not write SP itself, or the unwinder would give up here. Wrappers
// are top-level functions, which need no closure context. The wrapper returns here,
// and so does a panic that nobody recovers.
TEXT runtime·pgstdCall(SB),NOSPLIT|NOFRAME,$0-0
	NO_LOCAL_POINTERS
	PUSHQ	BP
	MOVQ	SP, BP
	ADJSP	$16
	MOVQ	pgstdControlBlock_code(DI), R12
	MOVQ	SI, AX
	LEAQ	pgstdControlBlock_result(DI), BX
	CALL	R12
	ADJSP	$-16
	POPQ	BP
	JMP	pgstdDone<>(SB)

// The end of a call.
TEXT pgstdDone<>(SB),NOSPLIT|NOFRAME,$0-0
	LEAQ	runtime·pgstdControl(SB), DI
	MOVQ	SP, pgstdControlBlock_worldSP(DI)
	MOVQ	BP, pgstdControlBlock_worldBP(DI)
	MOVL	$const_pgstdEventDone, AX
	MOVL	$0, pgstdControlBlock_inWorld(DI)
	MOVQ	pgstdControlBlock_hostSP(DI), SP
	MOVQ	0(SP), BP
	ADDQ	$8, SP
	RET

// Where a signal handler resumes to take control away: no Go frame is unwound,
// none will ever run again.
TEXT pgstd_abort(SB),NOSPLIT|NOFRAME,$0-0
	MOVL	$const_pgstdEventCancelled, AX
	MOVL	$0, CANCEL
	CLD
	RETURN_TO_HOST

// func pgstdSwitch()
// Leaves for anything but the end of a call. SP points at the return address in Go code. That, BP and the goroutine are
// all that is needed to go on: an ABI0 function may clobber the rest.
TEXT runtime·pgstdSwitch(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	SP, WORLD_SP
	MOVQ	BP, WORLD_BP
	MOVL	EVENT, AX
	RETURN_TO_HOST

// func pgstdLeaf(fn, world, a1, a2, a3 uintptr) uintptr
// R12 survives the C call and holds the Go stack pointer meanwhile; so does R14. What comes in AX,
// BX, CX, DI and SI goes out in AX, as Go functions have it: clocks are asked often.
TEXT runtime·pgstdLeaf<ABIInternal>(SB),NOSPLIT,$0-48
	MOVQ	DI, DX
	MOVQ	BX, DI
	XCHGQ	CX, SI
	MOVQ	SP, R12
	MOVL	$0, IN_WORLD
	MOVQ	HOST_SP, SP
	ANDQ	$~15, SP	// as the C ABI wants it
	CALL	AX
	MOVQ	R12, SP
	MOVL	$1, IN_WORLD
	CMPL	CANCEL, $0
	JNE	cancelled
	XORPS	X15, X15
	RET
cancelled:
	JMP	pgstd_abort(SB)

// rt0_go calls _cgo_init, if there is one, instead of setting up thread-local
// storage of its own. DI is g0: its stack is what the host has given.
TEXT pgstdInit<>(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	CONFIG, AX
	MOVQ	pgstdConfig_stackLow(AX), CX
	MOVQ	CX, (g_stack+stack_lo)(DI)
	RET

DATA _cgo_init+0(SB)/8, $pgstdInit<>(SB)
GLOBL _cgo_init(SB), NOPTR, $8

// rt0_go would call it, had there been no _cgo_init.
TEXT runtime·settls(SB),NOSPLIT|NOFRAME,$0-0
	INT	$3

// What the linker makes the object's constructor, and its program entry: loading
// an object runs no Go code.
TEXT _rt0_amd64_linux_lib(SB),NOSPLIT|NOFRAME,$0-0
	RET

TEXT _rt0_amd64_linux(SB),NOSPLIT|NOFRAME,$0-0
	INT	$3

// Distance from the thread pointer to pgstdControl.g. Every access to the
// current goroutine goes through it, after the final link has replaced
// thread-local relocations; the host fills it in.
DATA pgstd_tls_offset+0(SB)/8, $0
GLOBL pgstd_tls_offset(SB), NOPTR, $8
