//go:build postgres

// The operating system of a world is its host. What a stock port asks of the
// kernel is asked of a hook here, or is a no-op because there is one thread
// and no signal is ever handled by Go.
package runtime

import (
	"internal/runtime/atomic"
	"internal/runtime/syscall/linux"
	"unsafe"
)

// haveSysmon: there is no second thread to watch the first. The scheduler then
// never lets two goroutines hand one time slice back and forth.
const haveSysmon = false

type mOS struct{}

func osinit() {
	pgstdClockInit()
	physPageSize = pgstdControl.config.pageSize
	pgstdHardware()
	numCPUStartup = getCPUCount()
	getg().m.procid = 1
	islibrary = !isarchive // see module.go

	// Where nobody can ask for the profile, schedinit turns it off, too, but has allocated by then: the
	// first sample falls into that, always, and brings a table of 1.4 MB. The linker says so of programs that
	// do not ask. A base can be asked; whoever does sets the rate.
	if disableMemoryProfiling || islibrary {
		MemProfileRate = 0
	}

	// Collect in one go. A concurrent cycle makes sense where another thread can
	// do the marking; here it would only stretch over many calls, with write
	// barriers on and every new object kept.
	debug.gcstoptheworld = 1
}

// getCPUCount is 1: a world is a coroutine of the backend's only thread.
func getCPUCount() int32 { return 1 }

func defaultGOMAXPROCSInit()          {}
func defaultGOMAXPROCSUpdateGODEBUG() {}

// defaultGOMAXPROCSUpdateEnable would start a goroutine that follows the number of
// CPUs.
func defaultGOMAXPROCSUpdateEnable() {}

func defaultGOMAXPROCS(ncpu int32) int32 { return 1 }

// sysargs would look for the auxiliary vector behind the environment; the
// host's vector has none.
func sysargs(argc int32, argv **byte) {}

func goenvs() { goenvs_unix() }

// libpreinit is called by the stock entry of a library, which this port does
// not have; asm_*.s still refers to it.
func libpreinit() { throw("pgstd: libpreinit") }

// mpreinit leaves gsignal nil: no signal handler runs in a world.
func mpreinit(mp *m) {}

func minit()             {}
func unminit()           {}
func mdestroy(mp *m)     {}
func osyield()           {}
func checkfds()          {}
func secure()            {}
func isSecureMode() bool { return false }

//go:nosplit
func osyield_no_g() {}

// newosproc is never reached while there is one P: the scheduler starts an M
// only for an idle P. See also the substitutions in overlay.rules.
//
//go:nowritebarrier
func newosproc(mp *m) { throw("pgstd: a world has one thread") }

//go:nosplit
func newosproc0(stacksize uintptr, fn unsafe.Pointer) { throw("pgstd: a world has one thread") }

func exitThread(wait *atomic.Uint32) { throw("pgstd: a world has one thread") }

//go:nosplit
func usleep(usec uint32) {
	pgstdHook(pgstdControl.config.hooks.sleep, uintptr(usec)*1000, 0, 0)
}

//go:nosplit
func usleep_no_g(usec uint32) { usleep(usec) }

// exit ends the world: control goes back to the host and never comes again.
//
//go:nosplit
func exit(code int32) {
	c := &pgstdControl
	c.exitCode = int64(code)
	switch {
	case c.death != pgstdDeathNone:
	case getg().m.dying > 0:
		c.death = pgstdDeathPanic
	default:
		c.death = pgstdDeathExit
	}
	c.event = pgstdEventDead
	pgstdSwitch()
	abort()
}

//go:nosplit
func write1(fd uintptr, p unsafe.Pointer, n int32) int32 {
	stream := uintptr(pgstdStreamPrint)
	if pgstdIsDying() {
		stream = pgstdStreamDying
	} else if pgstdPass(2, p, int(n)) {
		return n
	}
	pgstdHook(pgstdControl.config.hooks.output, stream, uintptr(p), uintptr(n))
	return n
}

func readRandom(r []byte) int {
	if len(r) == 0 || int64(pgstdHook(pgstdControl.config.hooks.random, uintptr(unsafe.Pointer(&r[0])), uintptr(len(r)), 0)) != 0 {
		return 0
	}
	return len(r)
}

func vgetrandomInit()         {}
func vgetrandomDestroy(mp *m) {}

// Files: package runtime itself opens none.

func open(name *byte, mode, perm int32) int32        { return -1 }
func closefd(fd int32) int32                         { return -1 }
func read(fd int32, p unsafe.Pointer, n int32) int32 { return -_EPERM }
func closeonexec(fd int32)                           {}

const canCreateFile = false

func create(name *byte, perm int32) int32 { return -1 }

//pgstd:add
const _EPERM = 1

// syscall_runtime_doAllThreadsSyscall is where package syscall ends that wants
// to change every thread: there is one.
//
//go:linkname syscall_runtime_doAllThreadsSyscall syscall.runtime_doAllThreadsSyscall
func syscall_runtime_doAllThreadsSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	return linux.Syscall6(trap, a1, a2, a3, a4, a5, a6)
}
