package overlay

import (
	"bytes"
	"errors"
	"go/build"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// stock is one file of a package in GOROOT.
type stock struct {
	name     string
	path     string // below GOROOT exactly as go prints it
	src      []byte // nil if the target does not select the file by its name
	selected bool   // the target selects it
	parsed   *source
	drop     *rule // the rule that drops it
	taken    *rule // the rule that selects it against its build constraint
	retagged bool  // the tag purego, which counts elsewhere, would decide otherwise
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.go") }

func isAsm(name string) bool { return strings.HasSuffix(name, ".s") || strings.HasSuffix(name, ".S") }

// isSource reports whether the go command may compile or include a file of this name.
func isSource(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".syso":
		return true
	}
	return false
}

// readStock reads a package of GOROOT and parses the Go files that the target selects, other
// than tests.
func readStock(dir string, ctx build.Context, errs *problems) []*stock {
	entries, err := os.ReadDir(dir)
	if err != nil {
		errs.add(dir, "", "cannot be read: %v", err)
		return nil
	}
	var files []*stock
	for _, e := range entries {
		if !e.IsDir() && isSource(e.Name()) {
			files = append(files, &stock{name: e.Name(), path: filepath.Join(dir, e.Name())})
		}
	}
	fails := make([]error, len(files))
	parallel(len(files), func(i int) { fails[i] = files[i].load(dir, ctx) })
	for i, err := range fails {
		if err != nil {
			errs.add(files[i].path, "", "cannot be read: %v", err)
		}
	}
	return files
}

func (f *stock) load(dir string, ctx build.Context) (err error) {
	ctx.OpenFile = func(path string) (io.ReadCloser, error) {
		if f.src, err = os.ReadFile(path); err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(f.src)), nil
	}
	if f.selected, err = ctx.MatchFile(dir, f.name); err != nil || !f.selected {
		return err
	}
	if filepath.Ext(f.name) == ".go" && !isTest(f.name) {
		f.parsed, err = parseSource(f.path, f.src)
	}
	return err
}

// parallel calls f for 0 to n-1, on as many threads as there are.
func parallel(n int, f func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

var textSymbol = regexp.MustCompile(`(?m)^TEXT\s+([^\s·(]*)·(\w+)(?:<\w+>)?\(SB\)`)

// textSymbols returns the functions of package pkg that an assembly file has the bodies of.
func textSymbols(src []byte, pkg string) []string {
	var names []string
	for _, m := range textSymbol.FindAllSubmatch(src, -1) {
		if in := strings.ReplaceAll(string(m[1]), "∕", "/"); in == "" || in == pkg {
			names = append(names, string(m[2]))
		}
	}
	return names
}

// exists reports whether GOROOT has the package.
func exists(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return filepath.Ext(e.Name()) == ".go"
	}) || err != nil && !errors.Is(err, os.ErrNotExist)
}
