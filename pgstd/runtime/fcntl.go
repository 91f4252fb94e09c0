//go:build postgres && !pgstdtest

package runtime

import _ "unsafe" // for go:linkname

// fcntl is what package os asks about the standard files.
//
//go:linkname fcntl
func fcntl(fd, cmd, arg int32) (ret int32, errno int32) { return -1, _EPERM }
