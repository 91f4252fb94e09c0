package extension

import (
	"errors"
	"fmt"
	"go/token"
	"go/version"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/regular"
	"golang.org/x/mod/modfile"
)

// Module is the author's main module.
type Module struct {
	Dir       string
	File      string // the go.mod
	Path      string
	GoVersion string // of the go line, as "1.26"; empty without one
	goLine    token.Position
}

// FindModule finds and reads the go.mod of dir, in it or above.
func FindModule(dir string) (*Module, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for d := dir; ; d = filepath.Dir(d) {
		file := filepath.Join(d, "go.mod")
		data, err := regular.Read(d, "go.mod", regular.Text)
		if err == nil {
			return parseModule(d, file, data)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot read the module file: %w", err)
		}
		if d == filepath.Dir(d) {
			if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("there is no folder %s", dir)
			}
			return nil, fmt.Errorf("no go.mod in %s or above it; make one with: go mod init NAME, or begin an extension with: pgbuild new NAME", dir)
		}
	}
}

func parseModule(dir, file string, data []byte) (*Module, error) {
	// Lax: what else stands in go.mod is for the go command to judge.
	f, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return nil, err
	}
	m := &Module{Dir: dir, File: file}
	if f.Module == nil {
		return nil, fmt.Errorf("%s has no module line; add: module NAME", file)
	}
	m.Path = f.Module.Mod.Path
	if f.Go != nil {
		start := f.Go.Syntax.Start
		m.GoVersion = f.Go.Version
		m.goLine = token.Position{Filename: file, Line: start.Line, Column: start.LineRune}
	}
	return m, nil
}

// checkGo reports a go line that the toolchain (as "go1.26.8") is too old for.
func (m *Module) checkGo(c *collector, toolchain string) {
	if toolchain == "" || m.GoVersion == "" {
		return
	}
	if version.Compare("go"+m.GoVersion, toolchain) > 0 {
		c.addAt(m.goLine, "the module asks for go%s, but the go command is %s; use a newer Go or lower the go line",
			m.GoVersion, toolchain)
	}
}
