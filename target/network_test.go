package target_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/target"
)

// noNetwork is how the standalone host begins where it cannot make a network.
const noNetwork = "cannot make a network for the test: "

// network is a test of package testdata/network, what it must not reach, and where it may write.
type network struct {
	host string
	dir  string // also others than root can read it
	env  []string
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	host := standaloneHost(t)
	dir, err := os.MkdirTemp("", "pgstd-network-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	n := &network{host: filepath.Join(dir, "pgstd-run"), dir: dir}
	if err := atomicfile.Copy(n.host, host[0], 0o755); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(dir, "outside")
	for path, mode := range map[string]os.FileMode{dir: 0o755, outside: 0o777, filepath.Join(dir, "tmp"): 0o777} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	abstract := "@" + filepath.Base(dir)
	var address string
	for _, listen := range [][2]string{{"unix", filepath.Join(outside, "socket")}, {"unix", abstract}, {"tcp", "127.0.0.1:0"}} {
		l, err := net.Listen(listen[0], listen[1])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		address = l.Addr().String()
	}
	if err := os.Chmod(filepath.Join(outside, "socket"), 0o777); err != nil {
		t.Fatal(err)
	}
	n.env = []string{
		"TMPDIR=" + filepath.Join(dir, "tmp"), "OUTSIDE_FOLDER=" + outside, "OUTSIDE_ABSTRACT=" + abstract, "OUTSIDE_TCP=" + address,
	}
	return n
}

func (n *network) build(t *testing.T, name string, options target.Options) string {
	t.Helper()
	object := filepath.Join(n.dir, name)
	if err := target.BuildTest(t.Context(), target.Request{Options: options, Dir: filepath.Join("..", "testdata", "network")}, object); err != nil {
		t.Fatal(err)
	}
	return object
}

// command is a command line of the host.
func (n *network) command(object, tests string, flags ...string) []string {
	command := append([]string{n.host, "-d", n.dir, "-t", filepath.Join(n.dir, "tmp")}, flags...)
	return append(command, object, "main", "-test.v", "-test.run="+tests)
}

// run runs tests as a user.
func (n *network) run(t *testing.T, uid int, command []string) (exit int, stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(n.env, "UID="+strconv.Itoa(uid))
	if uid != os.Getuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), problem.String()
}

// TestNetwork runs tests that have a network of the kernel's: alone with a loopback, for root and
// for others. Nothing has one that was not built for it or whose host was not told to make it.
func TestNetwork(t *testing.T) {
	n := newNetwork(t)
	object := n.build(t, "network.so", target.Options{Files: true, Network: true})
	users := []int{os.Getuid()}
	if os.Getuid() == 0 {
		users = append(users, 65534)
	}
	for _, uid := range users {
		t.Run("uid="+strconv.Itoa(uid), func(t *testing.T) {
			exit, stdout, stderr := n.run(t, uid, n.command(object, "^TestIn", "-n"))
			if strings.HasPrefix(stderr, "pgstd-run: "+noNetwork) {
				t.Skip(stderr)
			}
			if exit != 0 || strings.Count(stdout, "--- PASS: TestIn") < 6 {
				t.Errorf("exit code %d\n%s%s", exit, stdout, stderr)
			}
		})
	}
	for name, test := range map[string]struct {
		options target.Options
		flags   []string
	}{
		"no flag":     {target.Options{Files: true, Network: true}, nil},
		"in memory":   {target.Options{Files: true}, nil},
		"no files":    {target.Options{}, nil},
		"in no build": {target.Options{}, []string{"-n"}},
	} {
		t.Run(name, func(t *testing.T) {
			object := n.build(t, strings.ReplaceAll(name, " ", "-")+".so", test.options)
			exit, stdout, stderr := n.run(t, os.Getuid(), n.command(object, "^TestNone$", test.flags...))
			if exit != 0 || !strings.Contains(stdout, "--- PASS: TestNone") {
				t.Errorf("exit code %d\n%s%s", exit, stdout, stderr)
			}
		})
	}
	t.Run("impossible", func(t *testing.T) {
		// Who is root in a user namespace says how many others can be made in it.
		if out, err := exec.CommandContext(t.Context(), "unshare", "-r", "true").CombinedOutput(); err != nil {
			t.Skipf("%v: %s", err, out)
		}
		unshare := []string{"unshare", "-r", "sh", "-c", `echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"`, "sh"}
		if err := target.CheckNetwork(t.Context(), append(unshare, n.host)...); err == nil || !strings.HasPrefix(err.Error(), noNetwork) {
			t.Error(err)
		}
		exit, stdout, stderr := n.run(t, os.Getuid(), append(unshare, n.command(object, "^TestIn", "-n")...))
		if exit == 0 || stdout != "" || !strings.HasPrefix(stderr, "pgstd-run: "+noNetwork) {
			t.Errorf("exit code %d\n%s%s", exit, stdout, stderr)
		}
	})
}
