package object_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

const source = `// Package small has a bit of everything that the gate looks at.
package small

import "strings"

//pg:function
func Up(s string) string { return strings.ToUpper(s) }

//pg:function
func Magic(n int64) int64 { return n ^ 0x1234567 }
`

// build builds the package as a kind of file, once.
var built = map[string]func() ([]byte, error){}

func init() {
	for _, on := range target.Supported {
		for _, kind := range []object.Kind{object.Object, object.Module, object.Host} {
			built[string(kind)+" "+on.GOARCH()] = sync.OnceValues(func() ([]byte, error) { return makeFile(on, kind) })
		}
	}
}

func makeFile(on target.Target, kind object.Kind) ([]byte, error) {
	dir, err := os.MkdirTemp("", "pgstd-gate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"go.mod": "module example.org/small\n\ngo 1.26\n", "small.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(dir, "out.so")
	request := target.Request{Options: target.Options{Target: on}, Dir: dir}
	switch kind {
	case object.Object:
		err = target.BuildObject(ctx, request, path)
	case object.Module:
		path = filepath.Join(dir, "small.so")
		_, err = target.BuildExtension(ctx, request)
	case object.Host:
		var files []string
		if files, err = target.BuildSupport(ctx, request); err == nil {
			path = files[0]
		}
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// crossCompilers are what a target needs on a machine of another kind.
var crossCompilers = map[string]string{"amd64": "x86_64-linux-gnu-gcc", "arm64": "aarch64-linux-gnu-gcc"}

// good returns a file that the gate passes, to be changed.
func good(t *testing.T, kind object.Kind, on target.Target) *file {
	t.Helper()
	if on != target.Host() {
		if _, err := exec.LookPath(crossCompilers[on.GOARCH()]); err != nil {
			t.Skipf("no cross compiler for %s", on)
		}
	}
	data, err := built[string(kind)+" "+on.GOARCH()]()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, slices.Clone(data))
}

// file is an ELF file with handles on its parts.
type file struct {
	t    *testing.T
	data []byte
	elf  *elf.File
}

func open(t *testing.T, data []byte) *file {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return &file{t, data, f}
}

var le = binary.LittleEndian

func (f *file) put16(at uint64, v uint16) { le.PutUint16(f.data[at:], v) }
func (f *file) put32(at uint64, v uint32) { le.PutUint32(f.data[at:], v) }
func (f *file) put64(at uint64, v uint64) { le.PutUint64(f.data[at:], v) }
func (f *file) get64(at uint64) uint64    { return le.Uint64(f.data[at:]) }

// Where the fields of a program header are.
const (
	pType, pFlags, pOffset, pVaddr, pFilesz, pMemsz, pAlign = 0, 4, 8, 16, 32, 40, 48
)

// prog is the offset of the nth program header of a type.
func (f *file) prog(kind elf.ProgType, nth int) uint64 {
	for i, p := range f.elf.Progs {
		if p.Type == kind {
			if nth == 0 {
				return 64 + uint64(i)*56
			}
			nth--
		}
	}
	f.t.Fatalf("no segment %v", kind)
	return 0
}

// Segments that are loaded, in their order.
const (
	headersSegment, codeSegment, constantSegment, dataSegment = 0, 1, 2, 3
)

// dyn is the offset of an entry of the dynamic section.
func (f *file) dyn(tag elf.DynTag) uint64 {
	s := f.elf.Section(".dynamic")
	for at := s.Offset; at < s.Offset+s.Size; at += 16 {
		if f.get64(at) == uint64(tag) {
			return at
		}
	}
	f.t.Fatalf("no entry %v", tag)
	return 0
}

// offset is where the file has an address.
func (f *file) offset(address uint64) uint64 {
	for _, p := range f.elf.Progs {
		if p.Type == elf.PT_LOAD && address >= p.Vaddr && address < p.Vaddr+p.Filesz {
			return p.Off + address - p.Vaddr
		}
	}
	f.t.Fatalf("no address %#x", address)
	return 0
}

// header is the offset of a section's header.
func (f *file) header(name string) uint64 {
	for i, s := range f.elf.Sections {
		if s.Name == name {
			return f.get64(0x28) + uint64(i)*64
		}
	}
	f.t.Fatalf("no section %s", name)
	return 0
}

// rela is the offset of the relocation that a condition is true of.
func (f *file) rela(want func(at, info, addend uint64) bool) uint64 {
	s := f.elf.Section(".rela.dyn")
	for at := s.Offset; at < s.Offset+s.Size; at += 24 {
		if want(f.get64(at), f.get64(at+8), f.get64(at+16)) {
			return at
		}
	}
	f.t.Fatal("no such relocation")
	return 0
}

func (f *file) relocationAt(address uint64) uint64 {
	return f.rela(func(at, _, _ uint64) bool { return at == address })
}

// symbol is the offset of a dynamic symbol.
func (f *file) symbol(name string) uint64 {
	symbols, err := f.elf.DynamicSymbols()
	if err != nil {
		f.t.Fatal(err)
	}
	for i, s := range symbols {
		if s.Name == name {
			return f.elf.Section(".dynsym").Offset + uint64(i+1)*24
		}
	}
	f.t.Fatalf("no symbol %s", name)
	return 0
}

// descriptor is the address of the object's descriptor.
func (f *file) descriptor() uint64 {
	if f.elf.Section(".eh_frame_hdr") == nil {
		return f.get64(f.symbol("pgstd_object") + 8)
	}
	s := f.elf.Section(".note.pgstd")
	at := s.Offset + s.Size - 8
	return f.get64(at) + s.Addr + s.Size - 8
}

// text is the offset of the code.
func (f *file) text() uint64 { return f.elf.Section(".text").Offset }

// replace changes text in a section to other text of the same length.
func (f *file) replace(section, old, new string) {
	s := f.elf.Section(section)
	i := bytes.Index(f.data[s.Offset:s.Offset+s.Size], []byte(old))
	if i < 0 || len(old) != len(new) {
		f.t.Fatalf("%q is not in %s, or %q is not as long", old, section, new)
	}
	copy(f.data[s.Offset+uint64(i):], new)
}
