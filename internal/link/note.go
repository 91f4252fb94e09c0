package link

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
	"github.com/pgstd/pgstd/trust/source"
)

// MainDir is the folder of the generated package main, inside the author's
// package so that internal packages can be imported. It exists in the overlay only.
const MainDir = "pgstd_main"

// FunctionPath is the import path of the package of a function of the language.
const FunctionPath = "plgo"

// Kinds of files, as the object gate calls them.
const (
	kindObject = object.Object
	KindModule = object.Module
	KindHost   = object.Host
)

// Origin is what the source gate has said of the code in a file that is linked. The zero
// value says that it was not asked.
type Origin struct {
	Verdict *provenance.Source
	Judged  *source.Result  // nil: nothing
	Reached map[string]bool // the judged packages that are linked; nil: all
}

// Record makes the provenance of a file that is about to be linked. What goes in
// is found in the Go linker's object, if there is one, and must be the same on
// every machine. The compiler is what has compiled the host, if there is one in it.
func Record(k *kit.Kit, kind object.Kind, goObject string, from Origin, compiler string) (*provenance.Record, error) {
	r := &provenance.Record{
		Version: provenance.Version,
		Kind:    string(kind),
		Target:  string(k.Target),
		ABI:     abiVersion(),
		Kit:     provenance.Kit{Version: pgstd.Version, Digest: KitDigest()},
	}
	if kind != kindObject {
		r.Compiler = compiler
		r.Debug = string(k.Debug)
	}
	if k.Symbols && kind != KindHost {
		r.Debug = "symbols"
	}
	if goObject == "" {
		return r, nil
	}
	data, err := os.ReadFile(goObject)
	if err != nil {
		return nil, err
	}
	info, err := provenance.BuildInfo(data)
	if err != nil {
		return nil, fmt.Errorf("reading what the Go linker has linked: %w", err)
	}
	r.FromBuildInfo(info)
	r.Package = strings.TrimSuffix(info.Path, "/"+MainDir)
	r.Overlay = k.Overlay.Hash
	r.Source = from.Verdict
	if err := from.identify(r); err != nil {
		return nil, err
	}
	if from.Judged != nil && from.Reached == nil {
		// Of functions, the text itself has been compiled, by pgbuild.
		if err := from.checkFiles(data); err != nil {
			return nil, err
		}
	}
	for _, flag := range k.Flags("") {
		if !strings.HasPrefix(flag, "-overlay=") {
			r.Flags = append(r.Flags, flag)
		}
	}
	return r, nil
}

// CheckFiles reports an error if functions of a Go object come from files that have not been judged.
func (o *Origin) CheckFiles(goObject string) error {
	data, err := os.ReadFile(goObject)
	if err != nil {
		return err
	}
	return o.checkFiles(data)
}

func (o *Origin) checkFiles(goObject []byte) error {
	names, err := linkedFiles(goObject)
	if err != nil {
		return err
	}
	return checkLinked(names, o.Judged)
}

// identify says of each module that has been linked what the source gate has found it to
// be. One that it has not seen cannot be there.
func (o *Origin) identify(r *provenance.Record) error {
	if o.Judged == nil {
		return nil
	}
	linked := map[string]bool{}
	for i := range r.Modules {
		m := &r.Modules[i]
		if m.Path == kit.ModulePath || m.Path == FunctionPath {
			continue
		}
		at := slices.IndexFunc(o.Judged.Modules, func(j source.Module) bool { return j.Path == m.Path })
		if at < 0 {
			return fmt.Errorf("module %s %s has been linked, and the source gate has not judged it; build it again", m.Path, m.Version)
		}
		linked[m.Path] = true
		is := o.Judged.Modules[at]
		m.Sum, m.Replace = is.Sum, nil
		if is.Replace != nil {
			m.Replace = &provenance.Replacement{Path: is.Replace.Path, Version: is.Replace.Version}
		}
	}
	for _, p := range o.Judged.Packages {
		if linked[p.Module] && (o.Reached == nil || o.Reached[p.Path]) {
			r.Packages = append(r.Packages, provenance.Package{Path: p.Path, Module: p.Module, Sum: p.Sum, Assembly: p.Assembly, Accepted: p.Accepted})
		}
	}
	return nil
}

// descriptorSymbol is the name of what a file's notes point to.
func descriptorSymbol(r *provenance.Record) string {
	if object.Kind(r.Kind) == KindHost {
		return ""
	}
	return "pgstd_object"
}

// abiVersion is the one of host/abi.h.
var abiVersion = sync.OnceValue(func() uint32 {
	data, err := fs.ReadFile(pgstd.Files, "host/abi.h")
	if err == nil {
		m := regexp.MustCompile(`#define PGSTD_ABI_VERSION\s+(\d+)`).FindSubmatch(data)
		if m != nil {
			n, _ := strconv.ParseUint(string(m[1]), 10, 32)
			return uint32(n)
		}
	}
	panic("host/abi.h has no version") // it is part of this program
})

// KitDigest identifies all that this pgbuild puts into a file.
var KitDigest = sync.OnceValue(func() string {
	h := sha256.New()
	err := fs.WalkDir(pgstd.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := fs.ReadFile(pgstd.Files, path)
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		panic(err) // an embedded file can be read
	}
	return fmt.Sprintf("%x", h.Sum(nil))
})
