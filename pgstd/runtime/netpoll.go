//go:build postgres && !pgstdtest

package runtime

// The poller of a world polls nothing: no descriptor can be opened. That of a test build is stock Go's,
// see system.go.

func netpollinit() {}

func netpollIsPollDescriptor(fd uintptr) bool { return false }

func netpollopen(fd uintptr, pd *pollDesc) uintptr { return _EPERM }

func netpollclose(fd uintptr) uintptr { return 0 }

func netpollarm(pd *pollDesc, mode int) { throw("pgstd: nothing to poll") }

func netpollBreak() {}

func netpoll(delay int64) (gList, int32) { return gList{}, 0 }
