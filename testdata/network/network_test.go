// Package network tries what a test has of a network: all of it (TestIn), or nothing (TestNone).
package network

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	if address := os.Getenv("CHILD_DIALS"); address != "" {
		os.Exit(dials(address))
	}
	os.Exit(m.Run())
}

// dials is a child of TestInChild: it says to whom it connects.
func dials(address string) int {
	c, err := net.Dial("tcp", address)
	if err != nil {
		os.Stdout.WriteString(err.Error())
		return 1
	}
	io.Copy(os.Stdout, c)
	return 0
}

// serve answers each connection, or packet, with a word.
func serve(l net.Listener, word string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.WriteString(c, word)
		c.Close()
	}
}

func said(t *testing.T, network, address string) string {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	data, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

func TestInLoopback(t *testing.T) {
	interfaces, err := net.Interfaces()
	if len(interfaces) != 1 || interfaces[0].Name != "lo" || interfaces[0].Flags&net.FlagUp == 0 || err != nil {
		t.Errorf("%v %v", interfaces, err)
	}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go serve(l, "hello")
		if s := said(t, "tcp", l.Addr().String()); s != "hello" {
			t.Errorf("%s says %q", address, s)
		}
	}
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.WriteTo([]byte("to myself"), p.LocalAddr()); err != nil {
		t.Error(err)
	}
	got := make([]byte, 100)
	if n, from, err := p.ReadFrom(got); string(got[:n]) != "to myself" || from.String() != p.LocalAddr().String() || err != nil {
		t.Errorf("%q from %v, %v", got[:n], from, err)
	}
}

func TestInHTTP(t *testing.T) {
	for _, start := range []func(http.Handler) *httptest.Server{httptest.NewServer, httptest.NewTLSServer} {
		s := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }))
		defer s.Close()
		answer, err := s.Client().Get(s.URL + "/path")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if data, err := io.ReadAll(answer.Body); string(data) != "/path" || err != nil {
			t.Errorf("%q %v", data, err)
		}
	}
}

// A socket with a path, absolute or in the current folder, is where the test may write; so is one
// that it talks to.
func TestInPaths(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{filepath.Join(dir, "absolute"), "relative"} {
		l, err := net.Listen("unix", name)
		if err != nil {
			t.Fatal(err)
		}
		if l.Addr().String() != name {
			t.Errorf("%s is called %s", name, l.Addr())
		}
		go serve(l, name)
		if err := os.Symlink(name, "link"); err != nil {
			t.Error(err)
		}
		for _, path := range []string{name, filepath.Join(dir, filepath.Base(name)), "link"} {
			if s := said(t, "unix", path); s != name {
				t.Errorf("%s says %q", path, s)
			}
		}
		if c, err := net.Dial("unix", name); err != nil {
			t.Error(err)
		} else if c.RemoteAddr().String() != name {
			t.Errorf("the other end of %s is %s", name, c.RemoteAddr())
		}
		if _, err := net.Listen("unix", name); !errors.Is(err, syscall.EADDRINUSE) {
			t.Error(err)
		}
		os.Remove("link")
		l.Close()
	}
	if err := os.Symlink(os.Getenv("OUTSIDE_FOLDER"), "away"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"away/new", filepath.Join(os.Getenv("OUTSIDE_FOLDER"), "new"), "/proc/self/root/tmp/new"} {
		if _, err := net.Listen("unix", name); !errors.Is(err, syscall.EPERM) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInChild(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go serve(l, "parent")
	child := exec.Command(os.Args[0])
	child.Env = []string{"CHILD_DIALS=" + l.Addr().String()}
	if out, err := child.Output(); string(out) != "parent" || err != nil {
		t.Errorf("%q %v", out, err)
	}
}

// A message brings a descriptor along, if it is the sender's.
func TestInRights(t *testing.T) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Sendmsg(pair[0], []byte("x"), syscall.UnixRights(int(f.Fd())), nil, 0); err != nil {
		t.Fatal(err)
	}
	data, control := make([]byte, 1), make([]byte, 100)
	_, n, _, _, err := syscall.Recvmsg(pair[1], data, control, 0)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := syscall.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatal(fds, err)
	}
	if got, err := io.ReadAll(os.NewFile(uintptr(fds[0]), "received")); string(got) != "content" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	for fd := range 1000 { // those of the host are not the test's
		if _, _, e := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0); e != 0 {
			if err := syscall.Sendmsg(pair[0], []byte("x"), syscall.UnixRights(fd), nil, 0); err != syscall.EBADF {
				t.Fatalf("%d: %v", fd, err)
			}
		}
	}
}

// What listens outside is not there, and nothing else can be reached.
func TestInNowhereElse(t *testing.T) {
	for _, to := range []struct {
		network, address string
		want             error
	}{
		{"tcp", os.Getenv("OUTSIDE_TCP"), syscall.ECONNREFUSED},
		{"unix", os.Getenv("OUTSIDE_ABSTRACT"), syscall.ECONNREFUSED},
		{"unix", filepath.Join(os.Getenv("OUTSIDE_FOLDER"), "socket"), syscall.EPERM},
		{"tcp", "192.0.2.1:80", syscall.ENETUNREACH},
		{"udp", "192.0.2.1:53", syscall.ENETUNREACH},
	} {
		if c, err := net.Dial(to.network, to.address); !errors.Is(err, to.want) {
			t.Errorf("%s %s: %v %v, want %v", to.network, to.address, c, err, to.want)
		}
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	to := &syscall.SockaddrUnix{Name: filepath.Join(os.Getenv("OUTSIDE_FOLDER"), "socket")}
	if err := syscall.Sendto(fd, []byte("x"), 0, to); err != syscall.EPERM {
		t.Error("sendto:", err)
	}
	if err := syscall.Sendmsg(fd, []byte("x"), nil, to, 0); err != syscall.EPERM {
		t.Error("sendmsg:", err)
	}
	const vsock = 40
	for _, family := range []struct{ domain, kind, protocol int }{
		{vsock, syscall.SOCK_STREAM, 0},
		{syscall.AF_NETLINK, syscall.SOCK_RAW, syscall.NETLINK_KOBJECT_UEVENT},
	} {
		if _, err := syscall.Socket(family.domain, family.kind, family.protocol); err != syscall.EAFNOSUPPORT {
			t.Errorf("%v: %v", family, err)
		}
	}
}

// A user namespace makes nobody mightier.
func TestInUser(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	if got := strconv.Itoa(os.Getuid()); got != os.Getenv("UID") {
		t.Errorf("the user is %s, not %s", got, os.Getenv("UID"))
	}
	name := filepath.Join(t.TempDir(), "closed")
	if err := os.WriteFile(name, nil, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(name); !errors.Is(err, os.ErrPermission) {
		t.Error(err)
	}
}

// TestNone is for builds and hosts without this network.
func TestNone(t *testing.T) {
	if fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err != syscall.EPERM {
		t.Error(fd, err)
	}
	if pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0); err != syscall.EPERM {
		t.Error(pair, err)
	}
	for _, number := range []uintptr{syscall.SYS_SOCKET, syscall.SYS_SOCKETPAIR} {
		if r, _, err := syscall.RawSyscall(number, syscall.AF_UNIX, syscall.SOCK_STREAM, 0); err != syscall.EPERM {
			t.Error(number, r, err)
		}
	}
	if c, err := net.Dial("tcp", os.Getenv("OUTSIDE_TCP")); err == nil {
		t.Error("it has reached", c.RemoteAddr())
	}
}
