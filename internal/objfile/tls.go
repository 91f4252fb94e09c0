// Package objfile prepares the relocatable object that the Go linker writes for
// the final link into a shared object.
//
// It does not link: that is the C linker's work. It does not judge what is in
// an object either; see package trust for that.
package objfile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// Names that pgstd/runtime/switch_amd64.s and the Go linker give.
const (
	tlsSymbol    = "runtime.tlsg"
	offsetSymbol = "pgstd_tls_offset"
)

const (
	symSize     = 24 // Elf64_Sym
	relaSize    = 24 // Elf64_Rela
	sectionSize = 64 // Elf64_Shdr

	// Where the file header keeps e_shoff and e_shentsize.
	atSectionHeaders    = 0x28
	atSectionHeaderSize = 0x3a
)

// RemoveTLS changes a relocatable object in place so that it has no thread-local
// storage.
//
// Go code on amd64 finds the current goroutine in a thread-local word, whose
// distance from the thread pointer it loads from a slot of the global offset
// table (R_X86_64_GOTTPOFF). Static thread-local storage that is added after a
// process has started is scarce: glibc runs out after some two hundred objects.
// An object runs on one thread only, so the word need not be thread-local at
// all: the distance to any word will do. Each of those loads is made to read
// the variable pgstd_tls_offset instead (R_X86_64_PC32, the same instruction),
// which the host fills in when it starts a world; and the thread-local symbol
// and section become ordinary ones, which nothing refers to.
//
// Go code on arm64 keeps the current goroutine in a register. The Go linker puts
// the thread-local word into the object all the same, and nothing refers to it.
//
// It returns the number of loads that it changed: none on arm64. Any other kind
// of thread-local relocation is an error.
func RemoveTLS(object []byte) (int, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return 0, fmt.Errorf("reading the Go linker's object: %w", err)
	}
	m, ok := machines[f.Machine]
	if !ok || f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Type != elf.ET_REL {
		return 0, fmt.Errorf("the Go linker's object is not a relocatable x86-64 or arm64 file")
	}
	tls, offset, err := findSymbols(f)
	if err != nil {
		return 0, err
	}
	if m.load != 0 && (tls == 0 || offset == 0) {
		return 0, fmt.Errorf("symbols %s and %s are not both in the Go linker's object", tlsSymbol, offsetSymbol)
	}
	if tls == 0 {
		return 0, fmt.Errorf("symbol %s is not in the Go linker's object", tlsSymbol)
	}
	changed := 0
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		relocations, err := slice(object, s.Offset, s.FileSize)
		n := 0
		if err == nil {
			n, err = m.patch(relocations, tls, offset)
		}
		if err != nil {
			return 0, fmt.Errorf("section %s: %w", s.Name, err)
		}
		changed += n
	}
	if changed == 0 && m.load != 0 {
		return 0, fmt.Errorf("no access to %s in the Go linker's object: has Go changed how it finds the current goroutine?", tlsSymbol)
	}
	if err := clearTLS(object, f, tls); err != nil {
		return 0, err
	}
	return changed, nil
}

// slice returns a part of the object, which may say of itself what it likes.
func slice(object []byte, offset, size uint64) ([]byte, error) {
	if offset > uint64(len(object)) || size > uint64(len(object))-offset {
		return nil, fmt.Errorf("the Go linker's object is damaged: %d bytes at %d are beyond its end", size, offset)
	}
	return object[offset : offset+size], nil
}

func findSymbols(f *elf.File) (tls, offset uint32, err error) {
	symbols, err := f.Symbols()
	if err != nil {
		return 0, 0, fmt.Errorf("reading symbols: %w", err)
	}
	for i, s := range symbols { // Symbols leaves out the null symbol
		switch s.Name {
		case tlsSymbol:
			tls = uint32(i + 1)
		case offsetSymbol:
			offset = uint32(i + 1)
		}
	}
	return tls, offset, nil
}

// machine says how relocations of an architecture are told apart.
type machine struct {
	load, instead uint32 // the relocation of an access to the thread-local word, and what becomes of it; 0: there is none
	isTLS         func(kind uint32) bool
	name          func(kind uint32) string
}

var machines = map[elf.Machine]*machine{
	elf.EM_X86_64: {
		load:    uint32(elf.R_X86_64_GOTTPOFF),
		instead: uint32(elf.R_X86_64_PC32),
		isTLS: func(kind uint32) bool {
			switch elf.R_X86_64(kind) {
			case elf.R_X86_64_TPOFF32, elf.R_X86_64_TPOFF64, elf.R_X86_64_TLSGD, elf.R_X86_64_TLSLD,
				elf.R_X86_64_DTPOFF32, elf.R_X86_64_DTPOFF64, elf.R_X86_64_GOTPC32_TLSDESC, elf.R_X86_64_TLSDESC_CALL:
				return true
			}
			return false
		},
		name: func(kind uint32) string { return elf.R_X86_64(kind).String() },
	},
	elf.EM_AARCH64: {
		// The ABI gives static thread-local relocations the numbers from 512 to 573.
		isTLS: func(kind uint32) bool { return kind >= 512 && kind <= 573 },
		name:  func(kind uint32) string { return elf.R_AARCH64(kind).String() },
	},
}

// patch changes the accesses to the thread-local word in a section of
// relocations and returns how many there were.
func (m *machine) patch(relocations []byte, tls, offset uint32) (int, error) {
	changed := 0
	for ; len(relocations) >= relaSize; relocations = relocations[relaSize:] {
		info := binary.LittleEndian.Uint64(relocations[8:])
		symbol, kind := uint32(info>>32), uint32(info)
		switch {
		case m.load != 0 && kind == m.load:
			if symbol != tls {
				return 0, fmt.Errorf("thread-local symbol %d is not %s", symbol, tlsSymbol)
			}
			info = uint64(offset)<<32 | uint64(m.instead)
			binary.LittleEndian.PutUint64(relocations[8:], info)
			changed++
		case m.isTLS(kind):
			return 0, fmt.Errorf("relocation %s cannot be replaced", m.name(kind))
		}
	}
	return changed, nil
}

// clearTLS turns the thread-local symbol and section into ordinary ones.
func clearTLS(object []byte, f *elf.File, tls uint32) error {
	first := binary.LittleEndian.Uint64(object[atSectionHeaders:])
	each := uint64(binary.LittleEndian.Uint16(object[atSectionHeaderSize:]))
	bssName := uint32(0)
	for i, s := range f.Sections {
		if s.Name == ".bss" {
			header, err := slice(object, first+uint64(i)*each, sectionSize)
			if err != nil {
				return err
			}
			bssName = binary.LittleEndian.Uint32(header)
		}
	}
	for i, s := range f.Sections {
		switch {
		case s.Flags&elf.SHF_TLS != 0:
			header, err := slice(object, first+uint64(i)*each, sectionSize)
			if err != nil {
				return err
			}
			binary.LittleEndian.PutUint32(header, bssName) // the linker goes by name, too
			binary.LittleEndian.PutUint64(header[8:], uint64(s.Flags&^elf.SHF_TLS))
		case s.Type == elf.SHT_SYMTAB:
			symbol, err := slice(object, s.Offset+uint64(tls)*symSize, symSize)
			if err != nil {
				return err
			}
			symbol[4] = elf.ST_INFO(elf.ST_BIND(symbol[4]), elf.STT_OBJECT)
		}
	}
	return nil
}
