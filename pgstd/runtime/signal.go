//go:build postgres

// Signals are the host's. A fault in Go code reaches sigpanic, because the
// host's handler fills in the goroutine's signal fields and resumes there; no
// other signal is seen by a world.
package runtime

import _ "unsafe" // for go:linkname

//pgstd:add
const (
	_SIGILL  = 4
	_SIGTRAP = 5
)

const (
	_SIGBUS  = 7
	_SIGFPE  = 8
	_SIGSEGV = 11

	_NSIG = 65

	_BUS_ADRERR  = 2
	_SEGV_MAPERR = 1
	_SEGV_ACCERR = 2
	_FPE_INTDIV  = 1
	_FPE_INTOVF  = 2
)

const preemptMSupported = false

type (
	sigset       struct{}
	gsignalStack struct{}
)

// sigpanic turns the fault in the goroutine's signal fields into a panic, or,
// where the address shows that memory is damaged, into the end of the world.
//
//go:linkname sigpanic
func sigpanic() {
	gp := getg()
	if !canpanic() {
		throw("fault in the runtime itself")
	}
	nilAddress := gp.sigcode1 < 0x1000
	switch gp.sig {
	case _SIGSEGV:
		if nilAddress && (gp.sigcode0 == 0 || gp.sigcode0 == _SEGV_MAPERR || gp.sigcode0 == _SEGV_ACCERR) {
			panicmem()
		}
	case _SIGBUS:
		if nilAddress && gp.sigcode0 == _BUS_ADRERR {
			panicmem()
		}
	case _SIGFPE:
		switch gp.sigcode0 {
		case _FPE_INTDIV:
			panicdivide()
		case _FPE_INTOVF:
			panicoverflow()
		}
		panicfloat()
	case _SIGILL, _SIGTRAP:
		fatal("breakpoint or illegal instruction")
	default:
		throw("unexpected signal value")
	}
	if gp.paniconfault {
		panicmemAddr(gp.sigcode1)
	}
	print("fault at ", hex(gp.sigcode1), "\n")
	throw("fault")
}

func signame(sig uint32) string {
	switch sig {
	case _SIGILL:
		return "SIGILL: illegal instruction"
	case _SIGTRAP:
		return "SIGTRAP: trace trap"
	case _SIGBUS:
		return "SIGBUS: bus error"
	case _SIGFPE:
		return "SIGFPE: floating-point exception"
	case _SIGSEGV:
		return "SIGSEGV: segmentation violation"
	}
	return ""
}

//go:nosplit
func crash() { exit(2) }

func initsig(preinit bool)           {}
func preemptM(mp *m)                 {}
func signalM(mp *m, sig int)         {}
func setProcessCPUProfiler(hz int32) {}
func setThreadCPUProfiler(hz int32)  {}
func sigenable(sig uint32)           {}
func sigdisable(sig uint32)          {}
func sigignore(sig uint32)           {}
func setsigsegv(pc uintptr)          {}

const sigPreempt = 23

//go:nosplit
func sigsave(p *sigset) {}

//go:nosplit
func msigrestore(sigmask sigset) {}

//go:nosplit
func sigblock(exiting bool) {}

//go:nosplit
//go:nowritebarrierrec
func clearSignalHandlers() {}

//go:nosplit
func inVDSOPage(pc uintptr) bool { return false }
