package object

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// abi.Type, and what descriptions of each kind have besides.
const (
	typeSize       = 48
	uncommonSize   = 16
	tflagUncommon  = 1 << 0
	tflagStar      = 1 << 1
	tflagNamed     = 1 << 2
	tflagOnDemand  = 1 << 4
	tflagDirect    = 1 << 5
	nameExported   = 1 << 0
	nameTag        = 1 << 1
	namePackage    = 1 << 2
	nameEmbedded   = 1 << 3
	variadic       = 1 << 15
	maxMaskBytes   = 2048 // abi.MaxPtrmaskBytes, of the release where it is most
	maxTypeSize    = 1 << 50
	noMethod       = 1<<32 - 1 // where the linker has found that nobody calls it
	maxMaskedWords = 1 << 28   // in all masks
)

// reflect.Kind.
const (
	kindBool = 1 + iota
	kindInt
	kindInt8
	kindInt16
	kindInt32
	kindInt64
	kindUint
	kindUint8
	kindUint16
	kindUint32
	kindUint64
	kindUintptr
	kindFloat32
	kindFloat64
	kindComplex64
	kindComplex128
	kindArray
	kindChan
	kindFunc
	kindInterface
	kindMap
	kindPointer
	kindSlice
	kindString
	kindStruct
	kindUnsafePointer
)

// kindSizes are sizes of what has one, and how many words of it, from its start, can be pointers.
var kindSizes = [kindUnsafePointer + 1]struct{ size, align, pointers uint64 }{
	kindBool: {1, 1, 0}, kindInt: {8, 8, 0}, kindInt8: {1, 1, 0}, kindInt16: {2, 2, 0}, kindInt32: {4, 4, 0}, kindInt64: {8, 8, 0},
	kindUint: {8, 8, 0}, kindUint8: {1, 1, 0}, kindUint16: {2, 2, 0}, kindUint32: {4, 4, 0}, kindUint64: {8, 8, 0}, kindUintptr: {8, 8, 0},
	kindFloat32: {4, 4, 0}, kindFloat64: {8, 8, 0}, kindComplex64: {8, 4, 0}, kindComplex128: {16, 8, 0},
	kindChan: {8, 8, 1}, kindFunc: {8, 8, 1}, kindInterface: {16, 8, 2}, kindMap: {8, 8, 1}, kindPointer: {8, 8, 1}, kindSlice: {24, 8, 1},
	kindString: {16, 8, 1}, kindUnsafePointer: {8, 8, 1},
}

// typeOf is a type's description, of the module or of its base.
type typeOf struct {
	place
	size, pointers     uint64
	hash               uint32
	tflag, align, kind byte
	name               string

	group     *typeOf  // what a map's memory consists of
	elem, key *typeOf  // elem: of array, chan, map, pointer, slice
	len       uint64   // of an array; direction of a chan; results of a func
	pkg, home string   // of names in it that are not exported; of its own name and methods
	fields    []member // of a struct; parameters and results of a func; methods of an interface
	methods   []method
}

type member struct {
	name   string
	flags  byte
	tag    string
	pkg    string
	typ    *typeOf
	offset uint64
}

type method struct {
	name, pkg string
	exported  bool
	typ       *typeOf // nil: nobody asks
	called    uint32  // by way of an interface, from the start of the code
	direct    uint32
}

// types reads descriptions. Each is read once; those of the module are judged by that.
type types struct {
	*shared
	known map[place]*typeOf
	own   map[uint32]bool  // where the module has one
	whole map[*typeOf]bool // of which it is known whether they have an end; false: it is being found out
	later []*typeOf        // read, and not looked through
	words uint64           // in masks
}

// get returns the description at a place; its parts may not have been read yet. What the module has is in its
// list, what the base has is one of its types.
func (t *types) get(p place) (*typeOf, error) {
	if d := t.known[p]; d != nil {
		return d, nil
	}
	if p.base && !t.base.Type(p.at) || !p.base && !t.own[p.at] {
		return nil, fmt.Errorf("%#x is no type", p.at)
	}
	data, ok := t.read(p, typeSize)
	if !ok {
		return nil, fmt.Errorf("%#x is no type", p.at)
	}
	d := &typeOf{place: p, size: binary.LittleEndian.Uint64(data), pointers: binary.LittleEndian.Uint64(data[8:]),
		hash: binary.LittleEndian.Uint32(data[16:]), tflag: data[20], align: data[21], kind: data[23] & 0x1f}
	if d.kind == 0 || d.kind > kindUnsafePointer || d.size > maxTypeSize || d.pointers > d.size || d.align == 0 || d.align > 8 || d.align&(d.align-1) != 0 || data[22] != d.align {
		return nil, fmt.Errorf("the type at %#x is of no kind that there is", p.at)
	}
	name, err := t.nameAt(place{p.base, t.start(p) + binary.LittleEndian.Uint32(data[40:])})
	if err != nil {
		return nil, err
	}
	d.name = name.name
	if d.tflag&tflagStar != 0 && len(d.name) > 0 {
		d.name = d.name[1:]
	}
	t.known[p] = d
	t.later = append(t.later, d)
	return d, nil
}

// start is where offsets are counted from.
func (t *types) start(p place) uint32 {
	if p.base {
		return t.base.Types
	}
	return uint32(t.about.types.start)
}

// part returns the type whose address a word has.
func (t *types) part(p place) (*typeOf, error) {
	to, is, ok := t.address(p)
	if !ok || !is {
		return nil, fmt.Errorf("the word at %#x is of no type", p.at)
	}
	return t.get(to)
}

// nameAt reads a name (abi.Name).
func (t *types) nameAt(p place) (m member, err error) {
	damaged := fmt.Errorf("the name at %#x has no end", p.at)
	limit := uint64(4096)
	if !p.base {
		if !t.about.types.holds(uint64(p.at)) {
			return m, fmt.Errorf("the name at %#x is not among the types", p.at)
		}
		limit = t.about.types.end - uint64(p.at)
	}
	flags, ok := t.read(p, 1)
	if !ok || flags[0] > 15 {
		return m, damaged
	}
	m.flags = flags[0]
	at := uint64(1)
	text := func() (string, bool) {
		var n, shift uint64
		for {
			b, ok := t.read(p.plus(uint32(at)), 1)
			if !ok || shift > 21 {
				return "", false
			}
			at++
			n |= uint64(b[0]&0x7f) << shift
			if shift += 7; b[0] < 0x80 {
				break
			}
		}
		data, ok := t.read(p.plus(uint32(at)), n)
		at += n
		return string(data), ok && (p.base || at <= limit)
	}
	if m.name, ok = text(); !ok {
		return m, damaged
	}
	if m.flags&nameTag != 0 {
		if m.tag, ok = text(); !ok {
			return m, damaged
		}
	}
	if m.flags&namePackage != 0 {
		data, ok := t.read(p.plus(uint32(at)), 4)
		if !ok {
			return m, damaged
		}
		pkg, err := t.nameAt(place{p.base, t.start(p) + binary.LittleEndian.Uint32(data)})
		if err != nil || pkg.flags&namePackage != 0 {
			return m, damaged
		}
		m.pkg = pkg.name
		at += 4
	}
	if !p.base && (at > limit || !t.clean(span{uint64(p.at), uint64(p.at) + at}) || !utf8.ValidString(m.name)) {
		return m, damaged
	}
	return m, nil
}

// namePart reads the name whose address a word has; none if it has none.
func (t *types) namePart(p place) (m member, is bool, err error) {
	to, is, ok := t.address(p)
	if !ok {
		return m, false, fmt.Errorf("the word at %#x is of no name", p.at)
	}
	if !is {
		return m, false, nil
	}
	m, err = t.nameAt(to)
	return m, true, err
}

// offset reads the type that is so far behind the first one.
func (t *types) offset(p place, n uint32) (*typeOf, error) {
	return t.get(place{p.base, t.start(p) + n})
}

// list reads a slice's words: where it is, and how many there are.
func (t *types) list(p place, each uint64) (at place, n uint64, err error) {
	at, is, ok1 := t.address(p)
	n, ok2 := t.number(p.plus(8))
	capacity, ok3 := t.number(p.plus(16))
	if !ok1 || !ok2 || !ok3 || n > 1<<16 || capacity < n || !is && n > 0 {
		return at, 0, fmt.Errorf("the list at %#x is none", p.at)
	}
	if _, ok := t.read(at, n*each); n > 0 && !ok {
		return at, 0, fmt.Errorf("the list at %#x is none", p.at)
	}
	return at, n, nil
}

// parts reads what a type consists of. Returns where a type with a name has the rest.
func (t *types) parts(d *typeOf) (rest place, err error) {
	part := func(at uint32) (to *typeOf) {
		if err == nil {
			to, err = t.part(d.plus(at))
		}
		return to
	}
	number := func(at uint32) (n uint64) {
		n, ok := t.number(d.plus(at))
		if !ok && err == nil {
			err = fmt.Errorf("the word at %#x is no number", d.plus(at).at)
		}
		return n
	}
	end := uint32(typeSize)
	switch d.kind {
	case kindArray:
		d.elem, d.len = part(typeSize), number(typeSize+16)
		if slice := part(typeSize + 8); err == nil && slice.kind != kindSlice {
			err = fmt.Errorf("the slice of an array is none")
		}
		end += 24
	case kindChan:
		d.elem, d.len = part(typeSize), number(typeSize+8)
		end += 16
	case kindPointer, kindSlice:
		d.elem = part(typeSize)
		end += 8
	case kindMap:
		d.key, d.elem, d.group = part(typeSize), part(typeSize+8), part(typeSize+16)
		end += t.mapSize()
	case kindInterface:
		end += 32
		err = t.interfaceParts(d)
	case kindStruct:
		end += 32
		err = t.structParts(d)
	case kindFunc:
		end += 8
		err = t.funcParts(d)
	}
	return d.plus(end), err
}

// members reads what structs and interfaces have alike: the package of names that are not exported, and a list.
func (t *types) members(d *typeOf, each uint64) (at place, n uint64, err error) {
	pkg, _, err := t.namePart(d.plus(typeSize))
	if err != nil {
		return at, 0, err
	}
	d.pkg = pkg.name
	return t.list(d.plus(typeSize+8), each)
}

func (t *types) interfaceParts(d *typeOf) error {
	at, n, err := t.members(d, 8)
	if err != nil {
		return err
	}
	for i := range uint32(n) {
		data, _ := t.read(at.plus(8*i), 8)
		if !at.base && !t.clean(span{uint64(at.at + 8*i), uint64(at.at+8*i) + 8}) {
			return fmt.Errorf("a method of an interface is none")
		}
		m, err := t.nameAt(place{at.base, t.start(at) + binary.LittleEndian.Uint32(data)})
		if err != nil {
			return err
		}
		if m.typ, err = t.offset(at, binary.LittleEndian.Uint32(data[4:])); err != nil {
			return err
		}
		if m.typ.kind != kindFunc {
			return fmt.Errorf("its method %s has the type of no function", m.name)
		}
		d.fields = append(d.fields, m)
	}
	return nil
}

func (t *types) structParts(d *typeOf) error {
	at, n, err := t.members(d, 24)
	if err != nil {
		return err
	}
	for i := range uint32(n) {
		m, is, err := t.namePart(at.plus(24 * i))
		if err != nil {
			return err
		}
		offset, ok := t.number(at.plus(24*i + 16))
		if m.typ, err = t.part(at.plus(24*i + 8)); err != nil {
			return err
		}
		if m.offset = offset; !ok || !is {
			return fmt.Errorf("a field of a struct has no name or place")
		}
		d.fields = append(d.fields, m)
	}
	return nil
}

func (t *types) funcParts(d *typeOf) error {
	data, ok := t.read(d.plus(typeSize), 8)
	if !ok || !d.base && !t.clean(span{uint64(d.at) + typeSize, uint64(d.at) + typeSize + 8}) {
		return fmt.Errorf("a function's type has no end")
	}
	in, out := binary.LittleEndian.Uint16(data), binary.LittleEndian.Uint16(data[2:])
	d.len = uint64(in) | uint64(out)<<16
	at := d.plus(typeSize + 8)
	if d.tflag&tflagUncommon != 0 {
		at = at.plus(uncommonSize)
	}
	for i := range uint32(in) + uint32(out&^variadic) {
		typ, err := t.part(at.plus(8 * i))
		if err != nil {
			return err
		}
		d.fields = append(d.fields, member{typ: typ})
	}
	if out&variadic != 0 && (in == 0 || d.fields[in-1].typ.kind != kindSlice) {
		return fmt.Errorf("a function's last parameter is no slice")
	}
	return nil
}

// mapSize is what a map's description has besides that of any type.
func (t *types) mapSize() uint32 {
	if t.about.layout.typesLen != 0 { // Go 1.27
		return 88
	}
	return 64
}

// readMethods reads the methods of a type with a name, or of one that embeds such.
func (t *types) readMethods(d *typeOf, at place) error {
	data, ok := t.read(at, uncommonSize)
	if !ok || !d.base && !t.clean(span{uint64(at.at), uint64(at.at) + uncommonSize}) {
		return fmt.Errorf("its methods are not there")
	}
	if n := binary.LittleEndian.Uint32(data); n != 0 {
		pkg, err := t.nameAt(place{at.base, t.start(at) + n})
		if err != nil {
			return err
		}
		d.home = pkg.name
	}
	n, exported, off := uint32(binary.LittleEndian.Uint16(data[4:])), uint32(binary.LittleEndian.Uint16(data[6:])), binary.LittleEndian.Uint32(data[8:])
	if exported > n || off > sharedMax {
		return fmt.Errorf("it has %d methods, of which %d are exported", n, exported)
	}
	list, ok := t.read(at.plus(off), uint64(n)*16)
	if !ok || !d.base && n > 0 && !t.clean(span{uint64(at.at + off), uint64(at.at+off) + uint64(n)*16}) {
		return fmt.Errorf("its methods are not there")
	}
	for ; len(list) > 0; list = list[16:] {
		name, err := t.nameAt(place{at.base, t.start(at) + binary.LittleEndian.Uint32(list)})
		if err != nil {
			return err
		}
		m := method{name: name.name, pkg: name.pkg, exported: name.flags&nameExported != 0, called: binary.LittleEndian.Uint32(list[8:]), direct: binary.LittleEndian.Uint32(list[12:])}
		if typ := binary.LittleEndian.Uint32(list[4:]); typ != 0 && typ != noMethod {
			if m.typ, err = t.offset(at, typ); err != nil {
				return err
			}
			if m.typ.kind != kindFunc {
				return fmt.Errorf("its method %s has the type of no function", m.name)
			}
		}
		d.methods = append(d.methods, m)
	}
	return nil
}
