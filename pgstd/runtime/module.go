//go:build postgres

//pgstd:add

// A base is an object that has the runtime and library for modules: code that the host
// maps into the world later, and that is compiled and linked against the base alone. The
// linker makes a base as one of Go's shared libraries and marks it as nothing;
// everything else that runs is an archive. So here islibrary says: this is a base.
//
// What package plugin does for stock programs, this file does for modules, with three
// differences. A type of a module is looked for where it can be, not in all modules
// (typelinksinit takes 20 to 45 ms for the library); types of two modules are one only if
// all that they consist of is the base's, which the linker has found out; and packages of the base
// are initialised when a module is loaded that needs them.
//
// Invariants, on which runtime and reflect rest:
//   - There is one *_type for a type that more than one module can have values of, and one
//     *itab for a pair of interface and type. What a module brings itself is compared with
//     what is there before any code of the module can run; all its references to it, other than
//     offsets, are in uses; offsets go through moduledata.typemap.
//   - Nothing of a module is reachable for the collector, the unwinder or a type switch until it is
//     complete: pgstdLinkModule runs to its end without running the module's code.
package runtime

import (
	"internal/abi"
	"unsafe"
)

// pgstdModule is what the host says of a module that it has mapped and relocated
// (PgstdModuleLink in host/modules.h).
type pgstdModule struct {
	data   *moduledata
	image  uintptr // of the module
	base   uintptr // image of the base
	types  *pgstdModulePair
	ntypes uint64
	itabs  *pgstdModulePair
	nitabs uint64
	uses   *pgstdModuleUse
	nuses  uint64
	inits  *uint32 // offsets of tasks in the base, in their order
	ninits uint64
}

// pgstdModulePair is something that a module has a copy of: offsets of it in the module and
// in the base, or pgstdNowhere.
type pgstdModulePair struct{ own, base uint32 }

const pgstdNowhere = ^uint32(0)

// pgstdModuleUse is a word of a module that has the address of its own copy of something
// that the base lacks: a type of that index, or, after these, an itab.
type pgstdModuleUse struct{ where, what uint32 }

// pgstdModuleFunctions are what a base offers its host.
var pgstdModuleFunctions = [...]pgstdFunction{
	{name: "pgstd.link", signature: "\x00\x04", call: pgstdLinkModule},
	{name: "pgstd.init", signature: "\x00\x04", call: pgstdInitModule},
}

// pgstdInit initialises the packages of a program; those of a base, modules do.
func pgstdInit(m *moduledata) {
	pgstdProgram = true
	pgstdShare()
	if !islibrary {
		doInit(m.inittasks)
		return
	}
	pgstd_register(unsafe.Pointer(&pgstdModuleFunctions), len(pgstdModuleFunctions))
}

// What pgstdLinkModule finds wrong.
const (
	pgstdModuleGood = iota
	pgstdModuleTables
	pgstdModuleTypes
	pgstdModuleItabs
)

// pgstdLinkModule makes a module part of the world. args[0] is a *pgstdModule; the result
// says what is wrong. The host leaves no trace of a module that is not good: it ends the world.
func pgstdLinkModule(args, result *pgstdSlot) {
	m := (*pgstdModule)(unsafe.Pointer(uintptr(args.word)))
	*result = pgstdSlot{word: m.link()}
}

func (m *pgstdModule) link() uint64 {
	if !m.sound() {
		return pgstdModuleTables
	}
	moduledataverify1(m.data)
	pgstdAddModule(m.data)
	types, ok := m.findTypes()
	if !ok {
		return pgstdModuleTypes
	}
	if !m.addItabs(types) {
		return pgstdModuleItabs
	}
	return pgstdModuleGood
}

// pgstdInitModule runs the init functions of a linked module, after those of the base's
// packages that it needs. One of an administrator's packages may run a statement, and that
// call a function that needs it, too: there is nothing that could go on then but the outer one.
func pgstdInitModule(args, result *pgstdSlot) {
	m := (*pgstdModule)(unsafe.Pointer(uintptr(args.word)))
	for _, offset := range unsafe.Slice(m.inits, m.ninits) {
		if t := m.task(offset); t.state == 1 {
			first := *(*uintptr)(add(unsafe.Pointer(t), unsafe.Sizeof(*t)))
			panic(plainError("package " + funcpkgpath(findfunc(first)) + " is being initialised by a call that waits for this one"))
		}
	}
	pgstdInitBase(m)
	doInit(m.data.inittasks)
	*result = pgstdSlot{}
}

func (m *pgstdModule) task(offset uint32) *initTask {
	return (*initTask)(unsafe.Pointer(m.base + uintptr(offset)))
}

// pgstdInitBase initialises packages of the base. Those that are done, doInit1 passes over. A panic in one ends the
// world (pgstdUnrecovered), as the package is there for other functions, and is neither initialised nor not. A package
// that runs a statement may have others initialised meanwhile.
//
//go:noinline
func pgstdInitBase(m *pgstdModule) {
	outer := pgstdInitialised
	for _, offset := range unsafe.Slice(m.inits, m.ninits) {
		pgstdInitialised = offset
		doInit1(m.task(offset))
		pgstdNoteImport(m.data, offset)
	}
	pgstdInitialised = outer
}

// pgstdAddModule is what modulesinit does for one module. Readers of the list have one
// that is shorter; what is appended they do not look at.
func pgstdAddModule(md *moduledata) {
	data, bss := md.edata-md.data, md.ebss-md.bss
	md.gcdatamask = progToPointerMask((*byte)(unsafe.Pointer(md.gcdata)), data)
	md.gcbssmask = progToPointerMask((*byte)(unsafe.Pointer(md.gcbss)), bss)
	gcController.addGlobals(int64(data + bss))
	longer := new([]*moduledata) // a variable may not escape in this package
	*longer = append(activeModules(), md)
	lastmoduledatap.next = md
	lastmoduledatap = md
	atomicstorep(unsafe.Pointer(&modulesSlice), unsafe.Pointer(longer))
}

// pgstdTypes are types that modules have brought and that others may bring, too, by their hash.
var pgstdTypes map[uint32][]*_type

// pgstdReflected finds a type that package reflect has made and that is the same as t, whose
// parts are the ones that everybody has. Package reflect sets it; nil: there are none.
var pgstdReflected func(t *_type) *_type

//go:linkname pgstd_reflected
func pgstd_reflected(f func(t *abi.Type) *abi.Type) { pgstdReflected = f }

func (m *pgstdModule) typeAt(offset uint32) *_type {
	return (*_type)(unsafe.Pointer(m.image + uintptr(offset)))
}

// findTypes finds for each type that others may have, too, the one that everybody is to use. A
// type stands after those that it consists of.
func (m *pgstdModule) findTypes() ([]*_type, bool) {
	pairs := unsafe.Slice(m.types, m.ntypes)
	uses := unsafe.Slice(m.uses, m.nuses)
	found := make([]*_type, len(pairs))
	changed := false
	for i, p := range pairs {
		own := m.typeAt(p.own)
		if p.base != pgstdNowhere {
			found[i] = (*_type)(unsafe.Pointer(m.base + uintptr(p.base)))
			if !typesEqual(own, found[i], map[_typePair]struct{}{}) {
				return nil, false
			}
			continue
		}
		if changed { // parts of this one are elsewhere
			m.redirect(uses, 0, found[:i])
			changed = false
		}
		found[i] = pgstdFindType(own)
		if found[i] == own {
			if pgstdTypes == nil {
				pgstdTypes = map[uint32][]*_type{}
			}
			pgstdTypes[own.Hash] = append(pgstdTypes[own.Hash], own)
		}
		changed = changed || found[i] != own
	}
	m.redirect(uses, 0, found)
	pgstdSetTypemap(m, found)
	return found, true
}

func pgstdFindType(own *_type) *_type {
	for _, t := range pgstdTypes[own.Hash] {
		if typesEqual(own, t, map[_typePair]struct{}{}) {
			return t
		}
	}
	if pgstdReflected != nil {
		if t := pgstdReflected(own); t != nil {
			return t
		}
	}
	return own
}

// redirect writes the addresses of what has been found into the words that use it.
func (m *pgstdModule) redirect(uses []pgstdModuleUse, first uint32, found []*_type) {
	for _, u := range uses {
		if i := u.what - first; u.what >= first && i < uint32(len(found)) {
			*(*uintptr)(unsafe.Pointer(m.image + uintptr(u.where))) = uintptr(unsafe.Pointer(found[i]))
		}
	}
}

// addItabs makes known the itabs that nobody has, and has the module use those that are there.
func (m *pgstdModule) addItabs(types []*_type) bool {
	pairs := unsafe.Slice(m.itabs, m.nitabs)
	found := make([]*_type, len(pairs)) // addresses alone matter
	good := true
	for i, p := range pairs {
		own := (*itab)(unsafe.Pointer(m.image + uintptr(p.own)))
		is := own
		if p.base != pgstdNowhere {
			is = (*itab)(unsafe.Pointer(m.base + uintptr(p.base)))
			good = good && is.Inter == own.Inter && is.Type == own.Type
		} else if t := itabTable.find(own.Inter, own.Type); t != nil {
			is = t
		} else {
			lock(&itabLock)
			itabAdd(own)
			unlock(&itabLock)
		}
		found[i] = (*_type)(unsafe.Pointer(is))
	}
	m.redirect(unsafe.Slice(m.uses, m.nuses), uint32(len(types)), found)
	return good
}

// sound reports whether what a module says of itself lies in it, as far as the runtime
// goes there without looking: it comes from a table of a database. What the tables
// say in turn is for the object gate.
func (m *pgstdModule) sound() bool {
	md := m.data
	in := func(start, end uintptr) bool {
		return start <= end && start >= m.image && end <= m.image+pgstdModuleMax
	}
	sized := func(p unsafe.Pointer, n int, size uintptr) bool {
		return n == 0 || n > 0 && n <= pgstdModuleMax && in(uintptr(p), uintptr(p)+uintptr(n)*size)
	}
	if md.next != nil || md.typemap != nil || md.hasmain != 0 || md.bad || len(md.textsectmap) > 1 {
		return false
	}
	return in(md.text, md.etext) && md.minpc == md.text && in(md.minpc, md.maxpc) &&
		in(md.noptrdata, md.enoptrdata) && in(md.data, md.edata) && in(md.bss, md.ebss) && in(md.noptrbss, md.enoptrbss) &&
		in(md.types, md.etypes) && in(md.gcdata, md.gcdata) && in(md.gcbss, md.gcbss) && in(md.findfunctab, md.findfunctab) &&
		in(md.rodata, md.rodata) && in(md.gofunc, md.gofunc) && in(uintptr(unsafe.Pointer(md.pcHeader)), uintptr(unsafe.Pointer(md.pcHeader))+unsafe.Sizeof(pcHeader{})) &&
		sized(unsafe.Pointer(unsafe.SliceData(md.funcnametab)), len(md.funcnametab), 1) && sized(unsafe.Pointer(unsafe.SliceData(md.cutab)), len(md.cutab), 4) &&
		sized(unsafe.Pointer(unsafe.SliceData(md.filetab)), len(md.filetab), 1) && sized(unsafe.Pointer(unsafe.SliceData(md.pctab)), len(md.pctab), 1) &&
		sized(unsafe.Pointer(unsafe.SliceData(md.pclntable)), len(md.pclntable), 1) && len(md.ftab) > 1 &&
		sized(unsafe.Pointer(unsafe.SliceData(md.ftab)), len(md.ftab), unsafe.Sizeof(functab{})) &&
		sized(unsafe.Pointer(unsafe.SliceData(md.inittasks)), len(md.inittasks), 8)
}

// pgstdModuleMax is how large a module may be in memory.
const pgstdModuleMax = 64 << 20
