//go:build postgres

//pgstd:add

// Garbage is no reason to be out of memory. Invariant: a world that is refused
// memory has been collected since it came to its limit, and what was free has been
// given back.
//
// A collection can begin only where stock Go begins one: in mallocgc, before it
// has taken anything or after it is done, on a goroutine's stack, without locks
// (gcStart looks). What fails, however, does so below that, often with the heap
// locked. So a large object is looked at before it is allocated. Everything else,
// spans of small objects, stacks, the runtime's own tables, may take from a
// reserve above the limit, which the host keeps small; a collection is due then,
// as if the heap had grown enough. What it cannot bring below the limit is too
// much.
package runtime

import "unsafe"

// pgstdOver is not 0 while the world is above its limit: 1 until the first
// collection, 2 until the second. Two, since a sync.Pool keeps its content for one.
var pgstdOver uint32

const pgstdCollections = 2

// pgstdReclaim ends a collection that the limit has made due.
func pgstdReclaim() {
	for sweepone() != ^uintptr(0) {
	}
	over := int64(pgstdHook(pgstdControl.config.hooks.charge, 0, 0, 0))
	if over > 0 {
		pgstdScavenge(uintptr(over))
		over = int64(pgstdHook(pgstdControl.config.hooks.charge, 0, 0, 0))
	}
	switch {
	case over <= 0:
		pgstdOver = 0
	case pgstdOver < pgstdCollections:
		pgstdOver++
	default:
		pgstdMemoryFailed = true
		throw("out of memory")
	}
}

// pgstdScavenge gives free pages back, at least n bytes if there are so many.
func pgstdScavenge(n uintptr) {
	systemstack(func() {
		mp := getg().m
		mp.mallocing++ // nothing may allocate while the page allocator is at work
		mheap_.pages.scavenge(n, nil, true)
		mp.mallocing--
	})
}

// pgstdMallocLarge is mallocgcLarge, after a collection if the limit is in the way.
func pgstdMallocLarge(size uintptr, typ *_type, needzero bool) (unsafe.Pointer, uintptr) {
	for i := 0; i < pgstdCollections && !pgstdFits(size); i++ {
		pgstdCollect(size)
	}
	return mallocgcLarge(size, typ, needzero)
}

// pgstdFits reports whether an object fits below the limit, or never will. The
// limit that a world knows is the collector's, seven eighths of it.
func pgstdFits(size uintptr) bool {
	limit := pgstdControl.config.maxMemory / 7 * 8
	used := gcController.mappedReady.Load() - uint64(gcController.heapFree.load())
	return uint64(size) > limit || used+uint64(size) <= limit
}

func pgstdCollect(size uintptr) {
	gcStart(gcTrigger{kind: gcTriggerCycle, n: work.cycles.Load() + 1})
	for sweepone() != ^uintptr(0) {
	}
	// allocSpan does it, too, but not while the collector has been at work for long.
	soft, used := pgstdControl.config.maxMemory, gcController.mappedReady.Load()+uint64(size)
	if used > soft {
		pgstdScavenge(uintptr(used - soft))
	}
}

// pgstdKept lets go of the last result, which is large. The host has copied it when
// the world is entered again.
var pgstdKept func()

// pgstd_forget has f called when the host has copied the result of the running call.
//
//go:linkname pgstd_forget
func pgstd_forget(f func()) {
	pgstdKept = f
	if pgstdControl.op == pgstdOpCall {
		pgstdControl.op = pgstdOpTurn
	}
}

func pgstdForget() {
	if f := pgstdKept; f != nil {
		pgstdKept = nil
		f()
	}
}
