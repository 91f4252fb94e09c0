//go:build postgres

package runtime

import _ "unsafe" // for go:linkname

// moduledataverify looks at the table of functions. That of a base has tens of thousands, and is looked at where the
// base is made (plgo/base), not whenever a world starts; that of a module, when the module comes.
func moduledataverify() {
	if !islibrary {
		moduledataverify1(&firstmoduledata)
	}
}

// A Func names a function by a program counter, and its methods look that up each
// time. The stock one has no size: its methods read what follows it in memory, so that
// one which a program has made itself, or copied, reads whatever the program wants.
type Func struct {
	// The entry of the function; or, where inlined is set, the place whose innermost
	// function is meant.
	pc      uintptr
	inlined bool
}

// knownFuncs are those that have been given out, by their entry: a function has one
// *Func, which programs compare.
//
//pgstd:add
var knownFuncs map[uintptr]*Func

// FuncForPC returns the innermost function at pc, or nil.
//
//go:linkname FuncForPC
func FuncForPC(pc uintptr) *Func {
	info := findfunc(pc)
	if !info.valid() {
		return nil
	}
	if u, frame := newInlineUnwinder(info, pc); u.isInlined(frame) {
		return &Func{pc: pc, inlined: true}
	}
	return info._Func()
}

func (f funcInfo) _Func() *Func {
	mp := acquirem() // nobody else looks while the map changes
	entry := f.entry()
	known := knownFuncs[entry]
	if known == nil || *known != (Func{pc: entry}) { // its holder may have written over it
		known = &Func{pc: entry}
		if knownFuncs == nil {
			knownFuncs = map[uintptr]*Func{}
		}
		knownFuncs[entry] = known
	}
	releasem(mp)
	return known
}

func (f *Func) funcInfo() funcInfo { return findfunc(f.pc) }

// source is what is known of the function itself. It is not valid for a Func that
// comes from nowhere.
//
//pgstd:add
func (f *Func) source() (sf srcFunc, file string, line int) {
	info := f.funcInfo()
	switch {
	case !info.valid():
		return srcFunc{}, "", 0
	case !f.inlined:
		return info.srcFunc(), "", 0
	}
	u, frame := newInlineUnwinder(info, f.pc)
	file, line = u.fileLine(frame)
	return u.srcFunc(frame), file, line
}

// Name returns the name of the function.
func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	sf, _, _ := f.source()
	return funcNameForPrint(sf.name())
}

// Entry returns the address of the function; of an inlined one, that of the function
// that it has become part of.
func (f *Func) Entry() uintptr {
	if info := f.funcInfo(); info.valid() {
		return info.entry()
	}
	return 0
}

// FileLine returns where the code at pc, which should be of the function, comes from.
func (f *Func) FileLine(pc uintptr) (file string, line int) {
	if f.inlined {
		_, file, line = f.source()
		return file, line
	}
	name, number := funcline1(f.funcInfo(), pc, false)
	return name, int(number)
}

func (f *Func) startLine() int32 {
	sf, _, _ := f.source()
	return sf.startLine
}
