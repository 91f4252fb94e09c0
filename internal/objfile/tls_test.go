package objfile

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"
)

// parts of a made-up relocatable object, as the Go linker writes them.
type parts struct {
	relocations []relocation
	symbols     []string // the first is number 1
	noSymbols   bool
	machine     elf.Machine // 0: x86-64
}

type relocation struct {
	symbol uint32
	kind   elf.R_X86_64 // or elf.R_AARCH64, by its number
}

var good = parts{
	symbols: []string{"main.main", tlsSymbol, offsetSymbol},
	relocations: []relocation{
		{2, elf.R_X86_64_GOTTPOFF}, {1, elf.R_X86_64_PLT32}, {2, elf.R_X86_64_GOTTPOFF}, {3, elf.R_X86_64_64},
	},
}

// Sections of the object that build makes.
const (
	sectionText = 1 + iota
	sectionRela
	sectionBSS
	sectionTBSS
	sectionSymtab
	sectionStrtab
	sectionNames
	sectionCount
)

func (p parts) build() []byte {
	le := binary.LittleEndian
	names := []byte("\x00.text\x00.rela.text\x00.bss\x00.tbss\x00.symtab\x00.strtab\x00.shstrtab\x00")
	strtab, symtab := []byte{0}, make([]byte, symSize)
	for _, s := range p.symbols {
		symtab = le.AppendUint32(symtab, uint32(len(strtab)))
		kind, section := elf.STT_OBJECT, uint16(sectionBSS)
		if s == tlsSymbol {
			kind, section = elf.STT_TLS, sectionTBSS
		}
		symtab = append(symtab, elf.ST_INFO(elf.STB_GLOBAL, kind), 0)
		symtab = le.AppendUint16(symtab, section)
		symtab = append(symtab, make([]byte, 16)...)
		strtab = append(append(strtab, s...), 0)
	}
	var rela []byte
	for i, r := range p.relocations {
		rela = le.AppendUint64(rela, uint64(i*8))
		rela = le.AppendUint64(rela, uint64(r.symbol)<<32|uint64(r.kind))
		rela = le.AppendUint64(rela, ^uint64(3)) // addend -4
	}

	object := make([]byte, 64)
	headers := make([]byte, sectionSize)
	section := func(name string, kind elf.SectionType, flags elf.SectionFlag, data []byte, link uint32, entry uint64) {
		headers = le.AppendUint32(headers, uint32(bytes.Index(names, []byte("\x00"+name+"\x00"))+1))
		headers = le.AppendUint32(headers, uint32(kind))
		size := uint64(len(data))
		if kind == elf.SHT_NOBITS {
			size, data = 8, nil
		}
		for _, v := range []uint64{uint64(flags), 0, uint64(len(object)), size} {
			headers = le.AppendUint64(headers, v)
		}
		headers = le.AppendUint32(headers, link)
		headers = le.AppendUint32(headers, 0)
		headers = le.AppendUint64(headers, 8)
		headers = le.AppendUint64(headers, entry)
		object = append(object, data...)
	}
	section(".text", elf.SHT_PROGBITS, elf.SHF_ALLOC|elf.SHF_EXECINSTR, make([]byte, 64), 0, 0)
	section(".rela.text", elf.SHT_RELA, 0, rela, sectionSymtab, relaSize)
	section(".bss", elf.SHT_NOBITS, elf.SHF_ALLOC|elf.SHF_WRITE, nil, 0, 0)
	section(".tbss", elf.SHT_NOBITS, elf.SHF_ALLOC|elf.SHF_WRITE|elf.SHF_TLS, nil, 0, 0)
	kind := elf.SHT_SYMTAB
	if p.noSymbols {
		kind = elf.SHT_PROGBITS
	}
	section(".symtab", kind, 0, symtab, sectionStrtab, symSize)
	section(".strtab", elf.SHT_STRTAB, 0, strtab, 0, 0)
	section(".shstrtab", elf.SHT_STRTAB, 0, names, 0, 0)

	copy(object, "\x7fELF\x02\x01\x01")
	le.PutUint16(object[16:], uint16(elf.ET_REL))
	le.PutUint16(object[18:], uint16(cmp.Or(p.machine, elf.EM_X86_64)))
	le.PutUint32(object[20:], 1)
	le.PutUint64(object[40:], uint64(len(object)))
	le.PutUint16(object[52:], 64)
	le.PutUint16(object[58:], sectionSize)
	le.PutUint16(object[60:], sectionCount)
	le.PutUint16(object[62:], sectionNames)
	return append(object, headers...)
}

func TestRemoveTLS(t *testing.T) {
	object := good.build()
	size := len(object)
	n, err := RemoveTLS(object)
	if err != nil || n != 2 || len(object) != size {
		t.Fatalf("%d loads, %v, %d bytes of %d", n, err, len(object), size)
	}
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.Section(".rela.text").Data()
	if err != nil {
		t.Fatal(err)
	}
	want := []relocation{{3, elf.R_X86_64_PC32}, {1, elf.R_X86_64_PLT32}, {3, elf.R_X86_64_PC32}, {3, elf.R_X86_64_64}}
	for i, w := range want {
		r := data[i*relaSize:][:relaSize]
		info := binary.LittleEndian.Uint64(r[8:])
		if got := (relocation{uint32(info >> 32), elf.R_X86_64(uint32(info))}); got != w {
			t.Errorf("relocation %d: %v, want %v", i, got, w)
		}
		if offset, addend := binary.LittleEndian.Uint64(r), int64(binary.LittleEndian.Uint64(r[16:])); offset != uint64(i*8) || addend != -4 {
			t.Errorf("relocation %d: at %d, addend %d", i, offset, addend)
		}
	}
	checkSections(t, f)
}

// checkSections: none is thread-local any more, and nothing else has changed.
func checkSections(t *testing.T, f *elf.File) {
	t.Helper()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_OBJECT || elf.ST_BIND(s.Info) != elf.STB_GLOBAL {
			t.Errorf("symbol %s: %v, %v", s.Name, elf.ST_TYPE(s.Info), elf.ST_BIND(s.Info))
		}
	}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_TLS != 0 || s.Name == ".tbss" {
			t.Errorf("section %s: %v", s.Name, s.Flags)
		}
	}
	if s := f.Sections[sectionTBSS]; s.Name != ".bss" || s.Flags != elf.SHF_ALLOC|elf.SHF_WRITE || s.Size != 8 {
		t.Errorf("section %+v", s)
	}
}

// On arm64 there is nothing to change but the word that nobody uses.
func TestRemoveTLSArm64(t *testing.T) {
	call, abs := elf.R_X86_64(elf.R_AARCH64_CALL26), elf.R_X86_64(elf.R_AARCH64_ABS64)
	object := parts{
		machine:     elf.EM_AARCH64,
		symbols:     []string{"main.main", tlsSymbol},
		relocations: []relocation{{1, call}, {1, abs}},
	}.build()
	before, err := elf.NewFile(bytes.NewReader(bytes.Clone(object)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := RemoveTLS(object); n != 0 || err != nil {
		t.Fatalf("%d loads, %v", n, err)
	}
	after, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	checkSections(t, after)
	for _, section := range []string{".text", ".rela.text"} {
		want, err1 := before.Section(section).Data()
		got, err2 := after.Section(section).Data()
		if err1 != nil || err2 != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has changed (%v, %v)", section, err1, err2)
		}
	}
}

func TestRemoveTLSErrors(t *testing.T) {
	with := func(r ...relocation) []byte { return parts{symbols: good.symbols, relocations: r}.build() }
	executable, other := good.build(), good.build()
	binary.LittleEndian.PutUint16(executable[16:], uint16(elf.ET_DYN))
	binary.LittleEndian.PutUint16(other[18:], uint16(elf.EM_RISCV))
	beyond := good.build()
	headers := binary.LittleEndian.Uint64(beyond[40:])
	binary.LittleEndian.PutUint64(beyond[headers+sectionRela*sectionSize+32:], 1<<40)
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":         {nil, "reading the Go linker's object: "},
		"text":            {[]byte("#!/bin/sh\n"), "reading the Go linker's object: "},
		"executable":      {executable, "not a relocatable x86-64 or arm64 file"},
		"other machine":   {other, "not a relocatable x86-64 or arm64 file"},
		"cut":             {good.build()[:300], "reading the Go linker's object: "},
		"no symbol table": {parts{noSymbols: true}.build(), "reading symbols: "},
		"no tlsg":         {parts{symbols: []string{offsetSymbol}}.build(), "symbols runtime.tlsg and pgstd_tls_offset are not both"},
		"no offset":       {parts{symbols: []string{tlsSymbol}}.build(), "symbols runtime.tlsg and pgstd_tls_offset are not both"},
		"no load":         {with(relocation{1, elf.R_X86_64_PLT32}), "no access to runtime.tlsg"},
		"other variable":  {with(relocation{1, elf.R_X86_64_GOTTPOFF}), "section .rela.text: thread-local symbol 1 is not runtime.tlsg"},
		"local exec":      {with(relocation{2, elf.R_X86_64_TPOFF32}), "relocation R_X86_64_TPOFF32 cannot be replaced"},
		"general dynamic": {with(relocation{2, elf.R_X86_64_TLSGD}), "relocation R_X86_64_TLSGD cannot be replaced"},
		"descriptor":      {with(relocation{2, elf.R_X86_64_GOTPC32_TLSDESC}), "cannot be replaced"},
		"arm64, no tlsg":  {parts{machine: elf.EM_AARCH64, symbols: []string{"main.main"}}.build(), "symbol runtime.tlsg is not in the Go linker's object"},
		"arm64, access": {parts{machine: elf.EM_AARCH64, symbols: good.symbols,
			relocations: []relocation{{2, elf.R_X86_64(elf.R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21)}}}.build(),
			"relocation R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21 cannot be replaced"},
		"section too large": {beyond, "section .rela.text"},
	} {
		if n, err := RemoveTLS(test.data); err == nil || !strings.Contains(err.Error(), test.want) || n != 0 {
			t.Errorf("%s: %d, %v; want %s", name, n, err, test.want)
		}
	}
}

func FuzzRemoveTLS(f *testing.F) {
	f.Add(good.build())
	f.Add(parts{symbols: good.symbols}.build())
	f.Add(parts{machine: elf.EM_AARCH64, symbols: good.symbols}.build())
	f.Add(parts{symbols: good.symbols, relocations: []relocation{{2, elf.R_X86_64_TPOFF64}}}.build())
	f.Fuzz(func(t *testing.T, object []byte) {
		size := len(object)
		n, err := RemoveTLS(object)
		arm64 := size > 19 && elf.Machine(binary.LittleEndian.Uint16(object[18:])) == elf.EM_AARCH64
		if n > 0 && err != nil || n == 0 && err == nil && !arm64 || len(object) != size {
			t.Errorf("%d loads, %v", n, err)
		}
	})
}

// Each byte of an object, changed in a few ways: an error or not, never a panic.
func TestRemoveTLSDamaged(t *testing.T) {
	whole := good.build()
	for i := range whole {
		for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			object := bytes.Clone(whole)
			object[i] = b
			_, _ = RemoveTLS(object)
		}
		_, _ = RemoveTLS(bytes.Clone(whole[:i]))
	}
}
