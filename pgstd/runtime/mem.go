//go:build postgres

// Memory comes from the host in three forms. Metadata (alloc) is zeroed, readable
// and writable at once, and returned whole. Arenas are the same, but charged to
// the world's limit only for what is in use, as package runtime tells by sysUsed
// and sysUnused. Reservations (reserve) are address space, of which parts are
// committed: the page allocator's sparse tables.
package runtime

import "unsafe"

// The small arena layout, as on Windows: an idle world must not charge 64 MB of
// heap. Even 64 first-level entries would leave it an index of 8 MB; with 4096, a
// part of the index covers 64 GB in 128 kB. heapAddrBits stays 48, since the
// host's memory can lie anywhere.
const (
	logHeapArenaBytes = 22
	arenaL1Bits       = 12
)

const isSbrkPlatform = false

//go:nosplit
func sysAllocOS(n uintptr, vmaName string) unsafe.Pointer {
	p := pgstdHook(pgstdControl.config.hooks.alloc, n, 0, 0)
	pgstdMemoryFailed = p == 0
	return unsafe.Pointer(p)
}

//pgstd:add
//go:nosplit
func pgstdArena(hint unsafe.Pointer, n uintptr) unsafe.Pointer {
	p := pgstdHook(pgstdControl.config.hooks.arena, uintptr(hint), n, 0)
	pgstdMemoryFailed = p == 0 && hint == nil
	return unsafe.Pointer(p)
}

// pgstdHeapPlace is what mheap.grow otherwise takes anew from its random bits: the first page of the heap
// in its first chunk. All runs of a world have the same one, so that a run finds the pages
// of the one before it there.
//
//pgstd:add
func pgstdHeapPlace() uintptr {
	return pgstdControl.config.heapPlace & (pallocChunkBytes - 1)
}

// pgstdCharge tells the host that so much more of the arenas is in use. If that is
// above the limit, a collection is due.
//
//pgstd:add
func pgstdCharge(delta int64) {
	over := int64(pgstdHook(pgstdControl.config.hooks.charge, uintptr(delta), 0, 0))
	if over < 0 {
		pgstdMemoryFailed = true
		throw("out of memory")
	}
	if over > 0 && pgstdOver == 0 {
		pgstdOver = 1
	}
}

//go:nosplit
func sysFreeOS(v unsafe.Pointer, n uintptr) {
	pgstdHook(pgstdControl.config.hooks.free, uintptr(v), n, 0)
}

// sysReserveOS with an address is mheap.sysAlloc, which wants to grow the heap at
// its end.
func sysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer {
	if v != nil {
		return pgstdArena(v, n)
	}
	p := pgstdHook(pgstdControl.config.hooks.reserve, n, 0, 0)
	if p == 0 { // not every caller looks
		pgstdMemoryFailed = true
		throw("out of memory")
	}
	return unsafe.Pointer(p)
}

// sysReserveAligned serves the heap's arenas. The host aligns, because a block
// that it has allocated cannot be trimmed by the stock way.
func sysReserveAligned(v unsafe.Pointer, size, align uintptr, vmaName string) (unsafe.Pointer, uintptr) {
	if align > heapArenaBytes {
		throw("pgstd: alignment")
	}
	p := pgstdArena(nil, size)
	if p == nil {
		return nil, 0
	}
	return p, size
}

func sysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {
	throw("pgstd: no sbrk")
	return nil, 0
}

func sysMapOS(v unsafe.Pointer, n uintptr, vmaName string) {
	if int64(pgstdHook(pgstdControl.config.hooks.commit, uintptr(v), n, 0)) != 0 {
		pgstdMemoryFailed = true
		throw("out of memory")
	}
}

// sysUsed: of n bytes that come into use, so many were not before.
func sysUsed(v unsafe.Pointer, n, prepared uintptr) {
	gcController.mappedReady.Add(int64(prepared))
	pgstdCharge(int64(prepared))
}

func sysUsedOS(v unsafe.Pointer, n uintptr) {}

func sysUnusedOS(v unsafe.Pointer, n uintptr) {
	pgstdHook(pgstdControl.config.hooks.release, uintptr(v), n, 0)
	pgstdCharge(-int64(n))
}

// needZeroAfterSysUnusedOS: released pages read as zero.
func needZeroAfterSysUnusedOS() bool { return false }

func sysFaultOS(v unsafe.Pointer, n uintptr) { sysUnusedOS(v, n) }

func sysHugePageOS(v unsafe.Pointer, n uintptr)         {}
func sysNoHugePageOS(v unsafe.Pointer, n uintptr)       {}
func sysHugePageCollapseOS(v unsafe.Pointer, n uintptr) {}

func sbrk0() uintptr { return 0 }

// readGOMEMLIMIT: the soft limit is the host's, also later. It is looked at
// whenever a collection may be due, so a store is enough to change it.
func readGOMEMLIMIT() int64 {
	pgstdControl.softLimit = &gcController.memoryLimit
	return int64(pgstdControl.config.maxMemory)
}
