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

// RemoveTLS changes a relocatable x86-64 object in place so that it has no
// thread-local storage.
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
// It returns the number of loads that it changed. Any other kind of
// thread-local relocation is an error.
func RemoveTLS(object []byte) (int, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return 0, fmt.Errorf("reading the Go linker's object: %w", err)
	}
	if f.Machine != elf.EM_X86_64 || f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Type != elf.ET_REL {
		return 0, fmt.Errorf("the Go linker's object is not a relocatable x86-64 file")
	}
	tls, offset, err := findSymbols(f)
	if err != nil {
		return 0, err
	}
	changed := 0
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		relocations, err := slice(object, s.Offset, s.FileSize)
		n := 0
		if err == nil {
			n, err = patchRelocations(relocations, tls, offset)
		}
		if err != nil {
			return 0, fmt.Errorf("section %s: %w", s.Name, err)
		}
		changed += n
	}
	if changed == 0 {
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
	if tls == 0 || offset == 0 {
		return 0, 0, fmt.Errorf("symbols %s and %s are not both in the Go linker's object", tlsSymbol, offsetSymbol)
	}
	return tls, offset, nil
}

func patchRelocations(relocations []byte, tls, offset uint32) (int, error) {
	changed := 0
	for ; len(relocations) >= relaSize; relocations = relocations[relaSize:] {
		info := binary.LittleEndian.Uint64(relocations[8:])
		symbol, kind := uint32(info>>32), elf.R_X86_64(uint32(info))
		switch kind {
		case elf.R_X86_64_GOTTPOFF:
			if symbol != tls {
				return 0, fmt.Errorf("thread-local symbol %d is not %s", symbol, tlsSymbol)
			}
			info = uint64(offset)<<32 | uint64(elf.R_X86_64_PC32)
			binary.LittleEndian.PutUint64(relocations[8:], info)
			changed++
		case elf.R_X86_64_TPOFF32, elf.R_X86_64_TPOFF64, elf.R_X86_64_TLSGD, elf.R_X86_64_TLSLD,
			elf.R_X86_64_DTPOFF32, elf.R_X86_64_DTPOFF64, elf.R_X86_64_GOTPC32_TLSDESC, elf.R_X86_64_TLSDESC_CALL:
			return 0, fmt.Errorf("relocation %v cannot be replaced", kind)
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
