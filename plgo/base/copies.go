package base

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// findCopies finds types and itabs that the module has a copy of and that others may have, too:
// those that the base has, and types without a name that consist of such alone. That a
// type of the base's has the same name says nothing yet, as names are digests of 48 bits:
// whoever loads a module compares what they are made of (typesEqual). So the module keeps its copy.
//
// Types with a name of packages that the base does not have are the module's alone, whatever other
// modules have: a package that two bring is two packages.
func (l *layout) findCopies() error {
	var found []*copyOf
	for _, s := range l.symbols {
		in, ok := l.sections[int(s.Section)]
		if !ok || !isType(s.Name) && !isItab(s.Name) {
			continue
		}
		c := &copyOf{name: s.Name, address: in.address + uint32(s.Value), size: uint32(s.Size), base: nowhere, itab: isItab(s.Name)}
		if c.itab && c.size < 24 || !c.itab && c.size < typeSize || l.bytes(c.address, c.size) == nil || in.zone != zoneConst {
			return fmt.Errorf("%s is not as expected", s.Name)
		}
		if p, ok := l.base.symbols.byName[s.Name]; ok && !c.itab {
			c.base = uint32(p.value)
		}
		l.types[c.address] = c
		found = append(found, c)
	}
	slices.SortFunc(found, func(a, b *copyOf) int { return int(a.address) - int(b.address) })
	for _, c := range found {
		if !c.itab {
			l.take(c)
		}
	}
	types := len(l.copies)
	for i, c := range l.copies {
		c.index = i
	}
	for _, c := range found {
		if !c.itab {
			continue
		}
		c.shared, c.index = true, len(l.copies)-types
		l.copies = append(l.copies, c)
		if p, ok := l.base.symbols.byName[c.name]; ok && l.samePair(c, p) {
			c.base = uint32(p.value)
		}
	}
	return nil
}

// samePair reports whether an itab is of the same interface and type as one of the base's.
func (l *layout) samePair(c *copyOf, p place) bool {
	theirs := l.base.symbols.inside(place{value: p.value, size: 16})
	if len(theirs) != 2 {
		return false
	}
	for i, r := range l.in(c.address, 16) {
		target := r.target
		if r.own {
			t := l.types[uint32(r.target)]
			if t == nil || t.base == nowhere {
				return false
			}
			target = uint64(t.base)
		}
		if i > 1 || r.addend != 0 || target != theirs[i].target {
			return false
		}
	}
	return true
}

// take decides whether a type is shared, and lists it after those that it consists of.
func (l *layout) take(c *copyOf) bool {
	if c.seen {
		return c.shared
	}
	c.seen = true // a type without a name does not consist of itself
	data := l.bytes(c.address, c.size)
	shared := true
	if c.base == nowhere {
		shared = data[typeTFlag]&(tflagNamed|tflagUncommon) == 0
	}
	for _, r := range l.in(c.address, c.size) {
		at := r.where - c.address
		if at == typeEqual || at == typeGCData || !r.own {
			continue
		}
		if kind := data[typeKind] & kindMask; kind == kindMap && at >= mapGroup {
			continue // how it is laid out follows from key and element
		}
		if t := l.types[uint32(int64(r.target)+r.addend)]; t != nil {
			shared = l.take(t) && shared || c.base != nowhere
			continue
		}
		kind := data[typeKind] & kindMask
		if at == typeSize && (kind == kindInterface || kind == kindStruct) && c.base == nowhere {
			shared = false // it has the name of a package: something in it is not exported
		}
	}
	if kind := data[typeKind] & kindMask; kind == kindInterface && c.base == nowhere {
		shared = shared && l.takeMethods(c, data)
	}
	c.shared = shared
	if shared {
		l.copies = append(l.copies, c)
	}
	return shared
}

// takeMethods does so for the types of an interface's methods, which it refers to by their offsets
// from the first type. abi.InterfaceType: package, methods; abi.Imethod: name, type.
func (l *layout) takeMethods(c *copyOf, data []byte) bool {
	const methods, count, each = typeSize + 8, typeSize + 16, 8
	if len(data) < count+16 {
		return false
	}
	first, ok := l.typesStart()
	n := binary.LittleEndian.Uint64(data[count:])
	if n == 0 {
		return true
	}
	for _, r := range l.in(c.address+methods, 8) {
		at := uint32(int64(r.target) + r.addend)
		if !ok || !r.own || n > 1<<16 {
			return false
		}
		list := l.bytes(at, uint32(n)*each)
		for ; len(list) > 0; list = list[each:] {
			t := l.types[first+binary.LittleEndian.Uint32(list[4:])]
			name := l.bytes(first+binary.LittleEndian.Uint32(list), 1)
			if t == nil || !l.take(t) || name == nil || name[0]&nameExported == 0 {
				return false
			}
		}
		return true
	}
	return false
}

// typesStart is where offsets of types are counted from.
func (l *layout) typesStart() (uint32, bool) {
	for _, s := range l.symbols {
		if in, ok := l.sections[int(s.Section)]; ok && s.Name == "runtime.types" {
			return in.address + uint32(s.Value), true
		}
	}
	return 0, false
}
