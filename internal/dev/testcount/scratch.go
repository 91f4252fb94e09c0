package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// What a folder in memory has to have room for: hundreds of scratch servers come and go there, a
// dozen at a time, and what the go command links.
const scratchRoom = 8 << 30

// scratch returns a folder below a file system in memory for the tests' temporary files, or "" if
// that one has not the room, or runs no programs. Tests make and remove a million files, and on some file
// systems each new one is looked for behind those that have just been removed. The folder has the same name each time,
// since go test knows by it what has passed before. What a run that was killed has left is
// removed, if no other run is there; the returned function ends this one.
func scratch(memory string) (dir string, done func(), err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(memory, &fs); err != nil || fs.Type != unix.TMPFS_MAGIC || fs.Flags&unix.ST_NOEXEC != 0 {
		return "", func() {}, nil
	}
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return "", nil, err
	}
	// Pages that the kernel would give up for others are not counted in what is free.
	if uint64(fs.Bsize)*fs.Bavail < scratchRoom || info.Totalram*uint64(info.Unit) < 2*scratchRoom {
		return "", func() {}, nil
	}
	dir = filepath.Join(memory, fmt.Sprint("pgstd-test-", os.Geteuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", nil, err
	}
	stat, err := os.Lstat(dir)
	if err != nil {
		return "", nil, err
	}
	if !stat.IsDir() || int(stat.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
		return "", nil, fmt.Errorf("%s is somebody else's; remove it, or set TMPDIR", dir)
	}
	// Servers run as another user than root.
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		return "", nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
		left, err := f.Readdirnames(-1)
		if err != nil {
			return "", nil, err
		}
		for _, name := range left {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return "", nil, err
			}
		}
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
		return "", nil, err
	}
	return dir, func() { f.Close() }, nil
}
