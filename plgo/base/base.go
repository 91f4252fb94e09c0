// Package base makes what functions of the language can share. A base is an object with the
// runtime and library; a module is a function's own code and data, which the host maps into
// a world of the base.
//
// The library is compiled for a base with -linkshared, in which code refers to symbols by
// name and not by number; other than with -dynlink, the code itself is that of any object.
// The Go linker then makes a relocatable of all of it, as for one of Go's shared libraries,
// and the kit's final link binds every reference, so that a base is relocated by its address alone.
//
// A module is compiled like any function and linked by the Go linker as a plugin that
// is linked against a stand-in of the base: a file with the symbols and types that it refers to. What comes out
// is laid out by this package, which resolves names to offsets in the base. See [Module].
package base

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/objfile"
)

// Base is one that has been made.
type Base struct {
	dir   string
	about *description

	// What it has and offers, which takes longer to read than a function to compile: it is there
	// once load has been called.
	load    func() error
	symbols *symbolTable
	offers  *exports
}

// Files of a base's folder.
const (
	fileName        = "base.so"
	packedName      = "base.so.gz" // the same, as a server's table has it
	symbolsName     = "symbols.so" // the same, with its symbol table
	descriptionName = "base.json"
	configName      = "importcfg"
	entryName       = "entry.o" // what the Go linker wants every plugin to have
)

// format is that of bases and modules.
const format = 2

// description is what is known of a base besides its file.
type description struct {
	Target   kit.Target
	Go       string
	Digest   string // SHA-256 of the file, in hexadecimal
	Refused  string `json:",omitempty"` // why there is none
	Packages map[string]*packageEntry
	Notes    map[string][]byte // for the Go linker, by section
	Exports  []string          // names of what modules may refer to
	// Inits are the packages that have something to initialise, in an order in which each stands
	// after those that it imports.
	Inits []initTask
}

type packageEntry struct {
	Name    string
	Std     bool
	Imports []string
}

type initTask struct {
	Package string
	Offset  uint32
}

// Path is the base's file.
func (b *Base) Path() string { return filepath.Join(b.dir, fileName) }

// Packed returns the base as a server's table has it, which is what gzip makes of it, and as it is.
func (b *Base) Packed() (packed, file []byte, err error) {
	path := filepath.Join(b.dir, packedName)
	if packed, err = os.ReadFile(path); err != nil {
		return nil, nil, fmt.Errorf("reading a base: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		file, err = io.ReadAll(r)
	}
	if digest := sha256.Sum256(file); err != nil || hex.EncodeToString(digest[:]) != b.Digest() {
		return nil, nil, fmt.Errorf("the file %s is damaged; remove its folder", path)
	}
	return packed, file, nil
}

// pack compresses a base. The best compression takes four times as long, and saves half a percent.
func pack(file []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(file); err != nil {
		return nil, err
	}
	err := w.Close()
	return packed.Bytes(), err
}

// Load reads what takes longer than to compile a function. The first module has it read, too.
func (b *Base) Load() error { return b.load() }

// Digest is the SHA-256 of the base's file, in hexadecimal.
func (b *Base) Digest() string { return b.about.Digest }

// ErrNone says that a base has not been made yet.
var ErrNone = errors.New("the base has not been made")

// Make returns the base that has some packages of the library, those of a set, unless that is nil, and
// what they import. It is made on first use. The error is a *RefusedError where a set cannot be in a base.
func Make(ctx context.Context, k *kit.Kit, packages []string, set *Set) (*Base, error) {
	packages = slices.Compact(slices.Sorted(slices.Values(packages)))
	module, dir, err := locate(ctx, k, packages, set)
	if err != nil {
		return nil, err
	}
	err = kit.Fill(dir, func(tmp string) error {
		err := fill(ctx, k, module, packages, set, tmp, dir)
		if set != nil && isFinal(err) {
			return describe(tmp, &description{Target: k.Target, Go: k.Golang.Version, Refused: err.Error()})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return open(dir)
}

// Find returns the same base if it has been made already, and else ErrNone.
func Find(ctx context.Context, k *kit.Kit, packages []string, set *Set) (*Base, error) {
	_, dir, err := locate(ctx, k, slices.Compact(slices.Sorted(slices.Values(packages))), set)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, ErrNone
	}
	return open(dir)
}

// locate returns the kit's own module, and the folder of the base that has some packages.
func locate(ctx context.Context, k *kit.Kit, packages []string, set *Set) (module, dir string, err error) {
	if module, err = k.OwnModule(); err != nil {
		return "", "", err
	}
	linker, err := k.LinkerID(ctx)
	if err != nil {
		return "", "", err
	}
	text := fmt.Appendf(nil, "%d\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%q\n", format, k.DebugFlag(), k.Golang.Version, k.Overlay.Hash,
		k.Target, link.KitDigest(), module, linker, packages)
	if set != nil {
		text = fmt.Appendf(text, "%q\n%q\n%q\n%q\n", set.Packages, set.Content, set.Info, k.Reviewed)
	}
	id := sha256.Sum256(text)
	return module, filepath.Join(k.CacheDir, "base", hex.EncodeToString(id[:12])), nil
}

func open(dir string) (*Base, error) {
	b := &Base{dir: dir, about: &description{}}
	data, err := os.ReadFile(filepath.Join(dir, descriptionName))
	if err != nil {
		return nil, fmt.Errorf("reading a base: %w", err)
	}
	if err := json.Unmarshal(data, b.about); err != nil {
		return nil, fmt.Errorf("reading a base: %w; remove the folder %s", err, dir)
	}
	if b.about.Refused != "" {
		return nil, &RefusedError{b.about.Refused}
	}
	b.load = sync.OnceValue(func() (err error) {
		if b.symbols, err = readSymbols(filepath.Join(dir, symbolsName)); err != nil {
			return fmt.Errorf("reading a base: %w", err)
		}
		b.offers = b.offered()
		return nil
	})
	return b, nil
}

// Has reports whether a package is in the base.
func (b *Base) Has(path string) bool { return b.about.Packages[path] != nil }

// listed is what go list says of a package.
type listed struct {
	ImportPath, Name, Export string
	Standard                 bool
	Imports                  []string
}

// fill makes a base in a temporary folder that will be final.
func fill(ctx context.Context, k *kit.Kit, module string, packages []string, set *Set, tmp, final string) error {
	work, err := os.MkdirTemp(k.Work, "base-")
	if err != nil {
		return err
	}
	var list []*listed
	if set == nil {
		list, err = compileLibrary(ctx, k, module, nil, packages)
	} else {
		list, err = set.compile(ctx, k, packages)
	}
	if err != nil {
		return err
	}
	object, err := linkLibrary(ctx, k, list, set, work)
	if err != nil {
		return err
	}
	from, err := set.origin(list, object)
	if err != nil {
		return err
	}
	notes, err := prepareLibrary(object)
	if err != nil {
		return err
	}
	whole, stripped, err := link.Base(ctx, k, work, object, from)
	if err != nil {
		return err
	}
	if err := checkSize(stripped); err != nil {
		return err
	}
	about := &description{Target: k.Target, Go: k.Golang.Version, Notes: notes, Packages: map[string]*packageEntry{}}
	digest := sha256.Sum256(stripped)
	about.Digest = hex.EncodeToString(digest[:])
	var config bytes.Buffer
	for i, l := range list {
		about.Packages[l.ImportPath] = &packageEntry{Name: l.Name, Std: l.Standard, Imports: l.Imports}
		name := fmt.Sprintf("%d.a", i)
		if err := keepTypes(filepath.Join(tmp, name), l.Export); err != nil {
			return fmt.Errorf("keeping package %s: %w", l.ImportPath, err)
		}
		fmt.Fprintf(&config, "packagefile %s=%s\n", l.ImportPath, filepath.Join(final, name))
	}
	if err := checkFunctions(stripped); err != nil {
		return err
	}
	if about.Inits, err = initTasks(whole); err != nil {
		return err
	}
	if about.Exports, err = exportNames(ctx, k, list, set, work); err != nil {
		return err
	}
	packed, err := pack(stripped)
	if err != nil {
		return err
	}
	return errors.Join(
		describe(tmp, about),
		entryObject(ctx, k, work, filepath.Join(tmp, entryName)),
		os.WriteFile(filepath.Join(tmp, fileName), stripped, 0o644),
		os.WriteFile(filepath.Join(tmp, packedName), packed, 0o644),
		os.WriteFile(filepath.Join(tmp, symbolsName), whole, 0o644),
		os.WriteFile(filepath.Join(tmp, configName), config.Bytes(), 0o644),
	)
}

func describe(dir string, about *description) error {
	text, err := json.Marshal(about)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, descriptionName), text, 0o644)
}

// keepTypes copies what a compiler reads of a compiled package, which is the archive's first
// member.
func keepTypes(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	types, err := objfile.Member(data, "__.PKGDEF")
	if err != nil {
		return err
	}
	end := bytes.Index(data, types) + len(types)
	return os.WriteFile(to, data[:end+end&1], 0o644)
}

// compileLibrary compiles packages, and all that they import, for a base. They are found from a folder, with
// more flags of the go command.
func compileLibrary(ctx context.Context, k *kit.Kit, dir string, flags, packages []string) ([]*listed, error) {
	args := []string{"list", "-buildmode=c-archive"}
	for _, flag := range k.Flags(k.Overlay.JSON) {
		if strings.HasPrefix(flag, "-gcflags=") {
			flag += " -linkshared"
		}
		args = append(args, flag)
	}
	args = append(args, flags...)
	args = append(args, "-deps", "-export", "-json=ImportPath,Name,Export,Standard,Imports", "--")
	args = append(args, packages...)
	var stdout, stderr bytes.Buffer
	if err := k.Run(ctx, dir, &stdout, &stderr, args...); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("compiling the library of a base: %w\n%s", err, stderr.String())
	}
	var list []*listed
	for d := json.NewDecoder(&stdout); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what go list says: %w", err)
		}
		if l.ImportPath == "unsafe" || kit.IsAbsent(l.ImportPath) {
			continue // the compiler's own, or without a file for the target
		}
		if l.Export == "" {
			return nil, fmt.Errorf("package %s has not been compiled", l.ImportPath)
		}
		list = append(list, &l)
	}
}

// linkLibrary links packages into a relocatable and returns its path.
func linkLibrary(ctx context.Context, k *kit.Kit, list []*listed, set *Set, work string) (string, error) {
	// Package runtime refers to it, and no base runs it.
	main := filepath.Join(work, "main.go")
	if err := os.WriteFile(main, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return "", err
	}
	var config bytes.Buffer
	args := []string{"-buildmode=shared"}
	if set != nil && k.Reviewed != "" {
		args = append(args, "-X", k.Reviewed)
	}
	for _, l := range list {
		fmt.Fprintf(&config, "packagefile %s=%s\n", l.ImportPath, l.Export)
		args = append(args, l.ImportPath+"="+l.Export)
	}
	cfg, archive := filepath.Join(work, "base.cfg"), filepath.Join(work, "main.a")
	if err := os.WriteFile(cfg, config.Bytes(), 0o644); err != nil {
		return "", err
	}
	err := goTool(ctx, k, work, "compile", "-p", "main", "-complete", "-pack", "-shared", "-linkshared", "-dwarf=false", k.DebugFlag(),
		"-trimpath", work+"=>base", "-importcfg", cfg, "-o", archive, main)
	if err != nil {
		return "", fmt.Errorf("compiling the main package of a base: %w", err)
	}
	if set != nil {
		// The linker reads it, and no compiler.
		fmt.Fprintf(&config, "modinfo %q\n", set.Info)
		if err := os.WriteFile(cfg, config.Bytes(), 0o644); err != nil {
			return "", err
		}
	}
	args = append(args, "main="+archive)
	return goLink(ctx, k, work, cfg, standIn, args)
}

// noteNames are what the Go linker writes for itself into shared libraries.
var noteNames = []string{".note.go.abihash", ".note.go.deps", ".note.go.pkg-list"}

// prepareLibrary prepares a base's relocatable for the final link, and takes the Go linker's notes
// out of it.
func prepareLibrary(path string) (map[string][]byte, error) {
	object, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := objfile.RemoveTLS(object); err != nil {
		return nil, err
	}
	notes, err := objfile.AsConstants(object, noteNames...)
	if err != nil {
		return nil, err
	}
	return notes, os.WriteFile(path, object, 0o644)
}

// standIn is the name by which the Go linker knows a base, in a symbol that modules refer to.
const standIn = "libbase.so"
