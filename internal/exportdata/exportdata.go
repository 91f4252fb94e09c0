// Package exportdata reads what a compiler has noted of a package's types, whatever Go has
// compiled the package, and whatever Go has built this program.
//
// The format is x/tools' business, which is kept newer than all releases of Go that are
// supported. What the format tells may still be more than this program's go/types has
// words for: Go 1.27 has methods with type parameters. A package of the standard library that has some
// is read from its source, without them. Other packages' source the source gate reads, and says
// which Go has to build pgbuild.
package exportdata

import (
	"bytes"
	"fmt"
	"go/token"
	"go/types"
	"go/version"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
)

// A Library is the standard library of a toolchain.
type Library struct {
	Root    string // GOROOT
	Version string // as "go1.27.4"
	GOARCH  string
}

// Newer reports whether the library may have what this program's go/types does not know.
func (l Library) Newer() bool {
	return version.Compare(version.Lang(l.Version), version.Lang(runtime.Version())) > 0
}

// Key is part of the name of whatever is kept of what Section returns.
func (l Library) Key() string {
	if l.Newer() {
		return "read by " + version.Lang(runtime.Version())
	}
	return ""
}

// Section returns what is noted in a compiled package, or, of a package of the library that
// this program could not read otherwise, what it finds in its source. Read reads it.
func (l Library) Section(file, path string, standard bool) ([]byte, error) {
	if standard {
		if instead, err := l.Instead(file, path); instead != nil || err != nil {
			return instead, err
		}
	}
	data, err := section(file)
	if err != nil {
		return nil, fmt.Errorf("reading the types of %s: %w", path, err)
	}
	return data, nil
}

// Instead returns what Section returns of a package of the library in place of what is noted in it, or
// nil if this program can read that.
func (l Library) Instead(file, path string) ([]byte, error) {
	if !l.Newer() {
		return nil, nil
	}
	data, err := section(file)
	if err != nil {
		return nil, fmt.Errorf("reading the types of %s: %w", path, err)
	}
	fset := token.NewFileSet()
	if _, err := Read(data, fset, map[string]*types.Package{}, path); err == nil || !strings.Contains(err.Error(), "cannot have a receiver") {
		return nil, nil
	}
	p, err := l.fromSource(fset, path)
	if err != nil {
		return nil, err
	}
	var written bytes.Buffer
	if err := gcexportdata.Write(&written, fset, p); err != nil {
		return nil, fmt.Errorf("noting the types of %s: %w", path, err)
	}
	return written.Bytes(), nil
}

// section takes it out of a compiled package.
func section(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 what Go 1.26 and 1.27 compile is archives
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// Read makes a package of what Section has returned; loaded are those that it, and others
// before, have mentioned.
func Read(data []byte, fset *token.FileSet, loaded map[string]*types.Package, path string) (*types.Package, error) {
	return gcexportdata.Read(bytes.NewReader(data), fset, loaded, path)
}
