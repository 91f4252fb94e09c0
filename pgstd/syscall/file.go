//go:build postgres && !pgstdtest

//pgstd:add

package syscall

func writeFile(fd int, p []byte) (n int, err error) { return -1, EPERM }
