package object_test

import (
	"context"
	"debug/elf"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

// mutation makes a good file bad in one way.
type mutation struct {
	name   string
	change func(f *file)
	rule   string
	says   string        // part of what the gate says
	only   []object.Kind // kinds that it makes sense for; all but hosts if empty
}

func (f *file) setTag(tag elf.DynTag) { f.put64(f.dyn(elf.DT_RELACOUNT), uint64(tag)) }

func tag(tag elf.DynTag, says string) mutation {
	return mutation{name: tag.String(), change: func(f *file) { f.setTag(tag) }, rule: "dynamic", says: says}
}

var onlyModule = []object.Kind{object.Module}

var mutations = []mutation{
	{name: "empty", change: func(f *file) { f.data = nil }, rule: "header", says: "not an ELF file"},
	{name: "magic", change: func(f *file) { f.data[1] = 'e' }, rule: "header", says: "not an ELF file"},
	{name: "cut in the header", change: func(f *file) { f.data = f.data[:40] }, rule: "header", says: "not an ELF file"},
	{name: "cut in the program headers", change: func(f *file) { f.data = f.data[:100] }, rule: "header", says: "cut short"},
	{name: "cut in the code", change: func(f *file) { f.data = f.data[:f.text()+100] }, rule: "segments", says: "cut short"},
	{name: "cut in the section headers", change: func(f *file) { f.data = f.data[:len(f.data)-10] }, rule: "layout", says: "cut short"},
	{name: "32 bit", change: func(f *file) { f.data[elf.EI_CLASS] = 1 }, rule: "header", says: "not a 64-bit"},
	{name: "big endian", change: func(f *file) { f.data[elf.EI_DATA] = 2 }, rule: "header", says: "not a 64-bit"},
	{name: "machine", change: func(f *file) { f.put16(18, uint16(elf.EM_RISCV)) }, rule: "header", says: "EM_RISCV"},
	{name: "executable", change: func(f *file) { f.put16(16, uint16(elf.ET_EXEC)) }, rule: "header", says: "ET_EXEC"},
	{name: "OS ABI", change: func(f *file) { f.data[elf.EI_OSABI] = 3 }, rule: "header", says: "system"},
	{name: "flags", change: func(f *file) { f.put32(48, 1) }, rule: "header", says: "flags"},
	{name: "entry", change: func(f *file) { f.put64(24, 0x1000) }, rule: "header", says: "entry point"},
	{name: "no program headers", change: func(f *file) { f.put16(56, 0) }, rule: "header", says: "program headers"},
	{name: "many program headers", change: func(f *file) { f.put16(56, 60000) }, rule: "header", says: "program headers"},
	{name: "program headers elsewhere", change: func(f *file) { f.put64(32, 128) }, rule: "header", says: "program headers"},

	{name: "writable code", change: func(f *file) { f.put32(f.prog(elf.PT_LOAD, codeSegment)+pFlags, 7) }, rule: "segments", says: "written and executed"},
	{name: "executable data", change: func(f *file) { f.put32(f.prog(elf.PT_LOAD, dataSegment)+pFlags, 7) }, rule: "segments", says: "written and executed"},
	{name: "executable constants", change: func(f *file) { f.put32(f.prog(elf.PT_LOAD, constantSegment)+pFlags, 5) }, rule: "segments", says: "two segments can be executed"},
	{name: "writable constants", change: func(f *file) { f.put32(f.prog(elf.PT_LOAD, constantSegment)+pFlags, 6) }, rule: "segments", says: "two segments can be written"},
	{name: "no code", change: func(f *file) { f.put32(f.prog(elf.PT_LOAD, codeSegment)+pFlags, 4) }, rule: "segments", says: "no code"},
	{name: "interpreter", change: func(f *file) { f.put32(f.prog(elf.PT_NOTE, 0), uint32(elf.PT_INTERP)) }, rule: "segments", says: "PT_INTERP"},
	{name: "thread-local storage", change: func(f *file) { f.put32(f.prog(elf.PT_NOTE, 0), uint32(elf.PT_TLS)) }, rule: "segments", says: "PT_TLS"},
	{name: "executable stack", change: func(f *file) { f.put32(f.prog(elf.PT_GNU_STACK, 0)+pFlags, 7) }, rule: "segments", says: "stack"},
	{name: "two dynamic segments", change: func(f *file) { f.put32(f.prog(elf.PT_NOTE, 0), uint32(elf.PT_DYNAMIC)) }, rule: "segments", says: "two segments PT_DYNAMIC"},
	{name: "no RELRO", change: func(f *file) { f.put32(f.prog(elf.PT_GNU_RELRO, 0), uint32(elf.PT_GNU_PROPERTY)) }, rule: "segments", says: "constant after relocation"},
	{name: "short RELRO", change: func(f *file) {
		at := f.prog(elf.PT_GNU_RELRO, 0)
		f.put64(at+pMemsz, f.get64(at+pMemsz)-0x10000)
		f.put64(at+pFilesz, f.get64(at+pMemsz))
	}, rule: "", says: "read-only"},
	{name: "unaligned segment", change: func(f *file) { f.put64(f.prog(elf.PT_LOAD, codeSegment)+pAlign, 1) }, rule: "segments", says: "aligned"},
	{name: "overlapping segments", change: func(f *file) {
		at, code := f.prog(elf.PT_LOAD, constantSegment), f.prog(elf.PT_LOAD, codeSegment)
		f.put64(at+pVaddr, f.get64(code+pVaddr))
	}, rule: "segments", says: "out of order"},
	{name: "bytes shared between segments", change: func(f *file) {
		at, code := f.prog(elf.PT_LOAD, constantSegment), f.prog(elf.PT_LOAD, codeSegment)
		f.put64(at+pOffset, f.get64(code+pOffset))
	}, rule: "segments", says: "out of order"},
	{name: "larger in memory", change: func(f *file) {
		at := f.prog(elf.PT_LOAD, constantSegment)
		f.put64(at+pMemsz, f.get64(at+pMemsz)+8)
	}, rule: "segments", says: "larger than its part"},
	{name: "smaller in memory", change: func(f *file) { f.put64(f.prog(elf.PT_LOAD, dataSegment)+pMemsz, 8) }, rule: "segments", says: "does not fit"},
	{name: "huge", change: func(f *file) { f.put64(f.prog(elf.PT_LOAD, dataSegment)+pMemsz, 1<<62) }, rule: "segments", says: "no sensible size"},
	{name: "overflow", change: func(f *file) { f.put64(f.prog(elf.PT_LOAD, dataSegment)+pVaddr, 1<<64-8) }, rule: "segments", says: "does not fit"},
	{name: "bytes behind the code", change: func(f *file) {
		s := f.elf.Section(".text")
		f.data[s.Offset+s.Size] = 0xc3
	}, rule: "segments", says: "around the code"},

	tag(elf.DT_NEEDED, "needs a library"), tag(elf.DT_RPATH, "search path"), tag(elf.DT_RUNPATH, "search path"),
	tag(elf.DT_AUDIT, "audit"), tag(elf.DT_DEPAUDIT, "audit"), tag(elf.DT_FILTER, "filter"), tag(elf.DT_AUXILIARY, "filter"),
	tag(elf.DT_TEXTREL, "code is to be changed"), tag(elf.DT_INIT, "constructor"), tag(elf.DT_FINI, "destructor"),
	tag(elf.DT_FINI_ARRAY, "destructors"), tag(elf.DT_PREINIT_ARRAY, "before all others"), tag(elf.DT_JMPREL, "first called"),
	tag(elf.DT_VERNEED, "versions"), tag(elf.DT_VERSYM, "versions"), tag(elf.DT_REL, "another kind"), tag(elf.DT_HASH, "old kind"),
	tag(36, "has an entry"), tag(elf.DT_SONAME, "has an entry"), tag(0x6ffffef6, "has an entry"),
	{name: "entry twice", change: func(f *file) { f.setTag(elf.DT_RELA) }, rule: "dynamic", says: "two entries"},
	{name: "DF_TEXTREL", change: func(f *file) { f.put64(f.dyn(elf.DT_FLAGS)+8, uint64(elf.DF_BIND_NOW|elf.DF_TEXTREL)) }, rule: "dynamic", says: "DF_TEXTREL"},
	{name: "DF_STATIC_TLS", change: func(f *file) { f.put64(f.dyn(elf.DT_FLAGS)+8, uint64(elf.DF_BIND_NOW|elf.DF_STATIC_TLS)) }, rule: "dynamic", says: "thread-local"},
	{name: "lazy", change: func(f *file) { f.put64(f.dyn(elf.DT_FLAGS)+8, 0) }, rule: "dynamic", says: "bound at once"},
	{name: "DF_1_NODELETE", change: func(f *file) { f.put64(f.dyn(elf.DT_FLAGS_1)+8, uint64(elf.DF_1_NOW|elf.DF_1_NODELETE)) }, rule: "dynamic", says: "for good"},
	{name: "no relocations", change: func(f *file) { f.put64(f.dyn(elf.DT_RELA), uint64(elf.DT_RELACOUNT)+100) }, rule: "dynamic", says: "entry"},
	{name: "string table among data", change: func(f *file) {
		f.put64(f.dyn(elf.DT_STRTAB)+8, f.elf.Section(".data").Addr)
	}, rule: "dynamic", says: "string table"},
	{name: "after the end", change: func(f *file) {
		at := f.dyn(elf.DT_RELACOUNT)
		f.put64(at, 0)
		f.put64(at+8, 0)
		f.put64(at+16, 1)
	}, rule: "dynamic", says: "after its end"},

	{name: "two constructors", change: func(f *file) { f.put64(f.dyn(elf.DT_INIT_ARRAYSZ)+8, 16) }, rule: "layout", says: ".init_array"},
	{name: "constructor that runs", change: func(f *file) {
		at := f.relocationAt(f.elf.Section(".init_array").Addr)
		f.put64(at+16, f.get64(f.relocationAt(f.descriptor()+16)+16)) // the entry of the runtime
	}, rule: "constructor", says: "does something"},

	{name: "indirect function", change: func(f *file) { f.data[f.symbol(exported(f))+4] = elf.ST_INFO(elf.STB_GLOBAL, elf.STT_GNU_IFUNC) }, rule: "symbols", says: "indirect function"},
	{name: "thread-local symbol", change: func(f *file) { f.data[f.symbol(exported(f))+4] = elf.ST_INFO(elf.STB_GLOBAL, elf.STT_TLS) }, rule: "symbols", says: "thread-local"},
	{name: "unique symbol", change: func(f *file) { f.data[f.symbol(exported(f))+4] = elf.ST_INFO(10, elf.STT_OBJECT) }, rule: "symbols", says: "ordinary"},
	{name: "weak symbol", change: func(f *file) { f.data[f.symbol(exported(f))+4] = elf.ST_INFO(elf.STB_WEAK, elf.STT_OBJECT) }, rule: "symbols", says: "ordinary"},
	{name: "symbol outside", change: func(f *file) { f.put64(f.symbol(exported(f))+8, 1<<40) }, rule: "symbols", says: "outside"},
	{name: "export", change: func(f *file) { f.put64(24, 0); f.replace(".dynstr", "pgstd_object", "getpwnam_rxx") }, rule: "symbols", says: "pgbuild has not made it", only: []object.Kind{object.Object}},
	{name: "export of a module", change: func(f *file) { f.replace(".dynstr", "pgstd_fn_magic", "sendto_another") }, rule: "symbols", says: "exports sendto_another", only: onlyModule},
	{name: "export within a function", change: func(f *file) {
		at := f.symbol("pgstd_fn_up")
		f.put64(at+8, f.get64(at+8)+4)
	}, rule: "symbols", says: "not the start of a function", only: onlyModule},
	{name: "import", change: func(f *file) { f.replace(".dynstr", "\x00memcpy\x00", "\x00system\x00") }, rule: "imports", says: "imports system", only: onlyModule},
	{name: "import of an object", change: func(f *file) { f.put16(f.symbol("pgstd_object")+6, 0) }, rule: "symbols", says: "", only: []object.Kind{object.Object}},

	{name: "IRELATIVE", change: func(f *file) { f.relocationType(1032, 37) }, rule: "relocations", says: "of type"},
	{name: "COPY", change: func(f *file) { f.relocationType(1024, 5) }, rule: "relocations", says: "of type"},
	{name: "TPOFF", change: func(f *file) { f.relocationType(1030, 18) }, rule: "relocations", says: "of type"},
	{name: "JUMP_SLOT", change: func(f *file) { f.relocationType(1026, 7) }, rule: "relocations", says: "of type"},
	{name: "relocation of code", change: func(f *file) { f.put64(f.anyRelative(), f.elf.Section(".text").Addr) }, rule: "relocations", says: "no word of writable data"},
	{name: "relocation of the dynamic section", change: func(f *file) { f.put64(f.anyRelative(), f.elf.Section(".dynamic").Addr+16) }, rule: "relocations", says: "dynamic section"},
	{name: "relocated twice", change: func(f *file) {
		at := f.anyRelative()
		f.put64(at, f.get64(at+24))
	}, rule: "relocations", says: "two relocations"},
	{name: "pointer out of the file", change: func(f *file) { f.put64(f.anyRelative()+16, 1<<41) }, rule: "relocations", says: "outside"},
	{name: "pointer into an instruction", change: func(f *file) {
		// the wrapper of a function is named nowhere else
		at := f.relocationAt(f.descriptor() + 16)
		f.put64(at+16, f.get64(at+16)+1)
	}, rule: "relocations", says: "no instruction starts"},
	{name: "symbol of a relocation", change: func(f *file) {
		at := f.rela(func(_, info, _ uint64) bool { return info>>32 != 0 })
		f.put32(at+12, 1<<20)
	}, rule: "relocations", says: "not there", only: onlyModule},

	{name: "trailing byte", change: func(f *file) { f.data = append(f.data, 0) }, rule: "layout", says: "1 bytes follow"},
	{name: "section", change: func(f *file) { f.replace(".shstrtab", ".go.module", ".go.modulo") }, rule: "layout", says: ".go.modulo"},
	{name: "section flags", change: func(f *file) { f.put64(f.header(".rodata")+8, 6) }, rule: "layout", says: ".rodata has flags"},
	{name: "section elsewhere", change: func(f *file) { f.put64(f.header(".rodata")+16, 0x1000) }, rule: "layout", says: ".rodata does not lie"},
	{name: "other symbols", change: func(f *file) { f.put64(f.header(".dynsym")+32, 24) }, rule: "layout", says: "not what the dynamic loader uses"},
	{name: "other code", change: func(f *file) { f.put64(f.header(".text")+32, 64) }, rule: "layout", says: "not what the dynamic loader uses"},
	{name: "no sections", change: func(f *file) { f.put16(60, 0) }, rule: "layout", says: "section headers"},
	{name: "bytes between segments", change: func(f *file) {
		at := f.prog(elf.PT_LOAD, headersSegment)
		f.data[f.get64(at+pOffset)+f.get64(at+pFilesz)+8] = 1
	}, rule: "layout", says: "belong to nothing"},

	{name: "owner of a note", change: func(f *file) { f.replace(".note.pgstd", "pgstd\x00", "other\x00") }, rule: "notes", says: `"other"`},
	{name: "type of a note", change: func(f *file) { f.put32(f.elf.Section(".note.pgstd").Offset+8, 9) }, rule: "notes", says: "type 9"},
	{name: "size of a note", change: func(f *file) { f.put32(f.elf.Section(".note.pgstd").Offset+4, 1<<30) }, rule: "notes", says: "damaged"},

	{name: "descriptor magic", change: func(f *file) { f.put32(f.offset(f.descriptor()), 1) }, rule: "descriptor", says: "not one that this kit knows"},
	{name: "descriptor size", change: func(f *file) { f.put64(f.offset(f.descriptor())+8, 8) }, rule: "descriptor", says: "not one that this kit knows"},
	{name: "descriptor's code", change: func(f *file) { f.put64(f.relocationAt(f.descriptor()+64)+16, f.elf.Section(".rodata").Addr) }, rule: "descriptor", says: "as its code"},
	{name: "descriptor's data", change: func(f *file) { f.put64(f.relocationAt(f.descriptor()+48)+16, f.elf.Section(".text").Addr) }, rule: "descriptor", says: "as its own data"},
	{name: "descriptor's rate of profiles", change: func(f *file) { f.put64(f.relocationAt(f.descriptor()+272)+16, f.elf.Section(".rodata").Addr) }, rule: "descriptor", says: "as its own data"},
	{name: "descriptor's offset in a goroutine", change: func(f *file) { f.put64(f.offset(f.descriptor())+176, 1<<40) }, rule: "descriptor", says: "as an offset in a structure"},
	{name: "descriptor's size of a count", change: func(f *file) { f.put64(f.offset(f.descriptor())+320, 1<<62) }, rule: "descriptor", says: "as an offset in a structure"},
	{name: "descriptor's offset that becomes an address", change: func(f *file) {
		list := f.elf.Section(".rela.dyn")
		f.put64(list.Offset+list.Size-24, f.descriptor()+288)
	}, rule: "descriptor", says: "as an offset in a structure"},
	{name: "descriptor's size that becomes an address", change: func(f *file) {
		list := f.elf.Section(".rela.dyn")
		f.put64(list.Offset+list.Size-24, f.descriptor()+8)
	}, rule: "descriptor", says: "not one that this kit knows"},
	{name: "start", change: func(f *file) { f.put64(f.relocationAt(f.descriptor()+16)+16, f.elf.Section(".rodata").Addr) }, rule: "symbols", says: "the object's entry"},
	{name: "table of functions", change: func(f *file) { f.put32(f.elf.Section(".gopclntab").Offset, 0xfffffffb) }, rule: "descriptor", says: "Go release"},
	{name: "number of functions", change: func(f *file) { f.put64(f.elf.Section(".gopclntab").Offset+8, 1<<40) }, rule: "descriptor", says: "damaged"},
	{name: "function out of order", change: func(f *file) {
		at := f.elf.Section(".gopclntab").Offset
		f.put32(at+f.get64(at+64)+8, 0)
	}, rule: "descriptor", says: "does not divide"},
	{name: "unwind table", change: func(f *file) { f.data[f.elf.Section(".eh_frame_hdr").Offset] = 2 }, rule: "code", says: "unwind", only: []object.Kind{object.Module, object.Host}},
	{name: "unwind table without a function", change: func(f *file) {
		at := f.elf.Section(".eh_frame_hdr").Offset
		f.put32(at+8, 1)
	}, rule: "code", says: "belongs to no function", only: []object.Kind{object.Module, object.Host}},

	{name: "kind of the provenance", change: func(f *file) { f.replace(".note.pgstd", `"kind":"object"`, `"kind":"module"`) }, rule: "provenance", says: `that of a "module"`, only: []object.Kind{object.Object}},
	{name: "ABI of the provenance", change: func(f *file) { f.put32(f.offset(f.descriptor())+4, 99) }, rule: "provenance", says: "the object 99"},
	{name: "target of the provenance", change: func(f *file) {
		if f.elf.Machine == elf.EM_X86_64 {
			f.replace(".note.pgstd", "-amd64", "-arm64")
		} else {
			f.replace(".note.pgstd", "-arm64", "-amd64")
		}
	}, rule: "provenance", says: "but the code for"},
	{name: "version of the provenance", change: func(f *file) { f.replace(".note.pgstd", `"version":2`, `"version":3`) }, rule: "provenance", says: "of version 3"},
	{name: "toolchain of the provenance", change: func(f *file) { f.replace(".note.pgstd", `"go":"go1.`, `"go":"go9.`) }, rule: "provenance", says: "the Go linker"},
	{name: "modules of the provenance", change: func(f *file) { f.replace(".note.pgstd", `"path":"example.org/small"`, `"path":"example.org/other"`) }, rule: "provenance", says: "others"},
	{name: "damaged provenance", change: func(f *file) { f.replace(".note.pgstd", `{"version"`, `["version"`) }, rule: "provenance", says: "not JSON"},
}

// exported is a symbol that every file of the kind exports.
func exported(f *file) string {
	symbols, _ := f.elf.DynamicSymbols()
	for _, s := range symbols {
		if s.Name == "pgstd_object" || s.Name == "Pg_magic_func" {
			return s.Name
		}
	}
	f.t.Fatal("nothing is exported")
	return ""
}

// anyRelative is a relocation that adds the load address.
func (f *file) anyRelative() uint64 {
	return f.rela(func(_, info, _ uint64) bool { return info>>32 == 0 })
}

// relocationType changes the type of a relocation.
func (f *file) relocationType(arm64, amd64 uint32) {
	kind := amd64
	if f.elf.Machine == elf.EM_AARCH64 {
		kind = arm64
	}
	f.put32(f.anyRelative()+8, kind)
}

var kinds = []object.Kind{object.Object, object.Module, object.Host}

func TestGood(t *testing.T) {
	for _, on := range target.Supported {
		for _, kind := range kinds {
			f := good(t, kind, on)
			for _, asked := range []object.Kind{kind, ""} {
				r := object.Verify(f.data, asked)
				if !r.Good() || r.Kind != kind || r.Machine != on.GOARCH() {
					t.Errorf("%s for %s: %+v", kind, on, r)
				}
				if wantGo, wantHost := kind != object.Host, kind != object.Object; r.GoFunctions > 100 != wantGo || r.HostFunctions > 10 != wantHost {
					t.Errorf("%s for %s: %d Go functions, %d of the host", kind, on, r.GoFunctions, r.HostFunctions)
				}
			}
		}
	}
}

func TestMutations(t *testing.T) {
	for _, on := range target.Supported {
		t.Run(on.GOARCH(), func(t *testing.T) {
			for _, m := range mutations {
				of := m.only
				if of == nil {
					of = kinds[:2]
				}
				for _, kind := range of {
					t.Run(m.name+"/"+string(kind), func(t *testing.T) {
						f := good(t, kind, on)
						m.change(f)
						refused(t, f, m.rule, m.says)
					})
				}
			}
		})
	}
}

// TestPages: on arm64 a kernel can have pages of 64 kB, so segments that share one are
// refused whatever alignment they say.
func TestPages(t *testing.T) {
	for _, align := range []uint64{0x1000, 0x2000, 0x4000, 0x8000} {
		f := good(t, object.Object, "linux-postgres-arm64")
		for i := range headersSegment + dataSegment {
			f.put64(f.prog(elf.PT_LOAD, i)+pAlign, align)
		}
		refused(t, f, "segments", "aligned")
	}
}

// refused checks that the gate refuses a file by a rule, with a message.
func refused(t *testing.T, f *file, rule, says string) {
	t.Helper()
	r := object.Verify(f.data, "")
	if r.Good() {
		t.Fatal("it was passed")
	}
	found := r.Findings[0]
	if rule != "" && found.Rule != rule || !strings.Contains(found.What, says) {
		t.Errorf("%v; want %q by rule %s", r.Findings, says, rule)
	}
}

var ctx = context.Background()
