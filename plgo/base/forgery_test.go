package base

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// forgery is a module that a test changes: one that the compiler has made, so that all else of it is as it should be.
type forgery struct {
	*testing.T
	base *Base
	data []byte
	h    header
}

func forge(t *testing.T, b *Base, good []byte) *forgery {
	f := &forgery{T: t, base: b, data: slices.Clone(good)}
	if _, err := binary.Decode(good, binary.LittleEndian, &f.h); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *forgery) machine() elf.Machine { return elf.Machine(f.h.Machine) }

// at returns what the file has from an address of the module on.
func (f *forgery) at(address uint32) []byte {
	for _, z := range f.h.Zones {
		if address >= z.Address && address-z.Address < z.File {
			return f.data[z.Offset+address-z.Address : z.Offset+z.File]
		}
	}
	f.Fatalf("%#x is not in the file", address)
	return nil
}

func (f *forgery) get(address uint32) uint32         { return binary.LittleEndian.Uint32(f.at(address)) }
func (f *forgery) put(address, n uint32)             { binary.LittleEndian.PutUint32(f.at(address), n) }
func (f *forgery) number(table int, i uint32) uint32 { return f.h.numberIn(f.data, table, i) }

func (h *header) numberIn(data []byte, table int, i uint32) uint32 {
	return binary.LittleEndian.Uint32(data[h.Tables[table].Offset+4*i:])
}

func (f *forgery) putNumber(table int, i, n uint32) {
	binary.LittleEndian.PutUint32(f.data[f.h.Tables[table].Offset+4*i:], n)
}

// word returns the index, in a table of pairs, of the one of a word; false: it is none of the table's.
func (f *forgery) word(table int, address uint32) (uint32, bool) {
	for i := uint32(0); i < f.h.Tables[table].Count; i += 2 {
		if f.number(table, i) == address {
			return i, true
		}
	}
	return 0, false
}

// follow returns the address of the module that a word gets.
func (f *forgery) follow(address uint32) uint32 {
	i, ok := f.word(tableOwn, address)
	if !ok {
		f.Fatalf("the word at %#x has no address of the module", address)
	}
	return f.number(tableOwn, i+1)
}

// turn has a word get another address of the module.
func (f *forgery) turn(address, to uint32) {
	i, ok := f.word(tableOwn, address)
	if !ok {
		f.Fatalf("the word at %#x has no address of the module", address)
	}
	f.putNumber(tableOwn, i+1, to)
}

// Where the description has what attacks change: runtime.moduledata.
const (
	mdTable, mdPCValues, mdList, mdEntries, mdBuckets, mdMaxPC, mdText, mdData, mdGCData, mdTypes = 0, 80, 104, 128, 152, 168, 176, 208, 280, 296
)

// field is where the description has something that differs between releases of Go.
func (f *forgery) field(of26, of27 uint32) uint32 {
	if f.h.Size == 592 {
		return f.h.Data + of26
	}
	return f.h.Data + of27
}

// function is what the table of functions has of one.
type entryOf struct {
	f                     *forgery
	name                  string
	entry, about          uint32 // of its entry in the list, its description
	start, end            uint32 // of its code
	numValues, numData    uint32
	values, funcs, listed uint32
}

func (f *forgery) functions() (list []entryOf) {
	names, values, about := f.follow(f.h.Data+8), f.follow(f.h.Data+mdPCValues), f.follow(f.h.Data+mdList)
	funcs := f.follow(f.field(320, 344))
	for i := range f.get(f.h.Data+mdEntries+8) - 1 {
		entry := f.follow(f.h.Data+mdEntries) + 8*i
		at := about + f.get(entry+4)
		name, _, _ := bytes.Cut(f.at(names+f.get(at+4)), []byte{0})
		list = append(list, entryOf{f, string(name), entry, at, f.get(at), f.get(entry + 8), f.get(at + 28), uint32(f.at(at + 43)[0]), values, funcs, about})
	}
	return list
}

// pick returns the first function of which something holds.
func (f *forgery) pick(is func(fn entryOf) bool) entryOf {
	for _, fn := range f.functions() {
		if strings.HasPrefix(fn.name, "plgo/") && is(fn) {
			return fn
		}
	}
	f.Fatal("the module has no such function")
	return entryOf{}
}

func (f *forgery) named(name string) entryOf {
	return f.pick(func(fn entryOf) bool { return strings.HasSuffix(fn.name, name) })
}

// added is where the compiler's additions of some kind to a function are.
func (fn entryOf) added(kind uint32) (uint32, bool) {
	if kind >= fn.numData {
		return 0, false
	}
	at := fn.f.get(fn.about + 44 + 4*fn.numValues + 4*kind)
	return fn.funcs + at, at != 1<<32-1
}

func (fn entryOf) has(kind uint32) bool { _, ok := fn.added(kind); return ok }

// types returns where the module has types: those that others may have, and its own.
func (f *forgery) types() (list []uint32) {
	for i := uint32(0); i < f.h.Tables[tableTypes].Count; i += 2 {
		list = append(list, f.number(tableTypes, i))
	}
	for i := range f.h.Tables[tableAlone].Count {
		list = append(list, f.number(tableAlone, i))
	}
	return list
}

// typeOf returns the first type of a kind of which something holds.
func (f *forgery) typeOf(kind byte, is func(at uint32) bool) uint32 {
	for _, at := range f.types() {
		if f.at(at + typeKind)[0]&kindMask == kind && (is == nil || is(at)) {
			return at
		}
	}
	f.Fatalf("the module has no such type of kind %d", kind)
	return 0
}

// alone reports whether a type is one that the module alone has.
func (f *forgery) alone(at uint32) bool {
	for i := range f.h.Tables[tableAlone].Count {
		if f.number(tableAlone, i) == at {
			return true
		}
	}
	return false
}

// symbol returns where the base has something.
func (f *forgery) symbol(name string) uint64 {
	p, ok := f.base.symbols.find(name)
	if !ok {
		f.Fatalf("the base has no %s", name)
	}
	return p.value
}

// pair returns the index among types of the first that the base has, or lacks.
func (f *forgery) pair(table int, based bool) uint32 {
	for i := uint32(0); i < f.h.Tables[table].Count; i += 2 {
		if (f.number(table, i+1) != nowhere) == based {
			return i
		}
	}
	f.Fatal("the module has no such type or itab")
	return 0
}
