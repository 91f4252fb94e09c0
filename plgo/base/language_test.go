package base

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
)

// notInModules are programs of Go's folder "test" that no module passes, and why.
var notInModules = map[string]string{
	"const7.go":                      "imports os/exec, which the base of this test does not have",
	"devirtualization_nil_panics.go": "looks for the function main.main in a traceback",
	"gcgort.go":                      "imports runtime/debug, which the base of this test does not have",
	"heapsampling.go":                "wants a heap profile without having asked for one",
	"linkmain_run.go":                "imports os/exec, which the base of this test does not have",
	"linkobj.go":                     "imports os/exec, which the base of this test does not have",
	"linkx_run.go":                   "imports os/exec, which the base of this test does not have",
	"nosplit.go":                     "imports os/exec, which the base of this test does not have",
	"recover2.go":                    "wants the name main.T in an error",
	"recover4.go":                    "imports runtime/debug, which the base of this test does not have",
	"rename.go":                      "gives string another meaning, which the test needs",
	"string_lit.go":                  "ends by os.Exit",
	"switch.go":                      "ends by os.Exit",
	"winbatch.go":                    "imports path/filepath, which the base of this test does not have",
	"zerosize.go":                    "wants one address for variables without a size, which the language leaves open",
}

var (
	mainPackage  = regexp.MustCompile(`(?m)^package main$`)
	mainFunction = regexp.MustCompile(`(?m)^func main\(\)`)
)

// TestGoPrograms runs programs by which Go tests its language, each as a module of a base; under an emulator
// one of ten. Those that import what a module cannot have are passed over.
func TestGoPrograms(t *testing.T) {
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(g.Root, "test")
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Skipf("this Go has no programs in %s", folder)
	}
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := testBase(t, at)
		for i, file := range files {
			name := filepath.Base(file)
			if at.GOARCH() != runtime.GOARCH && i%10 != 0 || notInModules[name] != "" {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(source)
			if !strings.HasPrefix(text, "// run\n") || !mainPackage.MatchString(text) || !mainFunction.MatchString(text) || strings.Contains(text, `"unsafe"`) {
				continue
			}
			t.Run(name, func(t *testing.T) { runProgram(t, k, b, file, text) })
		}
	})
}

// runProgram runs one, which prints what a file beside it has, or says that something is wrong.
func runProgram(t *testing.T, k *kit.Kit, b *Base, file, text string) {
	text = mainFunction.ReplaceAllString(mainPackage.ReplaceAllString(text, "package program"), "func Main()") +
		"\nfunc Run(string) string { Main(); return \"done\" }\n"
	data, err := b.Module(t.Context(), k, []Package{
		{Path: "plgo/program", File: "program.go", Text: []byte(text)},
		{Path: "plgo/program/w", File: "w.go", Text: wrapper("plgo/program", text)},
	})
	if err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(t.TempDir(), "module")
	if err := os.WriteFile(module, data, 0o644); err != nil {
		t.Fatal(err)
	}
	out, done := strings.CutSuffix(host(t, k, nil, b.Path(), "modules", "load "+module, "Run"), "done\n")
	want, err := os.ReadFile(strings.TrimSuffix(file, ".go") + ".out")
	switch {
	case !done, err == nil && out != string(want), errors.Is(err, fs.ErrNotExist) && strings.Contains(out, "BUG"):
		t.Errorf("it prints %s, want %s", out, want)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		t.Fatal(err)
	}
}
