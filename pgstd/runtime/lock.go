//go:build postgres

// Locks of the runtime itself. Invariant: a world has one thread and no Go code
// runs in a signal handler, so a lock that is taken twice is a bug, and nobody
// ever waits for one.
package runtime

//pgstd:add
const mutexUnlocked = 0

const (
	mutexLocked = 1

	active_spin     = 4
	active_spin_cnt = 30
)

type mWaitList struct{}

func lockVerifyMSize() {}

func mutexContended(l *mutex) bool { return false }

func lock(l *mutex)   { lockWithRank(l, getLockRank(l)) }
func unlock(l *mutex) { unlockWithRank(l) }

func lock2(l *mutex) {
	if l.key != mutexUnlocked {
		throw("pgstd: runtime lock taken twice")
	}
	mp := getg().m
	if mp.locks < 0 {
		throw("lock count")
	}
	mp.locks += pgstdLockDelta
	l.key = mutexLocked
}

func unlock2(l *mutex) {
	if l.key != mutexLocked {
		throw("unlock of unlocked lock")
	}
	mp := getg().m
	mp.locks -= pgstdLockDelta
	if mp.locks < 0 {
		throw("lock count")
	}
	l.key = mutexUnlocked
	if gp := getg(); mp.locks == 0 && gp.preempt {
		gp.stackguard0 = stackPreempt // newstack has put it back, as a lock was held
	}
}

// Notes: one-time notifications between threads. With one thread, whoever
// waits lets other goroutines run until the note is there.

func noteclear(n *note) { n.key = 0 }

func notewakeup(n *note) {
	if n.key != 0 {
		throw("notewakeup - double wakeup")
	}
	n.key = 1
}

// notesleep is where an M without work would park. checkdead has been there
// before and knows the usual deadlock; what is left is a world that can never
// go on.
func notesleep(n *note) {
	if n.key == 0 {
		fatal("all goroutines are asleep - deadlock!")
	}
}

func notetsleep(n *note, ns int64) bool {
	if n.key == 0 && ns > 0 {
		pgstdHook(pgstdControl.config.hooks.sleep, uintptr(ns), 0, 0)
	}
	return n.key != 0
}

func notetsleepg(n *note, ns int64) bool {
	if gp := getg(); gp == gp.m.g0 {
		throw("notetsleepg on g0")
	}
	deadline := nanotime() + ns
	for n.key == 0 {
		if ns >= 0 && nanotime() >= deadline {
			return false
		}
		timeSleep(pgstdNotePoll)
	}
	return true
}

// pgstdNotePoll is how often notetsleepg looks, in nanoseconds. Only profiling
// readers and tests of the runtime wait there.
//
//pgstd:add
const pgstdNotePoll = 1e6

// beforeIdle is asked by the scheduler when no goroutine can run. With a timer
// pending it sleeps until then; without one it lets the scheduler go on to
// checkdead, unless a goroutine waits for what the host has to tell, or for a pipe of a test
// build, for which the scheduler waits itself. The host may end the world during the sleep.
func beforeIdle(now, pollUntil int64) (gp *g, otherReady bool) {
	if pgstdPolls() {
		return nil, false
	}
	if pgstdWaiter != 0 {
		if pgstdWake() {
			return nil, true
		}
		if pollUntil == 0 {
			pollUntil = nanotime() + pgstdLongSleep
		}
	}
	if pollUntil == 0 {
		return nil, false
	}
	if start := nanotime(); pollUntil > start {
		pgstdHook(pgstdControl.config.hooks.sleep, uintptr(pollUntil-start), 0, 0)
		// The only P is not put away for it, but it is idle: package runtime/metrics
		// tells.
		sched.idleTime.Add(nanotime() - start)
	}
	pgstdInterrupts()
	pgstdWake()
	return nil, true
}

// checkTimeouts is called where a goroutine gives way of its own accord.
func checkTimeouts() { pgstdInterrupts() }
