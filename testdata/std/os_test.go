package stdprobe

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing/fstest"
	"time"
)

const (
	name  = "/etc/passwd"
	other = "/tmp/stdprobe"
)

func init() {
	add("os", map[string]func() any{
		"Chdir":         func() any { return os.Chdir("/") },
		"Chmod":         func() any { return os.Chmod(name, 0o777) },
		"Chown":         func() any { return os.Chown(name, 0, 0) },
		"Chtimes":       func() any { return os.Chtimes(name, time.Time{}, time.Now()) },
		"CopyFS":        func() any { return os.CopyFS(other, fstest.MapFS{"a": {}}) },
		"Create":        func() any { return last(os.Create(other)) },
		"CreateTemp":    func() any { return last(os.CreateTemp("", "*")) },
		"DirFS":         func() any { return last(fs.ReadFile(os.DirFS("/etc"), "passwd")) },
		"Executable":    func() any { return last(os.Executable()) },
		"Getegid":       func() any { return os.Getegid() },
		"Geteuid":       func() any { return os.Geteuid() },
		"Getgid":        func() any { return os.Getgid() },
		"Getgroups":     func() any { return last(os.Getgroups()) },
		"Getpid":        func() any { return os.Getpid() },
		"Getppid":       func() any { return os.Getppid() },
		"Getuid":        func() any { return os.Getuid() },
		"Getwd":         func() any { return last(os.Getwd()) },
		"Hostname":      func() any { return last(os.Hostname()) },
		"Lchown":        func() any { return os.Lchown(name, 0, 0) },
		"Link":          func() any { return os.Link(name, other) },
		"Lstat":         func() any { return last(os.Lstat(name)) },
		"Mkdir":         func() any { return os.Mkdir(other, 0o777) },
		"MkdirAll":      func() any { return os.MkdirAll(other+"/a/b", 0o777) },
		"MkdirTemp":     func() any { return last(os.MkdirTemp("", "*")) },
		"NewFile":       func() any { return last(os.NewFile(9, "nine").Write([]byte("x"))) },
		"Open":          func() any { return last(os.Open(os.DevNull)) },
		"OpenFile":      func() any { return last(os.OpenFile(other, os.O_RDWR|os.O_CREATE, 0o666)) },
		"OpenInRoot":    func() any { return last(os.OpenInRoot("/etc", "passwd")) },
		"OpenRoot":      func() any { return last(os.OpenRoot("/etc")) },
		"Pipe":          func() any { return failing(os.Pipe()) },
		"ReadDir":       func() any { return last(os.ReadDir("/")) },
		"ReadFile":      func() any { return last(os.ReadFile(name)) },
		"Readlink":      func() any { return last(os.Readlink("/proc/self/exe")) },
		"Remove":        func() any { return os.Remove(other) },
		"RemoveAll":     func() any { return os.RemoveAll(other) },
		"Rename":        func() any { return os.Rename(name, other) },
		"StartProcess":  func() any { return last(os.StartProcess("/bin/true", nil, new(os.ProcAttr))) },
		"Stat":          func() any { return last(os.Stat("/")) },
		"Symlink":       func() any { return os.Symlink(name, other) },
		"Truncate":      func() any { return os.Truncate(other, 0) },
		"UserCacheDir":  func() any { return homeless(os.UserCacheDir) },
		"UserConfigDir": func() any { return homeless(os.UserConfigDir) },
		"UserHomeDir":   func() any { return homeless(os.UserHomeDir) },
		"WriteFile":     func() any { return os.WriteFile(other, nil, 0o666) },
		"Environ":       func() any { defer restore(os.Environ()); os.Clearenv(); return os.Environ() },

		"Stdin":  func() any { return last(os.Stdin.Read(make([]byte, 1))).(error).Error() },
		"Stdout": func() any { return kind(os.Stdout) },
		"Stderr": func() any { return kind(os.Stderr) },

		"Process.Kill":   func() any { return process().Kill() },
		"Process.Signal": func() any { return process().Signal(syscall.Signal(0)) },
		"Process.Wait":   func() any { return last(process().Wait()) },

		"File.Chdir":        func() any { return os.Stdin.Chdir() },
		"File.Chmod":        func() any { return os.Stdin.Chmod(0) },
		"File.Chown":        func() any { return os.Stdin.Chown(0, 0) },
		"File.ReadAt":       func() any { return last(os.Stdin.ReadAt(make([]byte, 1), 0)) },
		"File.ReadDir":      func() any { return last(os.Stdin.ReadDir(-1)) },
		"File.Readdir":      func() any { return last(os.Stdin.Readdir(-1)) },
		"File.Readdirnames": func() any { return last(os.Stdin.Readdirnames(-1)) },
		"File.Seek":         func() any { return last(os.Stdin.Seek(0, 0)) },
		"File.SyscallConn":  func() any { c, _ := os.Stdin.SyscallConn(); return c.Control(func(uintptr) {}) },
		"File.Truncate":     func() any { return os.Stdout.Truncate(0) },
		"File.WriteAt":      func() any { return last(os.Stdout.WriteAt([]byte("x"), 0)) },
	})

	// There is no Root but the zero one.
	root := new(os.Root)
	add("os", map[string]func() any{
		"Root.Chmod":     func() any { return root.Chmod("a", 0) },
		"Root.Chown":     func() any { return root.Chown("a", 0, 0) },
		"Root.Chtimes":   func() any { return root.Chtimes("a", time.Time{}, time.Time{}) },
		"Root.Create":    func() any { return last(root.Create("a")) },
		"Root.Lchown":    func() any { return root.Lchown("a", 0, 0) },
		"Root.Link":      func() any { return root.Link("a", "b") },
		"Root.Lstat":     func() any { return last(root.Lstat("a")) },
		"Root.Mkdir":     func() any { return root.Mkdir("a", 0) },
		"Root.MkdirAll":  func() any { return root.MkdirAll("a/b", 0) },
		"Root.Open":      func() any { return last(root.Open("a")) },
		"Root.OpenFile":  func() any { return last(root.OpenFile("a", 0, 0)) },
		"Root.OpenRoot":  func() any { return last(root.OpenRoot("a")) },
		"Root.ReadFile":  func() any { return last(root.ReadFile("a")) },
		"Root.Readlink":  func() any { return last(root.Readlink("a")) },
		"Root.Remove":    func() any { return root.Remove("a") },
		"Root.RemoveAll": func() any { return root.RemoveAll("a") },
		"Root.Rename":    func() any { return root.Rename("a", "b") },
		"Root.Stat":      func() any { return last(root.Stat("a")) },
		"Root.Symlink":   func() any { return root.Symlink("a", "b") },
		"Root.WriteFile": func() any { return root.WriteFile("a", nil, 0) },
	})
}

func process() *os.Process {
	p, err := os.FindProcess(1)
	if err != nil {
		panic(err)
	}
	return p
}

// kind says what Stat takes a file for.
func kind(f *os.File) any {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Type() == fs.ModeNamedPipe {
		return "pipe"
	}
	return info.Mode()
}

// homeless asks for a folder while there is no environment.
func homeless(f func() (string, error)) any {
	defer restore(os.Environ())
	os.Clearenv()
	return last(f())
}

func restore(environ []string) {
	for _, variable := range environ {
		key, value, _ := strings.Cut(variable, "=")
		os.Setenv(key, value)
	}
}
