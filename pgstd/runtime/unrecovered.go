//go:build postgres

//pgstd:add

// A panic that nobody recovers ends the call in which it happens, not the world: the
// caller gets an ERROR, and what is left of the world serves the next call.
//
// Invariant: unwinding never goes beyond pgstdCall, the frame of a call. What is under
// it is a call that has made a request, or the serve loop; PostgreSQL's frames are in
// between, and whoever is there learns of the panic as of any error.
//
// A call pays nothing for it: nothing is deferred, the frame is looked for when there is
// a panic. A goroutine of the program's own, a timer, a finalizer, an init function
// have no such frame; there, a panic ends the world as it ends a program.
package runtime

import (
	"internal/abi"
	"internal/goarch"
	"internal/runtime/sys"
	"internal/stringslite"
	_ "unsafe" // for go:linkname
)

// pgstdCall is the frame of a call; switch_*.s has it.
func pgstdCall()

func pgstdIsCall(u *unwinder) bool { return u.frame.fn.entry() == abi.FuncPCABI0(pgstdCall) }

// pgstdUnwinds stands for u.valid() where a panic, or Goexit, looks for deferred functions.
func pgstdUnwinds(u *unwinder) bool { return u.valid() && !pgstdIsCall(u) }

// What is kept of a panic's message, and of its traceback.
const (
	pgstdMessageMax   = 8 << 10
	pgstdTracebackMax = 40 << 10
	pgstdPanicsMax    = 100 // to print them takes stack of the host's
)

// pgstdPanicked is what the host has been told last.
var pgstdPanicked *pgstdErrorData

// pgstdOnPanic undoes what a call has left undone.
var pgstdOnPanic func()

//go:linkname pgstd_onpanic
func pgstd_onpanic(f func()) { pgstdOnPanic = f }

// pgstd_failpanic makes the call that is being served fail with what pgstd_describepanic
// has returned: the host shows of a traceback what is for the caller to see.
//
//go:linkname pgstd_failpanic
func pgstd_failpanic(e *pgstdErrorData) {
	pgstdPanicked = e
	pgstd_fail(e)
	pgstdControl.death = pgstdDeathPanic
}

// pgstd_describepanic, called by what a coroutine has deferred first of all, describes the
// panic that is under way; nil: there is none.
//
//go:linkname pgstd_describepanic
func pgstd_describepanic() *pgstdErrorData {
	p := getg()._panic
	if p == nil || p.goexit || p.recovered {
		return nil
	}
	return pgstdDescribe(p)
}

// pgstdUnrecovered is where gopanic arrives when no deferred function is left. It returns
// if the world has to end.
func pgstdUnrecovered(p *_panic) {
	gp := getg()
	if gp.goid != pgstdServing || pgstdCallSP(gp) == 0 || pgstdInitialises(gp) {
		preprintpanics(p)
		return
	}
	e := pgstdDescribe(p)
	if pgstdOnPanic != nil {
		pgstdOnPanic()
	}
	pgstd_failpanic(e)
	mcall(pgstdLeaveCall)
}

// pgstdFindCall unwinds a goroutine up to the call that it serves.
func pgstdFindCall(u *unwinder, gp *g) bool {
	for u.init(gp, 0); u.valid(); u.next() {
		if pgstdIsCall(u) {
			return true
		}
	}
	return false
}

// pgstdCallSP is the stack pointer of the innermost call that a goroutine serves; 0: it
// serves none.
func pgstdCallSP(gp *g) (sp uintptr) {
	systemstack(func() {
		var u unwinder
		if pgstdFindCall(&u, gp) {
			sp = u.frame.sp
		}
	})
	return sp
}

// pgstdInitialises reports whether the innermost call that a goroutine serves is at initialising packages of a base.
func pgstdInitialises(gp *g) (found bool) {
	systemstack(func() {
		var u unwinder
		for u.init(gp, 0); u.valid() && !pgstdIsCall(&u); u.next() {
			found = found || u.frame.fn.entry() == abi.FuncPCABIInternal(pgstdInitBase)
		}
	})
	return found
}

// pgstdLeaveCall goes on behind the wrapper, as if it had returned. All that was deferred
// since has run.
func pgstdLeaveCall(gp *g) {
	var u unwinder
	if !pgstdFindCall(&u, gp) || gp.param != nil {
		throw("pgstd: a call cannot be left")
	}
	sp := u.frame.sp
	for gp._defer != nil && gp._defer.sp < sp {
		gp._defer = gp._defer.link
	}
	// Of this call, and of what its Error methods have come to; a Goexit that was under
	// way is over, too.
	p := gp._panic
	for p != nil && uintptr(p.startSP) < sp {
		if !p.goexit {
			runningPanicDefers.Add(-1)
		}
		p = p.link
	}
	gp._panic = p
	if p == nil {
		gp.sig = 0
	}
	gp.sched.sp = sp
	gp.sched.pc = u.frame.pc
	gp.sched.lr = 0
	if goarch.IsAmd64 != 0 {
		gp.sched.bp = u.frame.fp - 2*goarch.PtrSize
	} else {
		gp.sched.bp = sp - goarch.PtrSize
	}
	gogo(&gp.sched)
}

// pgstdDescribe makes an error of a panic, with the traceback of its goroutine. It runs
// Error and String methods of what was passed to panic.
func pgstdDescribe(p *_panic) *pgstdErrorData {
	gp := getg()
	// Of outer calls there is nothing to tell.
	n, call := 1, pgstdCallSP(gp)
	for q := p.link; q != nil && (call == 0 || uintptr(q.startSP) < call); q = q.link {
		n++
	}
	// Those that came first tell most.
	for ; n > pgstdPanicsMax; n-- {
		p = p.link
	}
	last := p
	for i := 1; ; i++ {
		if again := i < n && *efaceOf(&last.link.arg) == *efaceOf(&last.arg); again {
			last.link.repanicked = true
		} else {
			pgstdMakeText(last)
		}
		if i == n {
			break
		}
		last = last.link
	}
	message, trace := make([]byte, pgstdMessageMax), make([]byte, pgstdTracebackMax)
	pc, sp := sys.GetCallerPC(), sys.GetCallerSP()
	systemstack(func() {
		g0 := getg()
		outer := last.link
		last.link = nil
		g0.writebuf = message[:0]
		printpanics(p)
		message = g0.writebuf
		last.link = outer

		g0.writebuf = trace[:0]
		g0.m.traceback = 1
		if gp.sig != 0 {
			print("[signal ", signame(gp.sig), " code=", hex(gp.sigcode0), " addr=", hex(gp.sigcode1), " pc=", hex(gp.sigpc), "]\n\n")
		}
		goroutineheader(gp)
		traceback(pc, sp, 0, gp)
		g0.m.traceback = 0
		trace = g0.writebuf
		g0.writebuf = nil
	})
	return &pgstdErrorData{
		sqlstate: "38000",
		message:  stringslite.TrimPrefix(pgstdLines(message), "panic: "),
		detail:   pgstdLines(trace),
	}
}

// pgstdLines is what was printed, without the end of its last line.
func pgstdLines(printed []byte) string {
	return stringslite.TrimSuffix(string(printed), "\n")
}

// pgstdMakeText makes of what was passed to panic what can be printed. That its method
// panics is no worse than what it was to tell of.
func pgstdMakeText(p *_panic) {
	defer func() {
		const printing = "panic while printing panic value: "
		switch r := recover().(type) {
		case nil:
		case string:
			p.arg = printing + r
		default:
			p.arg = printing + "type " + toRType(efaceOf(&r)._type).string()
		}
	}()
	switch v := p.arg.(type) {
	case error:
		p.arg = v.Error()
	case stringer:
		p.arg = v.String()
	}
}
