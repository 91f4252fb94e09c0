//go:build postgres

// Involuntary stops. Invariant: a goroutine that has not asked for it is the next
// one to run. Others run where it blocks, where it calls Gosched, and, after a time
// slice, where the program could have called it (see slice.go), and nowhere
// else, so that whatever a function has checked still holds when it acts on it,
// unless the function itself gives way in between. The library was written for
// callers that do not race; the callers here may want to.
//
// What makes a goroutine stop is: its stack guard, which a signal handler of the
// host poisons (gopreempt_m); the same flag as the allocator sees it while it
// clears memory (goschedguarded_m); the collector (pgstdMark); and whoever takes a
// semaphore over from it (goyield). Each serves what it must, on this goroutine's
// own account, and goes on with it. The semaphores of the runtime that the
// collector takes are never held by a goroutine that is blocked, so there is
// nothing to wait for.
package runtime

import _ "unsafe" // for go:linkname

// gopreempt_m is where a goroutine arrives whose stack guard was poisoned, at the
// first function that it calls. The guard is set right before the host is asked, so
// that a signal that comes meanwhile is not lost.
func gopreempt_m(gp *g) {
	gp.preempt = false
	gp.stackguard0 = gp.stack.lo + stackGuard
	pgstdInterrupts()
	if (pgstdControl.slice != 0 || pgstdSliceMode == pgstdSlicesEvery) && pgstdSlice(gp) {
		goschedImpl(gp, true)
	}
	gogo(&gp.sched)
}

func goschedguarded_m(gp *g) {
	if canPreemptM(gp.m) {
		gopreempt_m(gp)
	}
	gogo(&gp.sched)
}

// goyield is called after a semaphore has been handed to a goroutine that had
// waited for long. That one has it, and runs when this one blocks.
func goyield() { checkTimeouts() }

// wakep would start a thread for work that has come up. There is one, and it works: that
// it takes turns is what remains.
//
//go:linkname wakep
func wakep() { pgstdShare() }

// wakeNetPoller is told of a timer that comes before all others.
func wakeNetPoller(when int64) { pgstdWant(when) }

// preemptPark would put away a goroutine whose stack another one wants to look at
// while it runs.
func preemptPark(gp *g) { throw("pgstd: a running goroutine was stopped by another") }

// gcBgMarkStartWorkers would start the goroutines that mark, and wait for them:
// the goroutine that starts a collection marks by itself.
func gcBgMarkStartWorkers() {}

// pgstdMark runs a collection that gcStart has begun, up to its end. It stands
// where the stock collector gives way to its workers, and does as one of them.
//
//pgstd:add
func pgstdMark() {
	for gcphase == _GCmark {
		start := nanotime()
		mp := acquirem()
		gcBeginWork()
		systemstack(func() {
			self := getg().m.curg
			casGToWaitingForSuspendG(self, _Grunning, waitReasonGCWorkerActive)
			gcDrain(&self.m.p.ptr().gcw, gcDrainFlushBgCredit)
			casgstatus(self, _Gwaiting, _Grunning)
		})
		gcController.dedicatedMarkTime.Add(nanotime() - start)
		done := gcEndWork()
		releasem(mp)
		if done {
			gcMarkDone()
		}
	}
	if gp := getg(); gp.preemptShrink {
		// The stack was in use while it was marked. It shrinks at the next function.
		gp.preempt = true
		gp.stackguard0 = stackPreempt
	}
	if pgstdOver != 0 {
		pgstdReclaim()
	}
	pgstdCollected = true
	if pgstdControl.op == pgstdOpCall {
		pgstdControl.op = pgstdOpTurn
	}
}

// pgstdCollected is set while finalizers, cleanups and the sweeper may have work
// that a collection has left to them. A function that never blocks would put it off
// for ever, so they get a turn before the next call.
//
//pgstd:add
var pgstdCollected bool

// pgstdTurn does what is to be done before a call. After a collection, it lets every
// other goroutine run until it blocks.
//
//pgstd:add
func pgstdTurn() {
	pgstdControl.op = pgstdOpCall
	pgstdForget()
	if pgstdCollected {
		pgstdCollected = false
		Gosched()
	}
}
