//go:build postgres

// The switch between host and world. Both sides keep their own stack; a switch
// saves what the ABI of the side that leaves wants kept and restores the other
// side's. C keeps BX, BP, R12-R15; Go keeps nothing but BP, and wants the
// current goroutine in R14 and zero in X15.
//
// A call runs as: host CALLs pgstd_enter, which jumps to pgstdResume on the
// Go stack, which CALLs pgstdServe; it RETs, pgstdSwitch jumps back and RETs to
// the host. CALLs and RETs pair up, so the return predictor is right each time.

#include "go_asm.h"
#include "funcdata.h"
#include "textflag.h"

#define HOST_SP	runtime·pgstdControl+pgstdControlBlock_hostSP(SB)
#define WORLD_SP	runtime·pgstdControl+pgstdControlBlock_worldSP(SB)
#define WORLD_BP	runtime·pgstdControl+pgstdControlBlock_worldBP(SB)
#define IN_WORLD	runtime·pgstdControl+pgstdControlBlock_inWorld(SB)
#define CANCEL	runtime·pgstdControl+pgstdControlBlock_cancel(SB)
#define CURRENT_G	runtime·pgstdControl+pgstdControlBlock_g(SB)
#define OP	runtime·pgstdControl+pgstdControlBlock_op(SB)
#define EVENT	runtime·pgstdControl+pgstdControlBlock_event(SB)
#define DEATH	runtime·pgstdControl+pgstdControlBlock_death(SB)
#define CONFIG	runtime·pgstdControl+pgstdControlBlock_config(SB)

// The host's frame: six registers, and 8 bytes so that SP is 16-byte aligned
// where leaf hooks are called from.
#define SAVE_HOST \
	SUBQ	$56, SP; \
	MOVQ	BX, 0(SP); \
	MOVQ	BP, 8(SP); \
	MOVQ	R12, 16(SP); \
	MOVQ	R13, 24(SP); \
	MOVQ	R14, 32(SP); \
	MOVQ	R15, 40(SP); \
	MOVQ	SP, HOST_SP

#define RETURN_TO_HOST \
	MOVL	$0, IN_WORLD; \
	MOVQ	HOST_SP, SP; \
	MOVQ	0(SP), BX; \
	MOVQ	8(SP), BP; \
	MOVQ	16(SP), R12; \
	MOVQ	24(SP), R13; \
	MOVQ	32(SP), R14; \
	MOVQ	40(SP), R15; \
	ADDQ	$56, SP; \
	RET

// int64 pgstd_start(const PgstdConfig *config), C ABI.
// Runs the stock start-up on the stack that the host gives. It comes back
// through pgstdSwitch, from pause or from exit.
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
	MOVQ	pgstdConfig_stackHigh(DI), SP
	MOVQ	pgstdConfig_argv(DI), SI
	MOVQ	pgstdConfig_argc(DI), DI
	JMP	runtime·rt0_go(SB)
mismatch:
	MOVL	$const_pgstdDeathABI, DEATH
	MOVL	$const_pgstdEventDead, AX
	RETURN_TO_HOST

// int64 pgstd_enter(void), C ABI.
// inWorld is set before cancel is read: a signal handler that runs before the
// store sets cancel, one that runs after it may resume at pgstd_abort, for
// which all that it needs has been saved.
TEXT pgstd_enter(SB),NOSPLIT|NOFRAME,$0-0
	SAVE_HOST
	MOVL	$1, IN_WORLD
	CMPL	CANCEL, $0
	JNE	cancelled
	MOVQ	WORLD_SP, SP
	MOVQ	WORLD_BP, BP
	MOVQ	CURRENT_G, R14
	XORPS	X15, X15
	JMP	pgstdResume<>(SB)
cancelled:
	JMP	pgstd_abort(SB)

// Where a signal handler resumes to take control away: no Go frame is unwound,
// none will ever run again.
TEXT pgstd_abort(SB),NOSPLIT|NOFRAME,$0-0
	MOVL	$const_pgstdEventCancelled, AX
	MOVL	$0, CANCEL
	CLD
	RETURN_TO_HOST

// func pgstdSwitch()
// SP points at the return address in Go code. That, BP and the goroutine are
// all that is needed to go on: an ABI0 function may clobber the rest.
TEXT runtime·pgstdSwitch(SB),NOSPLIT|NOFRAME,$0-0
	MOVQ	SP, WORLD_SP
	MOVQ	BP, WORLD_BP
	MOVL	EVENT, AX
	RETURN_TO_HOST

// pgstdResume takes the place of pgstdSwitch, with the same return address. For
// the unwinder, and for a stack that moves while a call is served, it is a
// function with one saved BP and no locals.
TEXT pgstdResume<>(SB),NOSPLIT|NOFRAME,$0-0
	NO_LOCAL_POINTERS
	CMPL	OP, $const_pgstdOpResult
	JEQ	result
	PUSHQ	BP
	MOVQ	SP, BP
	CALL	runtime·pgstdServe<ABIInternal>(SB)
	POPQ	BP
	JMP	runtime·pgstdSwitch(SB)
result:
	RET

// func pgstdLeaf(fn, world, a1, a2, a3 uintptr) uintptr
// R12 survives the C call and holds the Go stack pointer meanwhile.
TEXT runtime·pgstdLeaf(SB),NOSPLIT,$0-48
	MOVQ	fn+0(FP), AX
	MOVQ	world+8(FP), DI
	MOVQ	a1+16(FP), SI
	MOVQ	a2+24(FP), DX
	MOVQ	a3+32(FP), CX
	MOVQ	SP, R12
	MOVL	$0, IN_WORLD
	MOVQ	HOST_SP, SP
	CALL	AX
	MOVQ	R12, SP
	MOVL	$1, IN_WORLD
	CMPL	CANCEL, $0
	JNE	cancelled
	MOVQ	AX, ret+40(FP)
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

DATA pgstd_object+pgstdObject_magic(SB)/4, $const_pgstdMagic
DATA pgstd_object+pgstdObject_abiVersion(SB)/4, $const_pgstdABIVersion
DATA pgstd_object+pgstdObject_structSize(SB)/8, $const_pgstdObjectSize
DATA pgstd_object+pgstdObject_start(SB)/8, $pgstd_start(SB)
DATA pgstd_object+pgstdObject_enter(SB)/8, $pgstd_enter(SB)
DATA pgstd_object+pgstdObject_abort(SB)/8, $pgstd_abort(SB)
DATA pgstd_object+pgstdObject_sigpanic(SB)/8, $runtime·sigpanic0(SB)
DATA pgstd_object+pgstdObject_control(SB)/8, $runtime·pgstdControl(SB)
DATA pgstd_object+pgstdObject_tlsOffset(SB)/8, $pgstd_tls_offset(SB)
DATA pgstd_object+pgstdObject_text(SB)/8, $runtime·text(SB)
DATA pgstd_object+(pgstdObject_text+8)(SB)/8, $runtime·etext(SB)
DATA pgstd_object+pgstdObject_data(SB)/8, $runtime·data(SB)
DATA pgstd_object+(pgstdObject_data+8)(SB)/8, $runtime·edata(SB)
DATA pgstd_object+pgstdObject_noptrdata(SB)/8, $runtime·noptrdata(SB)
DATA pgstd_object+(pgstdObject_noptrdata+8)(SB)/8, $runtime·enoptrdata(SB)
DATA pgstd_object+pgstdObject_module(SB)/8, $runtime·firstmoduledata(SB)
DATA pgstd_object+(pgstdObject_module+8)(SB)/8, $runtime·firstmoduledata+const_pgstdModuleSize(SB)
DATA pgstd_object+pgstdObject_bss(SB)/8, $runtime·bss(SB)
DATA pgstd_object+(pgstdObject_bss+8)(SB)/8, $runtime·ebss(SB)
DATA pgstd_object+pgstdObject_noptrbss(SB)/8, $runtime·noptrbss(SB)
DATA pgstd_object+(pgstdObject_noptrbss+8)(SB)/8, $runtime·enoptrbss(SB)
DATA pgstd_object+pgstdObject_gStackguard(SB)/8, $g_stackguard0
DATA pgstd_object+pgstdObject_gSig(SB)/8, $g_sig
DATA pgstd_object+pgstdObject_gSigcode0(SB)/8, $g_sigcode0
DATA pgstd_object+pgstdObject_gSigcode1(SB)/8, $g_sigcode1
DATA pgstd_object+pgstdObject_gSigpc(SB)/8, $g_sigpc
GLOBL pgstd_object(SB), RODATA, $const_pgstdObjectSize
