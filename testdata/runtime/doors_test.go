package runtimetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Whatever leads out of a world is closed, and says so in the way that programs
// ask for: errors.Is(err, fs.ErrPermission).
func TestDoors(t *testing.T) {
	if !onTarget {
		t.Skip("true of a world only")
	}
	file := filepath.Join(os.TempDir(), "runtimetest")
	doors := map[string]func() error{
		"open":       func() error { _, err := os.Open("/etc/passwd"); return err },
		"open nil":   func() error { _, err := os.Open(os.DevNull); return err },
		"read file":  func() error { _, err := os.ReadFile("/proc/self/maps"); return err },
		"create":     func() error { _, err := os.Create(file); return err },
		"write file": func() error { return os.WriteFile(file, nil, 0o600) },
		"temp":       func() error { _, err := os.CreateTemp("", ""); return err },
		"temp dir":   func() error { _, err := os.MkdirTemp("", ""); return err },
		"mkdir":      func() error { return os.Mkdir(file, 0o700) },
		"mkdirall":   func() error { return os.MkdirAll(file+"/a/b", 0o700) },
		"remove":     func() error { return os.Remove(file) },
		"rename":     func() error { return os.Rename(file, file+"2") },
		"link":       func() error { return os.Link("/etc/passwd", file) },
		"symlink":    func() error { return os.Symlink("/etc/passwd", file) },
		"readlink":   func() error { _, err := os.Readlink("/proc/self/exe"); return err },
		"stat":       func() error { _, err := os.Stat("/"); return err },
		"lstat":      func() error { _, err := os.Lstat("/"); return err },
		"truncate":   func() error { return os.Truncate(file, 0) },
		"chmod":      func() error { return os.Chmod(file, 0o600) },
		"chown":      func() error { return os.Chown(file, 0, 0) },
		"chtimes":    func() error { return os.Chtimes(file, time.Now(), time.Now()) },
		"chdir":      func() error { return os.Chdir("/") },
		"readdir":    func() error { _, err := os.ReadDir("/"); return err },
		"root":       func() error { _, err := os.OpenRoot("/"); return err },
		"dirfs":      func() error { _, err := fs.ReadFile(os.DirFS("/etc"), "passwd"); return err },
		"glob walk": func() error {
			return filepath.WalkDir("/", func(_ string, _ fs.DirEntry, err error) error { return err })
		},
		"pipe": func() error { _, _, err := os.Pipe(); return err },
		"exec": func() error { return exec.Command("/bin/true").Run() },
		"start": func() error {
			_, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
			return err
		},
		"syscall exec": func() error { return syscall.Exec("/bin/true", []string{"true"}, nil) },
		"kill":         func() error { return syscall.Kill(1, 0) },
		"signal": func() error {
			p, err := os.FindProcess(1)
			if err != nil {
				return err
			}
			return p.Signal(syscall.Signal(0))
		},
		"tcp":     func() error { _, err := net.Dial("tcp", "127.0.0.1:5432"); return err },
		"udp":     func() error { _, err := net.Dial("udp", "127.0.0.1:53"); return err },
		"unix":    func() error { _, err := net.Dial("unix", "/var/run/postgresql/.s.PGSQL.5432"); return err },
		"listen":  func() error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err },
		"packet":  func() error { _, err := net.ListenPacket("udp", "127.0.0.1:0"); return err },
		"http":    func() error { _, err := http.Get("http://127.0.0.1/"); return err },
		"tls":     func() error { _, err := tls.Dial("tcp", "127.0.0.1:443", nil); return err },
		"mmap":    func() error { _, err := syscall.Mmap(0, 0, 4096, syscall.PROT_READ, syscall.MAP_PRIVATE); return err },
		"socket":  func() error { _, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); return err },
		"setuid":  func() error { return syscall.Setuid(1) },
		"mount":   func() error { return syscall.Mount("a", "/b", "tmpfs", 0, "") },
		"rlimit":  func() error { return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{}) },
		"sysinfo": func() error { return syscall.Sysinfo(&syscall.Sysinfo_t{}) },
		"raw": func() error {
			if _, _, err := syscall.RawSyscall6(syscall.SYS_GETPID, 0, 0, 0, 0, 0, 0); err != 0 {
				return err
			}
			return nil
		},
		"hostname": func() error { _, err := os.Hostname(); return err },
	}
	for name, door := range doors {
		if err := door(); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Neither answers EPERM, but none of these may work, hang or die.
func TestOtherDoors(t *testing.T) {
	if !onTarget {
		t.Skip("true of a world only")
	}
	if _, err := exec.LookPath("sh"); err == nil {
		t.Error("LookPath finds sh")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, "example.org"); err == nil {
		t.Error("LookupHost finds example.org")
	}
	if u, err := user.Lookup("root"); err == nil && u.HomeDir == "/root" {
		t.Error("user.Lookup reads /etc/passwd")
	}
	if interfaces, err := net.Interfaces(); err == nil && len(interfaces) > 0 {
		t.Errorf("net.Interfaces: %v", interfaces)
	}
	if n, err := os.Stdout.Write(nil); n != 0 || err != nil {
		t.Errorf("os.Stdout: %v", err)
	}
	if n, err := os.Stdin.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("os.Stdin: %d, %v", n, err)
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	signal.Stop(c)
}

func TestEnvironment(t *testing.T) {
	t.Setenv("RUNTIMETEST", "value")
	if v, ok := os.LookupEnv("RUNTIMETEST"); v != "value" || !ok || os.ExpandEnv("<$RUNTIMETEST>") != "<value>" {
		t.Errorf("%q, %v", v, ok)
	}
	os.Unsetenv("RUNTIMETEST")
	if v, ok := os.LookupEnv("RUNTIMETEST"); ok {
		t.Errorf("%q after Unsetenv", v)
	}
}

func TestRandomness(t *testing.T) {
	a, b := make([]byte, 1<<20), make([]byte, 1<<20)
	crand.Read(a)
	crand.Read(b)
	var counts [256]int
	for _, c := range a {
		counts[c]++
	}
	for c, n := range counts {
		if n < 3500 || n > 4700 {
			t.Errorf("byte %d comes %d times", c, n)
		}
	}
	if bytes.Equal(a, b) || rand.Uint64() == rand.Uint64() || crand.Text() == crand.Text() {
		t.Error("twice the same")
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil || !ed25519.Verify(public, []byte("m"), ed25519.Sign(private, []byte("m"))) {
		t.Errorf("signing with a random key: %v", err)
	}
	if sum := sha256.Sum256([]byte(strings.Repeat("a", 1000))); sum[0] != 0x41 {
		t.Errorf("SHA-256: %x", sum)
	}
}
