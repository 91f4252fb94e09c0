package base

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// A stand-in of a base is what the Go linker takes for the shared library that a module is linked
// against: symbols, the descriptions of types among them with what they refer to, and its
// own notes. It has what one module asks for; a base has a hundred thousand symbols, which
// the Go linker would read each time. Addresses in it mean nothing.
type standInFile struct {
	symbols *symbolTable
	machine elf.Machine
	data    bytes.Buffer      // of one section, at standInBase
	at      map[string]uint64 // address of what is in it
	rela    bytes.Buffer
	order   []string
	links   []wordOf
}

// wordOf is a word of a type's description that has the address of another's.
type wordOf struct {
	at     uint64
	target string
}

const standInBase = 0x10000

// abiHash is where the Go linker has noted what a base is; the description of a module refers to it.
const abiHash = "go:link.abihash." + standIn

// always are symbols that the Go linker itself refers to.
var always = []string{
	"runtime.tlsg", "runtime.firstmoduledata", "runtime.lastmoduledatap", "runtime.unreachableMethod", "runtime.mapinitnoop",
	"type:runtime.moduledata", abiHash, "runtime..inittask", "runtime.textsectionmap",
}

// Where a type's description has what the Go linker reads: abi.Type.
const (
	typePtrBytes = 8
	typeTFlag    = 20
	typeKind     = 23
	typeEqual    = 24
	typeGCData   = 32
	typeSize     = 48

	tflagUncommon   = 1 << 0
	tflagNamed      = 1 << 2
	tflagGCOnDemand = 1 << 4
	kindMask        = 1<<5 - 1
	kindInterface   = 20
	kindMap         = 21
	kindStruct      = 25

	mapGroup     = typeSize + 16 // abi.MapType: key, element, what a map's memory consists of
	nameExported = 1 << 0        // abi.Name
)

// standInFor makes a stand-in with those of some symbols that the base has.
func (b *Base) standInFor(names []string) ([]byte, error) {
	s := &standInFile{symbols: b.symbols, machine: b.symbols.file.Machine, at: map[string]uint64{}}
	for _, name := range slices.Concat(always, names) {
		for _, n := range []string{name, mangled(name), name + ".abi0", name + ".abiinternal"} {
			if err := s.add(n); err != nil {
				return nil, err
			}
		}
	}
	return s.encode(b.about.Notes)
}

// add takes in a symbol, and with a type all types that it consists of.
func (s *standInFile) add(name string) error {
	for queue := []string{name}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		p, ok := s.symbols.byName[name]
		if _, has := s.at[name]; has || !ok {
			continue
		}
		s.order = append(s.order, name)
		s.at[name] = standInBase + uint64(s.data.Len())
		if !isType(name) {
			s.pad(8)
			continue
		}
		more, err := s.addType(name, p)
		if err != nil {
			return fmt.Errorf("type %s: %w", name, err)
		}
		queue = append(queue, more...)
	}
	return nil
}

func (s *standInFile) pad(n int) { s.data.Write(make([]byte, n)) }

func (s *standInFile) addType(name string, p place) (parts []string, err error) {
	data, err := s.symbols.read(p.value, p.size)
	if err != nil || uint64(len(data)) < p.size || p.size < typeSize {
		return nil, fmt.Errorf("its description cannot be read: %w", err)
	}
	at := s.at[name]
	for _, r := range s.symbols.inside(p) {
		if part := s.symbols.typeAt(r.target); part != "" {
			parts = append(parts, part)
			s.links = append(s.links, wordOf{at + r.at - p.value, part})
		}
	}
	var mask []byte
	if words := binary.LittleEndian.Uint64(data[typePtrBytes:]) / 8; words > 0 && data[typeTFlag]&tflagGCOnDemand == 0 {
		if mask, err = s.symbols.read(binary.LittleEndian.Uint64(data[typeGCData:]), (words+7)/8); err != nil {
			return nil, err
		}
	}
	size := (len(data) + 7) &^ 7
	binary.LittleEndian.PutUint64(data[typeGCData:], at+uint64(size))
	s.data.Write(data)
	s.pad(size - len(data))
	s.data.Write(mask)
	s.pad(-len(mask)&7 + 8)
	return parts, nil
}

func (s *standInFile) encode(notes map[string][]byte) ([]byte, error) {
	absolute := uint32(elf.R_X86_64_64)
	if s.machine == elf.EM_AARCH64 {
		absolute = uint32(elf.R_AARCH64_ABS64)
	}
	var file, dynsym, dynstr, shstr bytes.Buffer
	put := func(w *bytes.Buffer, v any) {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			panic(err) // what is written has a fixed size
		}
	}
	put(&file, elf.Header64{})
	shstr.WriteByte(0)
	sections := []elf.Section64{{}}
	section := func(name string, kind elf.SectionType, address uint64, link uint32, each uint64, data []byte) {
		file.Write(make([]byte, -file.Len()&7))
		sections = append(sections, elf.Section64{
			Name: uint32(shstr.Len()), Type: uint32(kind), Flags: uint64(elf.SHF_ALLOC), Addr: address,
			Off: uint64(file.Len()), Size: uint64(len(data)), Link: link, Addralign: 4, Entsize: each,
		})
		shstr.WriteString(name + "\x00")
		file.Write(data)
	}
	const content, strings, symbols = 1, 2, 3 // sections
	dynstr.WriteByte(0)
	put(&dynsym, elf.Sym64{})
	index := map[string]uint64{}
	for i, name := range s.order {
		p := s.symbols.byName[name]
		index[name] = uint64(i + 1)
		put(&dynsym, elf.Sym64{Name: uint32(dynstr.Len()), Info: p.info, Shndx: content, Value: s.at[name], Size: p.size})
		dynstr.WriteString(name + "\x00")
	}
	for _, l := range s.links {
		put(&s.rela, elf.Rela64{Off: l.at, Info: index[l.target]<<32 | uint64(absolute)})
	}
	section(".data.rel.ro", elf.SHT_PROGBITS, standInBase, 0, 0, s.data.Bytes())
	section(".dynstr", elf.SHT_STRTAB, 0, 0, 0, dynstr.Bytes())
	section(".dynsym", elf.SHT_DYNSYM, 0, strings, 24, dynsym.Bytes())
	section(".rela.dyn", elf.SHT_RELA, 0, symbols, relaSize, s.rela.Bytes())
	for _, name := range slices.Sorted(maps.Keys(notes)) {
		section(name, elf.SHT_NOTE, 0, 0, 0, notes[name])
	}
	names := shstr.String() + ".shstrtab\x00"
	section(".shstrtab", elf.SHT_STRTAB, 0, 0, 0, []byte(names))
	file.Write(make([]byte, -file.Len()&7))
	header := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(s.machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Shoff: uint64(file.Len()),
		Shentsize: 64, Shnum: uint16(len(sections)), Shstrndx: uint16(len(sections) - 1),
	}
	copy(header.Ident[:], []byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)})
	put(&file, sections)
	out := file.Bytes()
	var head bytes.Buffer
	put(&head, header)
	copy(out, head.Bytes())
	return out, nil
}
