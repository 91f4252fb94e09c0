//go:build postgres && pgstdtest

//pgstd:add

package syscall

import "unsafe"

// writeFile writes to what a test has opened.
func writeFile(fd int, p []byte) (n int, err error) {
	r, _, e := Syscall(SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if e != 0 {
		return -1, e
	}
	return int(r), nil
}
