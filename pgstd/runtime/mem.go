//go:build postgres

// Memory comes from the host in two forms. Memory proper (alloc) is zeroed,
// readable and writable at once, aligned as asked for, and returned whole.
// Reservations (reserve) are address space, of which parts are committed. The
// heap's arenas are memory proper, the page allocator's sparse tables are
// reservations.
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
	return pgstdAlloc(n, physPageSize)
}

//pgstd:add
//go:nosplit
func pgstdAlloc(n, align uintptr) unsafe.Pointer {
	p := pgstdHook(pgstdControl.config.hooks.alloc, n, align, 0)
	pgstdMemoryFailed = p == 0
	return unsafe.Pointer(p)
}

//go:nosplit
func sysFreeOS(v unsafe.Pointer, n uintptr) {
	pgstdHook(pgstdControl.config.hooks.free, uintptr(v), n, 0)
}

// sysReserveOS refuses address hints: the host decides where memory lies, and
// mheap.sysAlloc then goes on to sysReserveAligned.
func sysReserveOS(v unsafe.Pointer, n uintptr, vmaName string) unsafe.Pointer {
	if v != nil {
		return nil
	}
	p := pgstdHook(pgstdControl.config.hooks.reserve, n, 0, 0)
	pgstdMemoryFailed = p == 0
	return unsafe.Pointer(p)
}

// sysReserveAligned serves the heap's arenas. The host aligns, because a block
// that it has allocated cannot be trimmed by the stock way.
func sysReserveAligned(v unsafe.Pointer, size, align uintptr, vmaName string) (unsafe.Pointer, uintptr) {
	p := pgstdAlloc(size, align)
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

func sysUsedOS(v unsafe.Pointer, n uintptr) {}

func sysUnusedOS(v unsafe.Pointer, n uintptr) {
	pgstdHook(pgstdControl.config.hooks.release, uintptr(v), n, 0)
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
