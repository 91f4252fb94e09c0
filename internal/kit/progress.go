package kit

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
)

// progress counts the packages that the go command compiles, the first time
// that a toolchain and an overlay come together. Later builds compile so little
// that there is nothing to tell. A nil progress tells nothing.
type progress struct {
	tell   func(pkg string, done, total int)
	marker string // is there when the standard library has been built
	left   map[string]bool
	total  int
}

func (k *Kit) startProgress(ctx context.Context, dir string, args []string) *progress {
	marker := filepath.Join(k.CacheDir, "built", string(k.Target)+"-"+k.Golang.Version+"-"+k.Overlay.Hash[:24])
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	p := &progress{tell: k.Progress, marker: marker, left: map[string]bool{}}
	if p.tell == nil {
		p.tell = func(string, int, int) {}
		return p
	}
	// An error here comes again, and better, from the build itself.
	out, _ := k.Command(ctx, dir, k.listDeps("{{.ImportPath}}", args)...).Output()
	for pkg := range bytes.Lines(out) {
		p.left[strings.TrimSpace(string(pkg))] = true
	}
	p.total = len(p.left)
	return p
}

// compiled reports whether a line of the go command's output is the name of a
// package that it has begun to compile.
func (p *progress) compiled(line string) bool {
	if p == nil || strings.ContainsAny(line, " :\t") || line == "" {
		return false
	}
	if p.left[line] {
		delete(p.left, line)
		p.tell(line, p.total-len(p.left), p.total)
	}
	return true
}

func (p *progress) finished() {
	if p == nil {
		return
	}
	// Without the marker the next build tells its progress again: no harm done.
	if os.MkdirAll(filepath.Dir(p.marker), 0o755) == nil {
		_ = os.WriteFile(p.marker, nil, 0o644)
	}
}
