//go:build postgres && pgstdtest

package syscall

import (
	"runtime"
	"unsafe"
)

// pgstd_start asks the host to start a program, see host/abi.h.
//
//pgstd:add
//go:linkname pgstd_start runtime.pgstd_start
//go:noescape
func pgstd_start(args *[6]uintptr) uintptr

// forkAndExecInChild has the host start a program: the world itself can be in one process only.
// What a child is to be besides is refused.
func forkAndExecInChild(argv0 *byte, argv, envv []*byte, chroot, dir *byte, attr *ProcAttr, sys *SysProcAttr, pipe int) (pid int, err Errno) {
	if chroot != nil || sys.changesChild() {
		return 0, EPERM
	}
	files := make([]int32, len(attr.Files), len(attr.Files)+1)
	for i, fd := range attr.Files {
		files[i] = int32(fd)
	}
	r := pgstd_start(&[6]uintptr{
		uintptr(unsafe.Pointer(argv0)), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envv[0])),
		uintptr(unsafe.Pointer(dir)), uintptr(unsafe.Pointer(unsafe.SliceData(files))), uintptr(len(files)),
	})
	runtime.KeepAlive(files)
	if int64(r) < 0 {
		return 0, Errno(-r)
	}
	return int(r), 0
}

// changesChild reports whether anything is asked for but that the child ends with its parent,
// which it does.
//
//pgstd:add
func (sys *SysProcAttr) changesChild() bool {
	return sys.Credential != nil || sys.Ptrace || sys.Setsid || sys.Setpgid || sys.Setctty || sys.Noctty || sys.Foreground ||
		sys.Pdeathsig != 0 && sys.Pdeathsig != SIGKILL || sys.Cloneflags != 0 || sys.Unshareflags != 0 ||
		sys.UidMappings != nil || sys.GidMappings != nil || sys.AmbientCaps != nil || sys.UseCgroupFD || sys.PidFD != nil
}

func Getpid() (pid int) { return processNumber(SYS_GETPID) }

func Getppid() (ppid int) { return processNumber(SYS_GETPPID) }

// processNumber is 0 where the host does not tell, as in every other build.
//
//pgstd:add
func processNumber(call uintptr) int {
	r, _, e := RawSyscall(call, 0, 0, 0)
	if e != 0 {
		return 0
	}
	return int(r)
}
