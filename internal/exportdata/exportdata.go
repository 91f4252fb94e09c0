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

// genericMethods is the first language that has methods with type parameters.
const genericMethods = "go1.27"

// NeedsPlain reports whether this program's go/types has no words for such methods, so that it has
// to have what Plain returns.
func NeedsPlain() bool { return version.Compare(version.Lang(runtime.Version()), genericMethods) < 0 }

// Section returns what is noted in a compiled package, or, of a package of the library that
// this program could not read otherwise, what it finds in its source. Read reads it.
func (l Library) Section(file, path string, standard bool) ([]byte, error) {
	if standard && NeedsPlain() {
		if plain, err := l.Plain(file, path); plain != nil || err != nil {
			return plain, err
		}
	}
	return section(file, path)
}

// Plain returns a package of the library without the methods that have type parameters, for Read, or nil if
// it has none. It is the same whatever Go has built this program.
func (l Library) Plain(file, path string) ([]byte, error) {
	if version.Compare(version.Lang(l.Version), genericMethods) < 0 {
		return nil, nil
	}
	data, err := section(file, path)
	if err != nil {
		return nil, err
	}
	p, err := Read(data, token.NewFileSet(), map[string]*types.Package{}, path)
	if err == nil && !hasGenericMethods(p) || err != nil && !strings.Contains(err.Error(), "cannot have a receiver") {
		return nil, nil
	}
	fset := token.NewFileSet()
	if p, err = l.fromSource(fset, path); err != nil {
		return nil, err
	}
	var written bytes.Buffer
	if err := gcexportdata.Write(&written, fset, p); err != nil {
		return nil, fmt.Errorf("noting the types of %s: %w", path, err)
	}
	return written.Bytes(), nil
}

func hasGenericMethods(p *types.Package) bool {
	for _, name := range p.Scope().Names() {
		named, ok := p.Scope().Lookup(name).Type().(*types.Named)
		if !ok {
			continue
		}
		for m := range named.Methods() {
			if m.Signature().TypeParams().Len() > 0 {
				return true
			}
		}
	}
	return false
}

// section takes what is noted out of a compiled package.
func section(file, path string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 what Go 1.26 and 1.27 compile is archives
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("reading the types of %s: %w", path, err)
	}
	return io.ReadAll(r)
}

// Read makes a package of what Section has returned; loaded are those that it, and others
// before, have mentioned.
func Read(data []byte, fset *token.FileSet, loaded map[string]*types.Package, path string) (*types.Package, error) {
	return gcexportdata.Read(bytes.NewReader(data), fset, loaded, path)
}
