package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who runs the server; nil stands for whoever runs this program.
type account struct{ uid, gid uint32 }

// ServerUser is the account that runs the servers of a program started by root,
// since PostgreSQL refuses to run as root.
const ServerUser = "postgres"

// serverAccount finds that account when this program runs as root.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(ServerUser)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no user %s to run it as; create one (useradd --system %[1]s) or run as another user", ServerUser)
	}
	return makeAccount(u.Uid, u.Gid)
}

func makeAccount(user, group string) (*account, error) {
	uid, err := strconv.ParseUint(user, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(group, 10, 32)
	if err != nil {
		return nil, err
	}
	return &account{uid: uint32(uid), gid: uint32(gid)}, nil
}

func (a *account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// run makes cmd run as the account.
func (a *account) run(cmd *exec.Cmd) { cmd.SysProcAttr = a.attributes() }

func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// Base returns where files can lie that a cluster's server has to reach, such as the
// sockets of other programs.
func Base() (string, error) {
	a, err := serverAccount()
	if err != nil {
		return "", err
	}
	return scratchBase(a), nil
}

// scratchBase is where clusters' directories are made: the usual place for
// temporary files, unless the server could not reach it or a socket in it would
// have too long a name.
func scratchBase(a *account) string {
	const fallback = "/tmp"
	// What sockaddr_un holds, less the name of the socket and of our directory.
	const longest = 107 - len("/"+scratchPrefix+"1234567890/.s.PGSQL."+port)
	base := os.TempDir()
	if len(base) > longest || a != nil && !reachable(base) {
		return fallback
	}
	return base
}

// reachable tells whether every account can pass through dir and its parents.
func reachable(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == "/" {
			return true
		}
		dir = filepath.Dir(dir)
	}
}
