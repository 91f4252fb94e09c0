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
func pgstd_start(p *pgstdProcess) uintptr

// pgstdProcess is what the host is told of it (PgstdProcess).
//
//pgstd:add
type pgstdProcess struct {
	path         *byte
	argv         **byte
	envp         **byte
	dir          *byte
	files        *int32
	nfiles       uint64
	setgroups    *byte
	uidMap       *byte
	gidMap       *byte
	credential   *uint32
	groups       *uint32
	ngroups      uint64
	caps         *uintptr
	ncaps        uint64
	cloneFlags   uint64
	unshareFlags uint64
	cgroup       int64
	group        int64
	session      uint64
	nofile       *Rlimit
	pidfd        *int32
}

// forkAndExecInChild has the host start a program: the world itself can be in one process only.
func forkAndExecInChild(argv0 *byte, argv, envv []*byte, chroot, dir *byte, attr *ProcAttr, sys *SysProcAttr, pipe int) (pid int, err Errno) {
	if chroot != nil || sys.isBeyond() {
		return 0, EPERM
	}
	files := make([]int32, len(attr.Files), len(attr.Files)+1)
	for i, fd := range attr.Files {
		files[i] = int32(fd)
	}
	p := &pgstdProcess{
		path: argv0, argv: &argv[0], envp: &envv[0], dir: dir,
		files: unsafe.SliceData(files), nfiles: uint64(len(files)),
		cloneFlags: uint64(sys.Cloneflags), unshareFlags: uint64(sys.Unshareflags), cgroup: -1, group: -1,
		nofile: origRlimitNofile.Load(),
	}
	var pidfd int32
	sys.tell(p, &pidfd)
	r := pgstd_start(p)
	runtime.KeepAlive(p)
	if int64(r) < 0 {
		return 0, Errno(-r)
	}
	if sys.PidFD != nil {
		*sys.PidFD = int(pidfd)
	}
	return int(r), 0
}

// isBeyond reports whether anything is asked for that the host of a test cannot have: terminals, tracing, another
// root, in which the host is not, a child that outlives its parent.
//
//pgstd:add
func (sys *SysProcAttr) isBeyond() bool {
	return sys.Ptrace || sys.Setctty || sys.Noctty || sys.Foreground || sys.Pdeathsig != 0 && sys.Pdeathsig != SIGKILL
}

// tell says what the child is to be besides.
//
//pgstd:add
func (sys *SysProcAttr) tell(p *pgstdProcess, pidfd *int32) {
	if sys.UidMappings != nil {
		p.uidMap = unsafe.SliceData(append(formatIDMappings(sys.UidMappings), 0))
	}
	if sys.GidMappings != nil {
		p.gidMap = unsafe.SliceData(append(formatIDMappings(sys.GidMappings), 0))
		p.setgroups = unsafe.SliceData([]byte("deny\x00"))
		if sys.GidMappingsEnableSetgroups {
			p.setgroups = unsafe.SliceData([]byte("allow\x00"))
		}
	}
	if c := sys.Credential; c != nil {
		p.credential = &[]uint32{c.Uid, c.Gid}[0]
		denied := sys.GidMappings != nil && !sys.GidMappingsEnableSetgroups
		if !c.NoSetGroups && (len(c.Groups) > 0 || !denied) {
			groups := make([]uint32, len(c.Groups)+1) // to none at all there is no pointer
			p.groups, p.ngroups = &groups[0], uint64(copy(groups, c.Groups))
		}
	}
	if sys.Setsid {
		p.session = 1
	}
	if sys.Setpgid {
		p.group = int64(sys.Pgid)
	}
	if sys.UseCgroupFD {
		p.cgroup = int64(sys.CgroupFD)
	}
	if sys.PidFD != nil {
		p.pidfd = pidfd
	}
	p.caps, p.ncaps = unsafe.SliceData(sys.AmbientCaps), uint64(len(sys.AmbientCaps))
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
