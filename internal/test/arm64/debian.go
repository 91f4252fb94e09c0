package arm64

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// What is installed: the oldest Debian whose PostgreSQL this repository is tested
// with on amd64, too.
const (
	release  = "bookworm"
	major    = "15"
	mirror   = "http://deb.debian.org/debian"
	security = "http://deb.debian.org/debian-security"
)

// finish runs in the new system. The server gets its latest minor release, as this
// machine's has; of the package with the headers, nothing but its files is wanted: it
// depends on compilers.
const finish = `set -e
echo 'deb ` + security + ` ` + release + `-security main' >> /etc/apt/sources.list
apt-get update -q
apt-get dist-upgrade -q -y --no-install-recommends
cd /tmp
apt-get download -q postgresql-server-dev-` + major + `
dpkg -x postgresql-server-dev-` + major + `_*.deb /
rm postgresql-server-dev-` + major + `_*.deb
apt-get clean
rm -rf /var/lib/apt/lists
`

// pgConfig answers like the system's own pg_config, with the names of its folders
// from outside.
const pgConfig = `#!/bin/sh
PATH=/usr/bin:/bin:/usr/sbin:/sbin
root=$(cd "$(dirname "$0")" && pwd)/root
chroot "$root" /usr/lib/postgresql/` + major + `/bin/pg_config | sed "s,= /,= $root/,"
`

// makeOnce makes the folder of the system, whole or not at all.
func makeOnce(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	debootstrap, err := exec.LookPath("debootstrap")
	if err != nil {
		debootstrap = "/usr/sbin/debootstrap"
		if _, err := os.Stat(debootstrap); err != nil {
			return fmt.Errorf("%w: there is no debootstrap; install it (apt-get install debootstrap)", ErrUnavailable)
		}
	}
	abandoned, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "new-*"))
	for _, tmp := range abandoned {
		if err := discard(tmp); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return err
	}
	root := filepath.Join(tmp, "root")
	err = os.Chmod(tmp, 0o755)
	if err == nil {
		err = install(exec.CommandContext(ctx, debootstrap, "--arch=arm64", "--variant=minbase",
			"--include=postgresql-"+major, release, root, mirror))
	}
	if err == nil {
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", finish)
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		cmd.Dir = "/"
		err = install(cmd)
	}
	if err == nil {
		err = os.Rename(tmp, dir)
	}
	if err != nil {
		return errors.Join(err, discard(tmp))
	}
	return nil
}

// discard removes a folder that is not whole. Debootstrap may have left what it mounts
// there, through which nothing must be removed.
func discard(tmp string) error {
	for _, name := range []string{"proc", "sys", "dev/pts", "dev"} {
		path := filepath.Join(tmp, "root", name)
		for syscall.Unmount(path, syscall.MNT_DETACH) == nil {
		}
	}
	return os.RemoveAll(tmp)
}

// install runs a step that takes the network, and a kernel that lets root make
// device files and change roots.
func install(cmd *exec.Cmd) error {
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return fmt.Errorf("%w: making a Debian %s for arm64 with %s: %w\n%s",
		ErrUnavailable, release, filepath.Base(cmd.Path), err, strings.Join(lines[max(0, len(lines)-10):], "\n"))
}
