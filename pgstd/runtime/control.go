//go:build postgres

//pgstd:add

// The world's side of host/abi.h: the structures mirror it field by field.
package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// The only symbol that an object shows to its host.
//go:cgo_export_static pgstd_object

// What the final link adds to it.
//go:cgo_import_static pgstd_relro
//go:cgo_import_static pgstd_erelro

const (
	pgstdMagic      = 0x50475344
	pgstdABIVersion = 12
)

// What the host wants when it enters (PgstdOp).
const (
	pgstdOpCall   = 1
	pgstdOpResult = 2
	pgstdOpMain   = 3
	pgstdOpTurn   = 4
)

// Why control goes back to the host (PgstdEvent).
const (
	pgstdEventReady     = 1
	pgstdEventDone      = 2
	pgstdEventRequest   = 3
	pgstdEventDead      = 4
	pgstdEventCancelled = 5
)

// How a world dies (PgstdDeath).
const (
	pgstdDeathNone   = 0
	pgstdDeathExit   = 1
	pgstdDeathPanic  = 2
	pgstdDeathFatal  = 3
	pgstdDeathStack  = 4
	pgstdDeathMemory = 5
	pgstdDeathThrow  = 6
	pgstdDeathABI    = 7
)

// Streams of the output hook (PgstdStream).
const (
	pgstdStreamStdout = 1

	pgstdStreamPrint = 3
	pgstdStreamDying = 4
)

type pgstdSlot struct {
	word  uint64
	flags uint32
	size  uint32
}

type pgstdFunction struct {
	name      string
	signature string
	details   string
	call      func(args, result *pgstdSlot)
}

type pgstdErrorData struct {
	sqlstate, message, detail, hint, context    string
	schema, table, column, datatype, constraint string
}

type pgstdTimezoneQuery struct {
	name string
	data *byte
	size uint64
}

type pgstdHooks struct {
	magic      uint32
	abiVersion uint32
	structSize uint64
	alloc      uintptr
	arena      uintptr
	charge     uintptr
	free       uintptr
	reserve    uintptr
	commit     uintptr
	release    uintptr
	monotonic  uintptr
	clocks     uintptr
	random     uintptr
	output     uintptr
	report     uintptr
	timezone   uintptr
	sleep      uintptr
	system     uintptr
	timer      uintptr
}

type pgstdConfig struct {
	magic      uint32
	abiVersion uint32
	structSize uint64
	world      uintptr
	hooks      *pgstdHooks
	pageSize   uintptr
	maxMemory  uint64
	maxStack   uint64
	stackLow   uintptr
	stackHigh  uintptr
	requests   uint64
	hwcap      uint64
	argc       int64
	argv       **byte
	settings   uintptr
	nanswers   uint64
	answers    *uint32
	heapPlace  uintptr
}

type pgstdControlBlock struct {
	g          uintptr
	hostSP     uintptr
	worldSP    uintptr
	worldBP    uintptr
	inWorld    uint32
	cancel     uint32
	op         uint32
	attention  uint32
	code       uintptr
	args       *pgstdSlot
	result     pgstdSlot
	failure    *pgstdErrorData
	event      uint32
	request    uint32
	poke       uint32
	death      uint32
	argument   uintptr
	exitCode   int64
	functions  *pgstdFunction
	nfunctions uint64
	config     *pgstdConfig
	softLimit  *atomic.Int64
	slice      uint32
	signals    uint32
}

// pgstdObject is laid out by switch_*.s; the type is here for its offsets.
type pgstdObject struct {
	magic       uint32
	abiVersion  uint32
	structSize  uint64
	start       uintptr
	enter       uintptr
	abort       uintptr
	sigpanic    uintptr
	control     uintptr
	tlsOffset   uintptr
	text        [2]uintptr
	pclntab     [2]uintptr
	data        [2]uintptr
	noptrdata   [2]uintptr
	module      [2]uintptr
	bss         [2]uintptr
	noptrbss    [2]uintptr
	gStackguard uint64
	gSig        uint64
	gSigcode0   uint64
	gSigcode1   uint64
	gSigpc      uint64
	gPreempt    uint64
	gM          uint64
	mCurg       uint64
	rodata      [2]uintptr
	relro       [2]uintptr

	profileRate    uintptr
	profileBuckets uintptr
	bucketNext     uint64
	bucketSize     uint64
	bucketNstack   uint64
	bucketStack    uint64
	bucketCount    uint64
}

// pgstdAllocations is what a host reads of a heap profile: where type memRecordCycle begins, of
// which a memRecord is as many as a host takes. Go 1.26 has bytes behind it, which are the
// objects times their size.
type pgstdAllocations struct{ allocs, frees uintptr }

const pgstdProfileCycles = 4

var (
	_ = [pgstdProfileCycles * unsafe.Sizeof(memRecordCycle{})]byte([unsafe.Sizeof(memRecord{})]byte{})
	_ = [unsafe.Offsetof(pgstdAllocations{}.frees)]byte([unsafe.Offsetof(memRecordCycle{}.frees)]byte{})
	_ = [unsafe.Offsetof(pgstdAllocations{}.allocs)]byte([unsafe.Offsetof(memRecordCycle{}.allocs)]byte{})
)

// For the assembler, which sees offsets and constants but no sizes.
const (
	pgstdObjectSize = unsafe.Sizeof(pgstdObject{})
	pgstdConfigSize = unsafe.Sizeof(pgstdConfig{})
	pgstdHooksSize  = unsafe.Sizeof(pgstdHooks{})
	pgstdModuleSize = unsafe.Sizeof(moduledata{})
)

// pgstdControl is the control block of this image.
var pgstdControl pgstdControlBlock

// pgstdLeaf calls a C function on the host's stack and comes back, or, if the
// host wants the world to end, does not.
//
//go:noescape
func pgstdLeaf(fn, world, a1, a2, a3 uintptr) uintptr

// pgstdSwitch gives control to the host, with the event that stands in the
// control block. It returns when the host has answered; calls that the host
// makes in the meantime are served on top of this frame, last in, first out.
func pgstdSwitch()

// pgstdHook calls a leaf hook of the host. Everything from the conversion of a
// pointer argument to uintptr up to the C call is nosplit, so that the stack
// which it may point into does not move in between.
//
//go:nosplit
func pgstdHook(fn, a1, a2, a3 uintptr) uintptr {
	return pgstdLeaf(fn, pgstdControl.config.world, a1, a2, a3)
}

// pause is where runtime.main of a library ends: the serve loop. It runs on the
// main goroutine, which therefore serves every call.
func pause(newsp uintptr) {
	pgstdControl.event = pgstdEventReady
	pgstdSwitch()
	throw("pgstd: host answered a request that was never made")
}

// pgstdMain runs main.main as a program would, for objects that have one.
func pgstdMain() {
	pgstdMainProgram = true
	fn := main_main // indirect, as in main: the linker lays out runtime before package main is known
	fn()
	if runningPanicDefers.Load() != 0 {
		for range 1000 {
			if runningPanicDefers.Load() == 0 {
				break
			}
			Gosched()
		}
	}
	runExitHooks(0)
	exit(0)
}

// pgstd_register tells the host the functions of this object.
//
//go:linkname pgstd_register
func pgstd_register(table unsafe.Pointer, n int) {
	pgstdControl.functions = (*pgstdFunction)(table)
	pgstdControl.nfunctions = uint64(n)
}

// pgstd_fail makes the call that is being served fail with e, which must stay
// unchanged until the call has returned.
//
//go:linkname pgstd_fail
func pgstd_fail(e *pgstdErrorData) {
	pgstdControl.failure = e
	pgstdControl.attention = 1
}

// pgstd_takefailure undoes pgstd_fail, and returns what it was called with.
//
//go:linkname pgstd_takefailure
func pgstd_takefailure() *pgstdErrorData {
	e := pgstdControl.failure
	pgstdControl.failure = nil
	return e
}

// pgstd_settings returns where the values of settings stand; nil if there are none.
//
//go:linkname pgstd_settings
func pgstd_settings() unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&pgstdControl.config.settings))
}

// pgstd_report sends a message at a level of PgstdLevel.
//
//go:linkname pgstd_report
func pgstd_report(level int32, e *pgstdErrorData) {
	pgstdHook(pgstdControl.config.hooks.report, uintptr(level), uintptr(unsafe.Pointer(e)), 0)
	KeepAlive(e)
}

// pgstd_write writes to the standard output or error; package syscall comes here.
//
//go:linkname pgstd_write
func pgstd_write(stream int, p *byte, n int) {
	if pgstdCaptured != nil && stream == pgstdStreamStdout {
		pgstdCaptured(p, n)
		return
	}
	if pgstdPass(stream, unsafe.Pointer(p), n) {
		return
	}
	pgstdHook(pgstdControl.config.hooks.output, uintptr(stream), uintptr(unsafe.Pointer(p)), uintptr(n))
	KeepAlive(p)
}

// pgstdCaptured gets the standard output while a test looks at it.
var pgstdCaptured func(p *byte, n int)

//go:linkname pgstd_capture
func pgstd_capture(f func(p *byte, n int)) { pgstdCaptured = f }

// pgstd_message sends a message of text alone; package log/slog comes here.
//
//go:linkname pgstd_message
func pgstd_message(level int32, text string) {
	pgstd_report(level, &pgstdErrorData{message: text})
}

// pgstd_timezone copies the description of a time zone into buf, as far as that
// goes, and returns its size, or -1; package time comes here.
//
//go:linkname pgstd_timezone
func pgstd_timezone(name string, buf []byte) int {
	q := &pgstdTimezoneQuery{name, unsafe.SliceData(buf), uint64(len(buf))}
	n := int(pgstdHook(pgstdControl.config.hooks.timezone, uintptr(unsafe.Pointer(q)), 0, 0))
	KeepAlive(q)
	return n
}

// Requests (PgstdRequest).
const (
	pgstdRequestInterrupts = 1
	pgstdRequestSQL        = 2
	pgstdRequestSubxact    = 3
	pgstdRequestRows       = 4
)

// pgstd_request has the host do what may raise, re-enter or both: SQL. Only the
// goroutine that serves calls may ask: the host's frames and the world's then
// end in the same order, last in, first out. It returns false if the host does
// nothing of the kind.
//
//go:linkname pgstd_request
func pgstd_request(request uint32, argument unsafe.Pointer) bool {
	if pgstdControl.config.requests == 0 {
		return false
	}
	if getg().goid != pgstdServing {
		panic("pg: SQL is for the goroutine that runs the function, not for one that it has started")
	}
	serving := pgstdServing
	pgstdDepth++
	pgstdAsk(request, uintptr(argument)) // a panic in a call that is served on top stays there
	pgstdDepth--
	pgstdServing = serving
	pgstdForget() // results of calls that were made meanwhile
	if pgstdControl.slice != 0 && pgstdRunsStatement(request) {
		Gosched()
	}
	KeepAlive(argument)
	return true
}

// pgstdRunsStatement reports whether others may have their turn as a request comes back: see slice.go.
func pgstdRunsStatement(request uint32) bool {
	return request == pgstdRequestSQL || request == pgstdRequestRows
}

// pgstdServing is the goroutine that may make requests: at first the main one, the
// first that schedinit's caller makes, which runs init functions and then serves
// calls; later also a coroutine that runs on behalf of it.
var pgstdServing uint64 = 1

// pgstdDepth counts the requests that are being served.
var pgstdDepth uint64

// pgstdAsk is called from where write barriers are not allowed. The caller keeps
// the argument, which is on the heap, reachable.
func pgstdAsk(request uint32, argument uintptr) {
	c := &pgstdControl
	c.request = request
	c.argument = argument
	c.event = pgstdEventRequest
	pgstdSwitch()
	c.op = pgstdOpCall
	if pgstdCollected || pgstdKept != nil {
		c.op = pgstdOpTurn
	}
}

// pgstdInterrupts lets the host serve interrupts that are due and do not end the
// world. The host makes no call meanwhile, so any stack will do.
func pgstdInterrupts() {
	if pgstdControl.poke != 0 {
		pgstdControl.poke = 0
		pgstdAsk(pgstdRequestInterrupts, 0)
		pgstdWake()
	}
}

// pgstdMemoryFailed says that the host's last answer to a request for memory was no.
var pgstdMemoryFailed bool

// pgstdDying is set once the runtime has begun to report its own death.
var pgstdDying atomic.Uint32

// pgstdIsDying tells what the runtime prints about its own death from the rest.
//
//go:nosplit
func pgstdIsDying() bool {
	return pgstdDying.Load() != 0 || getg() != nil && getg().m != nil && getg().m.dying > 0
}

// pgstdMaxStack is the limit for one goroutine's stack, in bytes.
func pgstdMaxStack() uintptr {
	return uintptr(pgstdControl.config.maxStack)
}
