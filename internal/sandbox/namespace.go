package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// mechanism is how a command is kept apart.
type mechanism string

const (
	namespace     mechanism = "namespaces"      // made by root, as root
	userNamespace mechanism = "user namespaces" // made by anybody
	plain         mechanism = "none"
)

// attributes of the stage's process.
func (m mechanism) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	if m == plain {
		return a
	}
	// The first process of a process namespace takes all others with it.
	a.Pdeathsig = syscall.SIGKILL
	a.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	if m == userNamespace {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		uid, gid := os.Geteuid(), os.Getegid()
		// The same numbers inside: tools that look at owners see what they would outside.
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		if uid != 0 {
			// What the stage needs to mount; it would lose it when it is executed.
			a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
		}
	}
	return a
}

// view is the file system that a command sees.
type view struct {
	Links  []link  `json:",omitempty"` // symbolic links on the way to mounts
	Mounts []mount // parents before what is mounted in them
}

type link struct{ Path, Target string }

type mount struct {
	Path     string // without symbolic links, the same inside and outside
	Folder   bool   `json:",omitempty"`
	Writable bool   `json:",omitempty"`
	Device   bool   `json:",omitempty"`
}

// enter builds the view and makes it the root of this mount namespace. The order
// matters: mounts are opened while the old root is in sight and take their places
// in an empty file system, which hides nothing that is still to be opened.
func (v *view) enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating the mounts: %w", err)
	}
	trees := make([]int, len(v.Mounts))
	for i, m := range v.Mounts {
		tree, err := m.open()
		if err != nil {
			return err
		}
		trees[i] = tree
	}
	const base = "/tmp"
	if err := unix.Mount("pgstd", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=0755"); err != nil {
		return fmt.Errorf("mounting an empty file system: %w", err)
	}
	if err := v.furnish(base, trees); err != nil {
		return err
	}
	if err := os.Chdir(base); err != nil {
		return err
	}
	// Both at the same place: the old root lies on top of the new one until it is taken away.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("closing the root: %w", err)
	}
	return nil
}

// open makes a copy of the mounts below a path that is attached nowhere yet.
func (m mount) open() (int, error) {
	tree, err := unix.OpenTree(unix.AT_FDCWD, m.Path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return -1, fmt.Errorf("opening %s: %w", m.Path, err)
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if !m.Device {
		attr.Attr_set |= unix.MOUNT_ATTR_NODEV
	}
	if !m.Writable && !m.Device {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr); err != nil {
		return -1, fmt.Errorf("restricting %s: %w", m.Path, err)
	}
	return tree, nil
}

// furnish puts everything in its place below root.
func (v *view) furnish(root string, trees []int) error {
	proc := filepath.Join(root, "proc")
	if err := os.Mkdir(proc, 0o755); err != nil {
		return err
	}
	for _, m := range v.Mounts {
		place := filepath.Join(root, m.Path)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		var err error
		if m.Folder {
			err = os.MkdirAll(place, 0o755)
		} else {
			err = os.WriteFile(place, nil, 0o644)
		}
		if err != nil {
			return err
		}
	}
	for _, l := range v.Links {
		place := filepath.Join(root, l.Path)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(l.Target, place); err != nil && !os.IsExist(err) {
			return err
		}
	}
	for i, m := range v.Mounts {
		if err := unix.MoveMount(trees[i], "", unix.AT_FDCWD, filepath.Join(root, m.Path), unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			return fmt.Errorf("mounting %s: %w", m.Path, err)
		}
		unix.Close(trees[i])
	}
	// Kernels refuse it where a container hides parts of its own /proc. The tools do without.
	_ = unix.Mount("proc", proc, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	return nil
}

// kept is what root keeps: to read an author's files, whoever owns them.
const kept = 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH

// dropPrivileges gives up what the mounts took. For root the bounding set counts: what
// root executes would get everything back that is in it.
func dropPrivileges(how mechanism) error {
	var keep uint32
	if how == namespace {
		keep = kept
	}
	if os.Geteuid() == 0 {
		for c := uintptr(0); c <= 63; c++ {
			if c < 32 && keep&(1<<c) != 0 {
				continue
			}
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err == unix.EINVAL {
				break // the kernel knows no more
			} else if err != nil {
				return fmt.Errorf("giving up privileges: %w", err)
			}
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up privileges: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{{Effective: keep, Permitted: keep}}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("giving up privileges: %w", err)
	}
	return nil
}
