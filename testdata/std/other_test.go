package stdprobe

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/x509"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"debug/plan9obj"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"io/ioutil"
	"math"
	"mime/multipart"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"testing"
	"text/template"
)

func init() {
	add("archive/zip", map[string]func() any{"OpenReader": func() any { return last(zip.OpenReader(name)) }})
	add("crypto/x509", map[string]func() any{
		"SystemCertPool":     func() any { return last(x509.SystemCertPool()) },
		"Certificate.Verify": func() any { return last(certificate().Verify(x509.VerifyOptions{})) },
	})
	add("debug/buildinfo", map[string]func() any{"ReadFile": func() any { return last(buildinfo.ReadFile(name)) }})
	add("debug/elf", map[string]func() any{"Open": func() any { return last(elf.Open(name)) }})
	add("debug/macho", map[string]func() any{
		"Open":    func() any { return last(macho.Open(name)) },
		"OpenFat": func() any { return last(macho.OpenFat(name)) },
	})
	add("debug/pe", map[string]func() any{"Open": func() any { return last(pe.Open(name)) }})
	add("debug/plan9obj", map[string]func() any{"Open": func() any { return last(plan9obj.Open(name)) }})
	add("go/build", map[string]func() any{
		"Context.ImportDir": func() any { return last(new(build.Context).ImportDir("/tmp", 0)) },
		"Import":            func() any { return last(build.Import("fmt", "", 0)) },
		"ImportDir":         func() any { return last(build.ImportDir("/tmp", 0)) },
	})
	add("go/importer", map[string]func() any{
		"Default": func() any { return last(importer.Default().Import("fmt")) },
		"For":     func() any { return last(importer.ForCompiler(token.NewFileSet(), "source", nil).Import("fmt")) },
	})
	add("go/parser", map[string]func() any{
		"ParseDir":  func() any { return last(parser.ParseDir(token.NewFileSet(), "/tmp", nil, 0)) },
		"ParseFile": func() any { return last(parser.ParseFile(token.NewFileSet(), name, nil, 0)) },
	})
	add("html/template", map[string]func() any{
		"ParseFiles":          func() any { return last(htmltemplate.ParseFiles(name)) },
		"ParseGlob":           func() any { return last(htmltemplate.ParseGlob("/etc/*")) },
		"Template.ParseFiles": func() any { return last(htmltemplate.New("").ParseFiles(name)) },
		"Template.ParseGlob":  func() any { return last(htmltemplate.New("").ParseGlob("/etc/*")) },
	})
	add("text/template", map[string]func() any{
		"ParseFiles":          func() any { return last(template.ParseFiles(name)) },
		"ParseGlob":           func() any { return last(template.ParseGlob("/etc/*")) },
		"Template.ParseFiles": func() any { return last(template.New("").ParseFiles(name)) },
		"Template.ParseGlob":  func() any { return last(template.New("").ParseGlob("/etc/*")) },
	})
	add("io/ioutil", map[string]func() any{
		"ReadDir":   func() any { return last(ioutil.ReadDir("/")) },
		"ReadFile":  func() any { return last(ioutil.ReadFile(name)) },
		"TempDir":   func() any { return last(ioutil.TempDir("", "")) },
		"TempFile":  func() any { return last(ioutil.TempFile("", "")) },
		"WriteFile": func() any { return ioutil.WriteFile(other, nil, 0o666) },
	})
	add("mime/multipart", map[string]func() any{"Reader.ReadForm": largeForm})
	add("os/exec", map[string]func() any{
		"LookPath":           func() any { return last(exec.LookPath("sh")) },
		"Cmd.CombinedOutput": func() any { return last(exec.Command("sh").CombinedOutput()) },
		"Cmd.Output":         func() any { return last(exec.CommandContext(context.Background(), "/bin/sh").Output()) },
		"Cmd.Run":            func() any { return exec.Command("/bin/true").Run() },
		"Cmd.Start":          func() any { return exec.Command("/bin/true").Start() },
		"Cmd.StderrPipe":     func() any { return last(exec.Command("/bin/true").StderrPipe()) },
		"Cmd.StdinPipe":      func() any { return last(exec.Command("/bin/true").StdinPipe()) },
		"Cmd.StdoutPipe":     func() any { return last(exec.Command("/bin/true").StdoutPipe()) },
	})
	add("os/signal", map[string]func() any{
		"Ignored": func() any { return signal.Ignored(os.Interrupt) },
		"Notify": func() any {
			c := make(chan os.Signal, 1)
			signal.Notify(c)
			defer signal.Stop(c)
			return nothing(len(c) == 0)
		},
		"NotifyContext": func() any {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			return nothing(ctx.Err() == nil)
		},
	})
	add("os/user", map[string]func() any{
		"Current":       func() any { return last(user.Current()) },
		"Lookup":        func() any { return last(user.Lookup("root")) },
		"LookupGroup":   func() any { return last(user.LookupGroup("root")) },
		"LookupGroupId": func() any { return last(user.LookupGroupId("0")) },
		"LookupId":      func() any { return last(user.LookupId("0")) },
		"User.GroupIds": func() any { return last(new(user.User).GroupIds()) },
	})
	add("path/filepath", map[string]func() any{
		"Abs":          func() any { return last(filepath.Abs("a")) },
		"EvalSymlinks": func() any { return last(filepath.EvalSymlinks("/etc")) },
		"Glob":         func() any { names, _ := filepath.Glob("/*"); return names },
		"Walk":         func() any { return filepath.Walk("/", func(_ string, _ fs.FileInfo, err error) error { return err }) },
		"WalkDir": func() any {
			return filepath.WalkDir("/", func(_ string, _ fs.DirEntry, err error) error { return err })
		},
	})
	add("runtime", map[string]func() any{
		"Breakpoint":        func() any { runtime.Breakpoint(); return nothing(true) },
		"GOMAXPROCS":        func() any { return runtime.GOMAXPROCS(8) * runtime.GOMAXPROCS(0) },
		"GOROOT":            func() any { return empty(runtime.GOROOT()) },
		"NumCPU":            func() any { return runtime.NumCPU() },
		"SetCPUProfileRate": func() any { runtime.SetCPUProfileRate(0); return nothing(true) },
	})
	add("runtime/debug", map[string]func() any{
		"SetCrashOutput": func() any { return debug.SetCrashOutput(os.Stderr, debug.CrashOptions{}) },
		"SetMaxStack":    func() any { return capped(debug.SetMaxStack, math.MaxInt) },
		"SetMaxThreads":  func() any { return nothing(debug.SetMaxThreads(10000) == 10000) },
		"SetMemoryLimit": func() any { return capped(debug.SetMemoryLimit, math.MaxInt64) },
		"WriteHeapDump":  func() any { debug.WriteHeapDump(1); return nothing(true) },
	})
	add("runtime/pprof", map[string]func() any{
		"StartCPUProfile": func() any { return pprof.StartCPUProfile(io.Discard) },
	})
	add("testing", map[string]func() any{
		"T.Chdir":   func() any { return fails(func(t *testing.T) { t.Chdir("/") }) },
		"T.TempDir": func() any { return fails(func(t *testing.T) { t.TempDir() }) },
	})
}

func nothing(is bool) any {
	if is {
		return "nothing"
	}
	return "something"
}

func empty(s string) any {
	if s == "" {
		return "empty"
	}
	return s
}

// capped sets a limit, which must not rise above what it is by default, and puts
// back what there was.
func capped[T int | int64](set func(T) T, high T) any {
	before := set(high)
	half := set(before / 2)
	lowered := set(before)
	if half == before && lowered == before/2 && set(before) == before {
		return "capped"
	}
	return []T{before, half, lowered}
}

// fails runs a test that is to fail.
func fails(test func(t *testing.T)) any {
	matchAll := func(string, string) (bool, error) { return true, nil }
	if testing.RunTests(matchAll, []testing.InternalTest{{Name: "inner", F: test}}) {
		return "passes"
	}
	return "fails"
}

// largeForm reads a form with more in it than may be kept in memory.
func largeForm() any {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "name")
	if err != nil {
		return err
	}
	io.WriteString(part, strings.Repeat("x", 1<<20))
	w.Close()
	return last(multipart.NewReader(&b, w.Boundary()).ReadForm(1))
}

func certificate() *x509.Certificate {
	return &x509.Certificate{Raw: []byte{0x30}, RawSubject: []byte{0x30}, RawIssuer: []byte{0x31}}
}
