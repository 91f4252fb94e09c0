package link

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/objfile"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/trust/provenance"
)

// linkFlags make a shared object that names no library and has no start code.
// The Go part has no undefined symbol; a module's host leaves those of the
// server and its C library, which the server has loaded.
//
// They are all of them, as the linker is called without a C compiler, which would add
// its own: what comes out is decided by the linker alone.
var linkFlags = []string{
	"-shared", "--eh-frame-hdr", "--hash-style=gnu",
	"-z", "relro", "-z", "now", "-z", "noexecstack", "-z", "separate-code", "--build-id=none", "-Bsymbolic",
}

// archLinkFlags are those of an architecture. On arm64, GNU ld works around a fault of
// Cortex-A53 processors, as C compilers have it do.
var archLinkFlags = map[string][]string{
	"amd64": {"-m", "elf_x86_64"},
	"arm64": {"-m", "aarch64linux", "--fix-cortex-a53-843419"},
}

// ld runs the linker; what it says becomes the error.
func ld(ctx context.Context, k *kit.Kit, out string, args ...string) error {
	dir := filepath.Dir(out)
	readOnly := append(k.ToolFolders(), k.Work, filepath.Dir(k.Linker))
	args = slices.Concat([]string{"-o", out}, archLinkFlags[k.Target.GOARCH()], linkFlags, args)
	said, err := k.Runner.With(readOnly, []string{dir}).Command(ctx, dir, k.ToolEnviron(dir), k.Linker, args...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if limit := (*sandbox.LimitError)(nil); errors.As(err, &limit) {
		return fmt.Errorf("linking: %w", limit)
	}
	if err != nil {
		return fmt.Errorf("linking: %s: %w\n%s", filepath.Base(k.Linker), err, said)
	}
	return nil
}

// noteObject writes an object file with the notes of a record and returns its path.
func noteObject(k *kit.Kit, dir string, r *provenance.Record) (string, error) {
	o, err := objfile.NewRelocatable(k.Target.GOARCH())
	if err != nil {
		return "", err
	}
	symbol := descriptorSymbol(r)
	s := o.Section(provenance.Section, elf.SHT_NOTE, elf.SHF_ALLOC, 4)
	var at uint64
	if s.Data, at = r.Notes(symbol != ""); symbol != "" {
		o.Undefined(symbol)
		kind := uint32(elf.R_X86_64_PC64)
		if k.Target.GOARCH() == "arm64" {
			kind = uint32(elf.R_AARCH64_PREL64)
		}
		s.Relocate(at, symbol, kind, 0)
	}
	return write(filepath.Join(dir, "note.o"), o.Encode)
}

// Glue writes an object file with the trampolines and settings of a package and returns its path.
func Glue(k *kit.Kit, dir string, p *extension.Package) (string, error) {
	return write(filepath.Join(dir, "glue.o"), func() ([]byte, error) {
		return p.Glue().Encode(k.Target.GOARCH())
	})
}

func write(path string, encode func() ([]byte, error)) (string, error) {
	data, err := encode()
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, data, 0o644)
}
