package object

import "encoding/binary"

// same reports whether two types are one: by what they are made of, as runtime.typesEqual has it. Names of
// their symbols are digests, and say nothing.
func (t *types) same(a, b *typeOf) bool { return a == b || sameType(a, b, map[[2]*typeOf]bool{}) }

func sameType(a, b *typeOf, seen map[[2]*typeOf]bool) bool {
	if a == b || seen[[2]*typeOf{a, b}] {
		return true
	}
	seen[[2]*typeOf{a, b}] = true
	if a == nil || b == nil || a.kind != b.kind || a.name != b.name || a.pkg != b.pkg || a.home != b.home || a.size != b.size || a.pointers != b.pointers || a.align != b.align ||
		a.tflag&(tflagNamed|tflagUncommon|tflagDirect) != b.tflag&(tflagNamed|tflagUncommon|tflagDirect) || a.len != b.len || len(a.fields) != len(b.fields) || a.hash != b.hash {
		return false
	}
	if (a.elem == nil) != (b.elem == nil) || a.elem != nil && !sameType(a.elem, b.elem, seen) || (a.key == nil) != (b.key == nil) || a.key != nil && !sameType(a.key, b.key, seen) {
		return false
	}
	for i, f := range a.fields {
		g := b.fields[i]
		if f.name != g.name || f.tag != g.tag || f.flags&nameEmbedded != g.flags&nameEmbedded || f.pkg != g.pkg || f.offset != g.offset || !sameType(f.typ, g.typ, seen) {
			return false
		}
	}
	return true
}

// checkPairs goes over the types that others may have, too. One that the base has is the same as that; one
// that it lacks has no name, and consists of such types alone, which stand before it.
func (t *types) checkPairs(pairs []uint32) bool {
	index := map[*typeOf]int{}
	for i := 0; i < len(pairs); i += 2 {
		d := t.known[place{at: pairs[i]}]
		index[d] = i
		if pairs[i+1] == sharedNowhere {
			continue
		}
		theirs, err := t.get(place{true, pairs[i+1]})
		if err == nil {
			err = t.readLater()
		}
		if err != nil || !t.same(d, theirs) {
			return t.refuse(ruleTypes, "type %s is not the one of the base's that it is said to be", d.name)
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		d := t.known[place{at: pairs[i]}]
		if pairs[i+1] != sharedNowhere {
			continue
		}
		if d.tflag&(tflagNamed|tflagUncommon) != 0 || d.kind < kindArray || d.kind == kindString || d.kind == kindUnsafePointer {
			return t.refuse(ruleTypes, "type %s has a name, and is none of the base's", d.name)
		}
		good := true
		of := func(p *typeOf) {
			if p == nil || p.base {
				return
			}
			n, ok := index[p]
			good = good && ok && (n < i || pairs[n+1] != sharedNowhere)
		}
		of(d.elem)
		of(d.key)
		for _, f := range d.fields {
			of(f.typ)
			if d.pkg != "" || f.flags&nameExported == 0 && f.name != "" {
				good = false // a name of one package's
			}
		}
		if !good {
			return t.refuse(ruleTypes, "type %s consists of what only the module has", d.name)
		}
	}
	return true
}

// checkLinks goes over the lists by which package reflect finds a module's types.
func (t *types) checkLinks() bool {
	l := t.about.layout
	if l.typesLen == 0 {
		list, n, ok := t.slice(t.about.at+l.typelinks, 4)
		data, clean := t.constant(list.start, list.size())
		if !ok || n > 0 && !clean {
			return t.refuse(ruleTypes, "the list of types is not there")
		}
		for ; len(data) > 0 && n > 0; data = data[4:] {
			if at := uint32(t.about.types.start) + binary.LittleEndian.Uint32(data); !t.own[at] {
				return t.refuse(ruleTypes, "the list of types has %#x, which is none", at)
			}
		}
		return true
	}
	n, ok := t.number(place{at: t.about.at + l.typesLen})
	from, ok2 := t.number(place{at: t.about.at + l.itabs})
	size, ok3 := t.number(place{at: t.about.at + l.itabs + 8})
	if all := t.about.types.size(); !ok || !ok2 || !ok3 || n > all || from > all || size > all-from {
		return t.refuse(ruleTypes, "the list of types is not there")
	}
	for at := t.about.types.start + 8; at < t.about.types.start+n; {
		at = roundUp(at, 8)
		d := t.known[place{at: uint32(at)}]
		if d == nil || !t.own[d.at] {
			return t.refuse(ruleTypes, "the list of types has %#x, which is none", at)
		}
		at += t.length(d)
	}
	return true
}

// length is how long a description is, as runtime.moduleTypelinks takes it (abi.Type.DescriptorSize).
func (t *types) length(d *typeOf) uint64 {
	n := uint64(typeSize)
	switch d.kind {
	case kindArray:
		n += 24
	case kindChan:
		n += 16
	case kindPointer, kindSlice:
		n += 8
	case kindMap:
		n += uint64(t.mapSize())
	case kindInterface:
		n += 32 + 8*uint64(len(d.fields))
	case kindStruct:
		n += 32 + 24*uint64(len(d.fields))
	case kindFunc:
		n += 8 + 8*uint64(len(d.fields))
	}
	if d.tflag&tflagUncommon != 0 {
		n += uncommonSize + 16*uint64(len(d.methods))
	}
	return n
}
