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
	if f.Machine != elf.EM_X86_64 || f.Class != elf.ELFCLASS64 || f.Type != elf.ET_REL {
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
		n, err := patchRelocations(object[s.Offset:s.Offset+s.FileSize], tls, offset)
		if err != nil {
			return 0, fmt.Errorf("section %s: %w", s.Name, err)
		}
		changed += n
	}
	if changed == 0 {
		return 0, fmt.Errorf("no access to %s in the Go linker's object: has Go changed how it finds the current goroutine?", tlsSymbol)
	}
	clearTLS(object, f, tls)
	return changed, nil
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
func clearTLS(object []byte, f *elf.File, tls uint32) {
	shoff := binary.LittleEndian.Uint64(object[0x28:])
	bssName := uint32(0)
	header := func(i int) []byte { return object[shoff+uint64(i)*sectionSize:][:sectionSize] }
	for i, s := range f.Sections {
		if s.Name == ".bss" {
			bssName = binary.LittleEndian.Uint32(header(i))
		}
	}
	for i, s := range f.Sections {
		switch {
		case s.Flags&elf.SHF_TLS != 0:
			h := header(i)
			binary.LittleEndian.PutUint32(h, bssName) // the linker goes by name, too
			binary.LittleEndian.PutUint64(h[8:], uint64(s.Flags&^elf.SHF_TLS))
		case s.Type == elf.SHT_SYMTAB:
			info := &object[s.Offset+uint64(tls)*symSize+4]
			*info = elf.ST_INFO(elf.ST_BIND(*info), elf.STT_OBJECT)
		}
	}
}
