package base

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/loops"
)

// Package is a package of a module: one file.
type Package struct {
	Path string
	File string // its name, for positions and tracebacks
	Text []byte
	// Profile is the compiler's (package loops), of this and other packages; nil: there is none.
	Profile []byte
}

// PackageError says that a package of a module does not compile.
type PackageError struct {
	Path string
	Err  error
}

func (e *PackageError) Error() string { return fmt.Sprintf("compiling package %s: %v", e.Path, e.Err) }

func (e *PackageError) Unwrap() error { return e.Err }

// ErrTooLarge says that no world has a place for what would be a module, with all its variables.
var ErrTooLarge = fmt.Errorf("a module takes at most %d MB of memory", moduleMax>>20)

// ErrInstance says that the Go linker cannot link what would be a module: it describes an instance of a generic type, with methods
// that are where the base has that instance.
var ErrInstance = errors.New("it has an instance of a generic type whose methods are in the base")

// IsModule reports whether data begin as those of a module do.
func IsModule(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }

// Module compiles packages, of which each may import those before it and those of the base, and
// links them. Their paths have to be unlike those of all other modules that can come into
// one world: the runtime takes two types of one name and path for one.
func (b *Base) Module(ctx context.Context, k *kit.Kit, packages []Package) ([]byte, error) {
	if err := b.load(); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(k.Work, "module-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	config, err := os.ReadFile(filepath.Join(b.dir, configName))
	if err != nil {
		return nil, err
	}
	var names, imports []string
	var archive string
	for i, p := range packages {
		if archive, err = b.compile(ctx, k, work, fmt.Sprintf("%d", i), p, config); err != nil {
			return nil, err
		}
		config = fmt.Appendf(config, "packagefile %s=%s\n", p.Path, archive)
		data, err := os.ReadFile(archive)
		if err != nil {
			return nil, err
		}
		more, err := symbolNames(data)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
		from, err := importsOf(p)
		if err != nil {
			return nil, err
		}
		imports = append(imports, from...)
	}
	object, err := b.link(ctx, k, work, packages, config, names, archive)
	if err != nil {
		return nil, err
	}
	module, err := b.layOut(object, b.inits(imports))
	if err != nil {
		return nil, err
	}
	if err := b.Verify(module); err != nil {
		return nil, fmt.Errorf("the object gate refuses what was built: %w", err)
	}
	return module, nil
}

func (b *Base) compile(ctx context.Context, k *kit.Kit, work, name string, p Package, config []byte) (string, error) {
	file, cfg, archive := filepath.Join(work, filepath.Base(p.File)), filepath.Join(work, name+".cfg"), filepath.Join(work, name+".a")
	if err := os.WriteFile(file, p.Text, 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(cfg, config, 0o644); err != nil {
		return "", err
	}
	flags, err := loops.Flags(filepath.Join(work, name+".pgo"), p.Profile)
	if err != nil {
		return "", err
	}
	flags = append(flags, "-p", p.Path, "-lang", version.Lang(k.Golang.Version), "-complete", "-pack", "-shared", "-linkshared",
		"-dwarf=false", k.FunctionFlag(), "-trimpath", work+"=>", "-importcfg", cfg, "-o", archive)
	// By its name, as in plgo/compile.
	if err := goTool(ctx, k, work, "compile", append(flags, filepath.Base(file))...); err != nil {
		return "", &PackageError{p.Path, err}
	}
	return archive, nil
}

// link has the Go linker link a module's packages and returns the relocatable.
func (b *Base) link(ctx context.Context, k *kit.Kit, work string, packages []Package, known []byte, names []string, root string) ([]byte, error) {
	entry, err := os.ReadFile(filepath.Join(b.dir, entryName))
	if err != nil {
		return nil, err
	}
	if err := appendMember(root, "entry.o", entry); err != nil {
		return nil, err
	}
	library, err := b.standInFor(names)
	if err != nil {
		return nil, fmt.Errorf("making the stand-in of a base: %w", err)
	}
	path := filepath.Join(work, standIn)
	if err := os.WriteFile(path, library, 0o644); err != nil {
		return nil, err
	}
	var config bytes.Buffer
	for _, line := range strings.Split(strings.TrimSpace(string(known)), "\n") {
		pkg, file, _ := strings.Cut(strings.TrimPrefix(line, "packagefile "), "=")
		if slices.ContainsFunc(packages, func(p Package) bool { return p.Path == pkg }) {
			fmt.Fprintf(&config, "packagefile %s=%s\n", pkg, file)
		} else {
			fmt.Fprintf(&config, "packageshlib %s=%s\n", pkg, path)
		}
	}
	cfg := filepath.Join(work, "link.cfg")
	if err := os.WriteFile(cfg, config.Bytes(), 0o644); err != nil {
		return nil, err
	}
	main := packages[len(packages)-1].Path
	object, err := goLink(ctx, k, work, cfg, "module.so", []string{"-buildmode=plugin", "-linkshared", "-pluginpath=" + main, root})
	var failed *kit.BuildError
	if errors.As(err, &failed) && strings.Contains(failed.Output, "cannot target DYNIMPORT sym in section-relative reloc") {
		return nil, ErrInstance
	}
	if err != nil {
		return nil, fmt.Errorf("linking a module: %w", err)
	}
	return os.ReadFile(object)
}

// appendMember adds a member to an archive.
func appendMember(path, name string, data []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	member := fmt.Appendf(nil, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, len(data))
	member = append(member, data...)
	if len(data)%2 != 0 {
		member = append(member, 0)
	}
	if _, err = f.Write(member); err != nil {
		return err
	}
	return f.Close()
}

// inits returns the tasks of the base's packages that have to be initialised before a module that
// imports some is.
func (b *Base) inits(imports []string) []uint32 {
	needed := map[string]bool{}
	for queue := imports; len(queue) > 0; queue = queue[1:] {
		if p := b.about.Packages[queue[0]]; p != nil && !needed[queue[0]] {
			needed[queue[0]] = true
			queue = append(queue, p.Imports...)
		}
	}
	var tasks []uint32
	for _, t := range b.about.Inits {
		if needed[t.Package] {
			tasks = append(tasks, t.Offset)
		}
	}
	return tasks
}
