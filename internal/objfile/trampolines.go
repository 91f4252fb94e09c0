package objfile

import (
	"debug/elf"
	"encoding/binary"
)

// Trampoline is a function of C that calls another with a number after its own argument:
// the way from the name that SQL knows into the host.
type Trampoline struct {
	Symbol string // exported; PostgreSQL's version-1 mark for it is too, as pg_finfo_ and this
	Entry  string // hidden function that is called
	Index  uint32 // with this
}

// SiteSize is that of what the host keeps of each function, and fills in when it is first
// called: PgstdSite in host/postgres/backend.h.
const SiteSize = 40

const sitesSymbol = "pgstd_sites"

// Glue is what a module has of an author's package besides Go code.
type Glue struct {
	Prefix      string // of its parameters
	Trampolines []Trampoline
	Sites       int // of Go functions: one for each trampoline, and for those that only the host calls
	Parameters  []Parameter
	Workers     []Worker
}

// Encode makes an object file of it.
func (g *Glue) Encode(goarch string) ([]byte, error) {
	r, err := NewRelocatable(goarch)
	if err != nil {
		return nil, err
	}
	a := codeOf[goarch]
	const finfo = "version_1"
	data := r.Section(".rodata", elf.SHT_PROGBITS, elf.SHF_ALLOC, 4)
	data.Data = []byte{1, 0, 0, 0} // Pg_finfo_record: api_version
	r.Define(finfo, data, 0, 4, elf.STT_OBJECT, elf.STB_LOCAL, elf.STV_DEFAULT)
	sites := r.Section(".bss", elf.SHT_NOBITS, elf.SHF_ALLOC|elf.SHF_WRITE, 32)
	sites.size = uint64(g.Sites) * SiteSize
	r.Define(sitesSymbol, sites, 0, sites.size, elf.STT_OBJECT, elf.STB_GLOBAL, elf.STV_HIDDEN)
	text := r.Section(".text", elf.SHT_PROGBITS, elf.SHF_ALLOC|elf.SHF_EXECINSTR, 16)
	unwind := r.Section(".eh_frame", elf.SHT_PROGBITS, elf.SHF_ALLOC, 8)
	unwind.Data = append(unwind.Data, a.common...)

	bind, visibility := elf.STB_GLOBAL, elf.STV_DEFAULT
	function := func(name string, write func()) {
		for len(text.Data)%16 != 0 {
			text.Data = append(text.Data, a.nop...)
		}
		start := uint64(len(text.Data))
		write()
		size := uint64(len(text.Data)) - start
		r.Define(name, text, start, size, elf.STT_FUNC, bind, visibility)
		// The object gate holds every function of a host against the unwind table.
		at := uint32(len(unwind.Data))
		unwind.Relocate(uint64(at)+8, "code", a.relative, int64(start))
		unwind.Data = binary.LittleEndian.AppendUint32(unwind.Data, 20)   // length of what follows
		unwind.Data = binary.LittleEndian.AppendUint32(unwind.Data, at+4) // back to the common part
		unwind.Data = binary.LittleEndian.AppendUint32(unwind.Data, 0)    // where it starts
		unwind.Data = binary.LittleEndian.AppendUint32(unwind.Data, uint32(size))
		unwind.Data = append(unwind.Data, make([]byte, 8)...) // no augmentation, no instructions
	}
	r.Define("code", text, 0, 0, elf.STT_NOTYPE, elf.STB_LOCAL, elf.STV_DEFAULT)
	for _, t := range g.Trampolines {
		r.Hidden(t.Entry)
		function("pg_finfo_"+t.Symbol, func() { a.address(text, finfo) })
		function(t.Symbol, func() { a.jump(text, 1, t.Index, t.Entry) })
	}
	bind, visibility = elf.STB_LOCAL, elf.STV_DEFAULT
	r.parameters(a, text, g.Prefix, g.Parameters, function)
	r.workers(g.Prefix, g.Workers)
	return r.Encode()
}

// code is what instructions and the unwind table look like on an architecture.
type code struct {
	nop      []byte
	common   []byte                          // of the unwind table: what holds at the start of a function
	relative uint32                          // relocation: 32 bits, relative to their place
	address  func(s *Section, symbol string) // return the address of a symbol
	// Go to a function, with a number as one of its first four arguments.
	jump func(s *Section, argument int, number uint32, symbol string)
}

var codeOf = map[string]code{
	"amd64": {
		nop: []byte{0x90},
		// Version 1, augmentation zR, code 1, data -8, return address in 16; pointers are relative to their
		// place. The caller's stack is at rsp + 8, its address of return at -8 from there.
		common:   []byte{20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0},
		relative: uint32(elf.R_X86_64_PC32),
		address: func(s *Section, symbol string) {
			s.Data = append(s.Data, 0x48, 0x8d, 0x05) // lea rax, [rip + symbol]
			s.Relocate(uint64(len(s.Data)), symbol, uint32(elf.R_X86_64_PC32), -4)
			s.Data = append(s.Data, 0, 0, 0, 0, 0xc3) // ret
		},
		jump: func(s *Section, argument int, number uint32, symbol string) {
			register := [...]byte{7, 6, 2, 1}[argument]                                      // edi, esi, edx, ecx
			s.Data = binary.LittleEndian.AppendUint32(append(s.Data, 0xb8|register), number) // mov register, number
			s.Data = append(s.Data, 0xe9)                                                    // jmp symbol
			s.Relocate(uint64(len(s.Data)), symbol, uint32(elf.R_X86_64_PLT32), -4)
			s.Data = append(s.Data, 0, 0, 0, 0)
		},
	},
	"arm64": {
		nop: []byte{0x1f, 0x20, 0x03, 0xd5},
		// As above, with code 4, return address in 30, and the caller's stack at sp.
		common:   []byte{16, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 4, 0x78, 30, 1, 0x1b, 0x0c, 31, 0},
		relative: uint32(elf.R_AARCH64_PREL32),
		address: func(s *Section, symbol string) {
			at := uint64(len(s.Data))
			s.Relocate(at, symbol, uint32(elf.R_AARCH64_ADR_PREL_PG_HI21), 0)
			s.Relocate(at+4, symbol, uint32(elf.R_AARCH64_ADD_ABS_LO12_NC), 0)
			s.words(0x90000000, 0x91000000, 0xd65f03c0) // adrp x0, symbol; add x0, x0, :lo12:symbol; ret
		},
		jump: func(s *Section, argument int, number uint32, symbol string) {
			register := uint32(argument)
			s.words(0x52800000 | number&0xffff<<5 | register) // mov register, number
			if high := number >> 16; high != 0 {
				s.words(0x72a00000 | high<<5 | register) // movk register, number >> 16, lsl 16
			}
			s.Relocate(uint64(len(s.Data)), symbol, uint32(elf.R_AARCH64_JUMP26), 0)
			s.words(0x14000000) // b symbol
		},
	},
}

func (s *Section) words(list ...uint32) {
	for _, w := range list {
		s.Data = binary.LittleEndian.AppendUint32(s.Data, w)
	}
}
