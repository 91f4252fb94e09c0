package objfile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// Relocatable is an object file in the making, for the linker: what is too small to need
// a compiler or an assembler.
type Relocatable struct {
	machine  elf.Machine
	sections []*Section
	symbols  []symbol
	known    map[string]bool
}

// Section is one of a Relocatable.
type Section struct {
	Data []byte

	name   string
	kind   elf.SectionType
	flags  elf.SectionFlag
	align  uint64
	size   uint64 // of what has no data in the file
	relocs []fixup
}

type fixup struct {
	offset uint64
	symbol string
	kind   uint32
	addend int64
}

type symbol struct {
	name       string
	section    *Section // nil: undefined
	value      uint64
	size       uint64
	kind       elf.SymType
	bind       elf.SymBind
	visibility elf.SymVis
}

// NewRelocatable begins an object file for an architecture, amd64 or arm64.
func NewRelocatable(goarch string) (*Relocatable, error) {
	r := &Relocatable{known: map[string]bool{}}
	switch goarch {
	case "amd64":
		r.machine = elf.EM_X86_64
	case "arm64":
		r.machine = elf.EM_AARCH64
	default:
		return nil, fmt.Errorf("no object files for architecture %q", goarch)
	}
	// Without it, the linker would make the stack executable.
	r.Section(".note.GNU-stack", elf.SHT_PROGBITS, 0, 1)
	return r, nil
}

// Section adds a section.
func (r *Relocatable) Section(name string, kind elf.SectionType, flags elf.SectionFlag, align uint64) *Section {
	s := &Section{name: name, kind: kind, flags: flags, align: align}
	r.sections = append(r.sections, s)
	return s
}

// Define gives a place in a section a name. A local one is for this file; a hidden one for
// those that it is linked with.
func (r *Relocatable) Define(name string, s *Section, value, size uint64, kind elf.SymType, bind elf.SymBind, visibility elf.SymVis) {
	r.add(symbol{name, s, value, size, kind, bind, visibility})
}

// Hidden names what another file defines for those that it is linked with alone.
func (r *Relocatable) Hidden(name string) { r.undefined(name, elf.STV_HIDDEN) }

// Undefined names what another file defines. Whether it can be seen is decided there.
func (r *Relocatable) Undefined(name string) { r.undefined(name, elf.STV_DEFAULT) }

func (r *Relocatable) undefined(name string, visibility elf.SymVis) {
	if !r.known[name] {
		r.add(symbol{name: name, bind: elf.STB_GLOBAL, visibility: visibility})
	}
}

func (r *Relocatable) add(s symbol) {
	r.known[s.name] = true
	r.symbols = append(r.symbols, s)
}

// Relocate has the linker put an address into a place of a section.
func (s *Section) Relocate(offset uint64, symbol string, kind uint32, addend int64) {
	s.relocs = append(s.relocs, fixup{offset, symbol, kind, addend})
}

// names is a table of strings.
type names struct{ bytes.Buffer }

func (n *names) add(name string) uint32 {
	if n.Len() == 0 {
		n.WriteByte(0)
	}
	at := n.Len()
	n.WriteString(name + "\x00")
	return uint32(at)
}

// Encode returns the file.
func (r *Relocatable) Encode() ([]byte, error) {
	var out bytes.Buffer
	out.Write(make([]byte, binary.Size(elf.Header64{})))
	var shnames, strings names
	headers := []elf.Section64{{}}
	put := func(h elf.Section64, name string, data []byte) {
		for align := int(max(h.Addralign, 1)); out.Len()%align != 0; {
			out.WriteByte(0)
		}
		h.Name, h.Off = shnames.add(name), uint64(out.Len())
		if h.Size == 0 {
			h.Size = uint64(len(data))
		}
		out.Write(data)
		headers = append(headers, h)
	}
	index := map[*Section]uint16{}
	for _, s := range r.sections {
		index[s] = uint16(len(headers))
		put(elf.Section64{Type: uint32(s.kind), Flags: uint64(s.flags), Addralign: s.align, Size: s.size}, s.name, s.Data)
	}
	table, numbers, locals := r.table(&strings, index)
	symtab := uint32(len(headers))
	put(elf.Section64{Type: uint32(elf.SHT_SYMTAB), Addralign: 8, Entsize: elf.Sym64Size, Link: symtab + 1, Info: locals}, ".symtab", table)
	put(elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, ".strtab", strings.Bytes())
	for _, s := range r.sections {
		if len(s.relocs) == 0 {
			continue
		}
		var data bytes.Buffer
		for _, rel := range s.relocs {
			number, ok := numbers[rel.symbol]
			if !ok {
				return nil, fmt.Errorf("a relocation of %s is about %q, which is no symbol", s.name, rel.symbol)
			}
			binary.Write(&data, binary.LittleEndian, elf.Rela64{Off: rel.offset, Info: elf.R_INFO(number, rel.kind), Addend: rel.addend})
		}
		put(elf.Section64{Type: uint32(elf.SHT_RELA), Flags: uint64(elf.SHF_INFO_LINK), Addralign: 8, Entsize: 24, Link: symtab, Info: uint32(index[s])},
			".rela"+s.name, data.Bytes())
	}
	shnames.add(".shstrtab")
	headers = append(headers, elf.Section64{Name: uint32(shnames.Len() - len(".shstrtab\x00")), Type: uint32(elf.SHT_STRTAB), Addralign: 1, Off: uint64(out.Len()), Size: uint64(shnames.Len())})
	out.Write(shnames.Bytes())
	for out.Len()%8 != 0 {
		out.WriteByte(0)
	}
	h := elf.Header64{
		Type: uint16(elf.ET_REL), Machine: uint16(r.machine), Version: uint32(elf.EV_CURRENT), Shoff: uint64(out.Len()),
		Ehsize: 64, Shentsize: 64, Shnum: uint16(len(headers)), Shstrndx: uint16(len(headers) - 1),
	}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	binary.Write(&out, binary.LittleEndian, headers)
	data := out.Bytes()
	_, err := binary.Encode(data, binary.LittleEndian, h)
	return data, err
}

// table is the symbol table: local symbols come before all others.
func (r *Relocatable) table(strings *names, index map[*Section]uint16) (data []byte, numbers map[string]uint32, locals uint32) {
	var out bytes.Buffer
	numbers = map[string]uint32{}
	binary.Write(&out, binary.LittleEndian, elf.Sym64{})
	n := uint32(1)
	for _, local := range []bool{true, false} {
		for _, s := range r.symbols {
			if (s.bind == elf.STB_LOCAL) != local {
				continue
			}
			e := elf.Sym64{Name: strings.add(s.name), Info: elf.ST_INFO(s.bind, s.kind), Other: byte(s.visibility), Value: s.value, Size: s.size}
			if s.section != nil {
				e.Shndx = index[s.section]
			}
			binary.Write(&out, binary.LittleEndian, e)
			numbers[s.name] = n
			n++
		}
		if local {
			locals = n
		}
	}
	return out.Bytes(), numbers, locals
}
