package object

import (
	"encoding/binary"
	"fmt"
)

// checkTypes judges each type that the module has, and those that it has in common with others.
func (s *shared) checkTypes() bool {
	t := &types{shared: s, known: map[place]*typeOf{}, own: map[uint32]bool{}, whole: map[*typeOf]bool{}}
	s.types = t
	pairs, alone := s.tables[sharedTypes], s.tables[sharedAlone]
	var list []uint32
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, pairs[i])
	}
	list = append(list, alone...)
	for _, at := range list {
		if t.own[at] || at%8 != 0 || !s.about.types.covers(span{uint64(at), uint64(at) + typeSize}) {
			return s.refuse(ruleTypes, "the type at %#x is not among the module's types, or there twice", at)
		}
		t.own[at] = true
	}
	for _, at := range list {
		if _, err := t.get(place{at: at}); err != nil {
			return s.refuse(ruleTypes, "%v", err)
		}
		if err := t.readLater(); err != nil {
			return s.refuse(ruleTypes, "%v", err)
		}
	}
	// What follows from parts is asked of those whose parts have been found right.
	for _, judge := range []func(*typeOf) error{t.judgeShape, t.judgeRest} {
		for _, at := range list {
			d := t.known[place{at: at}]
			if err := judge(d); err != nil {
				return s.refuse(ruleTypes, "type %s: %v", d.name, err)
			}
		}
	}
	return t.checkPairs(pairs) && t.checkLinks()
}

// readLater reads what has been met and not been looked into.
func (t *types) readLater() error {
	for len(t.later) > 0 {
		d := t.later[len(t.later)-1]
		t.later = t.later[:len(t.later)-1]
		if err := t.readRest(d); err != nil {
			return fmt.Errorf("type %s: %w", d.name, err)
		}
	}
	return nil
}

// isWhole reports whether a type is not a part of itself.
func (t *types) isWhole(d *typeOf) bool {
	if done, met := t.whole[d]; met {
		return done
	}
	t.whole[d] = false
	good := true
	switch d.kind {
	case kindArray:
		good = t.isWhole(d.elem)
	case kindStruct:
		for _, f := range d.fields {
			good = good && t.isWhole(f.typ)
		}
	}
	t.whole[d] = good
	return good
}

func (t *types) readRest(d *typeOf) error {
	rest, err := t.parts(d)
	if err == nil && d.tflag&tflagUncommon != 0 {
		err = t.readMethods(d, rest)
	}
	return err
}

// judgeShape compares what a description says of its size, and of pointers, with what follows from its parts.
func (t *types) judgeShape(d *typeOf) error {
	if !t.isWhole(d) {
		return fmt.Errorf("it consists of itself")
	}
	size, align, pointers := kindSizes[d.kind].size, kindSizes[d.kind].align, kindSizes[d.kind].pointers*8
	switch d.kind {
	case kindArray:
		if d.len > 0 && d.elem.size > maxTypeSize/d.len {
			return fmt.Errorf("it has no size that there is")
		}
		size, align = d.len*d.elem.size, uint64(d.elem.align)
		if d.len > 0 && d.elem.pointers > 0 {
			pointers = (d.len-1)*d.elem.size + d.elem.pointers
		}
	case kindStruct:
		var err error
		if size, align, pointers, err = structSize(d); err != nil {
			return err
		}
	case kindMap:
		if err := t.judgeMap(d); err != nil {
			return err
		}
	}
	switch {
	case d.size != size || uint64(d.align) != align:
		return fmt.Errorf("it has %d bytes, aligned to %d, and not %d, aligned to %d", size, align, d.size, d.align)
	case d.pointers != pointers:
		return fmt.Errorf("it has pointers in %d bytes, and not in %d", pointers, d.pointers)
	case (d.tflag&tflagDirect != 0) != (size == 8 && pointers == 8):
		return fmt.Errorf("what an interface holds of it is not what it says")
	}
	return nil
}

// judgeRest does so for its name, its mask and its functions.
func (t *types) judgeRest(d *typeOf) error {
	if name := composed(d); d.tflag&tflagNamed == 0 && name != "" && name != d.name {
		return fmt.Errorf("its parts make it %s", name)
	}
	if err := t.judgeMask(d); err != nil {
		return err
	}
	if err := t.judgeEqual(d); err != nil {
		return err
	}
	for _, m := range d.methods {
		for _, at := range []uint32{m.called, m.direct} {
			if at != noMethod && at != 0 && !t.isStart(t.code.start+uint64(at)) {
				return fmt.Errorf("its method %s is no function of the module", m.name)
			}
		}
	}
	return t.judgePointer(d)
}

// composed is the name that a type has by its parts, of some kinds.
func composed(d *typeOf) string {
	switch d.kind {
	case kindPointer:
		return "*" + d.elem.name
	case kindSlice:
		return "[]" + d.elem.name
	case kindArray:
		return fmt.Sprintf("[%d]%s", d.len, d.elem.name)
	case kindMap:
		return "map[" + d.key.name + "]" + d.elem.name
	}
	return ""
}

// structSize is what follows from a struct's fields, which stand one behind the other.
func structSize(d *typeOf) (size, align, pointers uint64, err error) {
	end, align := uint64(0), uint64(1)
	for i, f := range d.fields {
		if f.offset < end || f.offset%uint64(f.typ.align) != 0 || f.offset > maxTypeSize || f.typ.size > maxTypeSize-f.offset {
			return 0, 0, 0, fmt.Errorf("its field %s is at no place for it", f.name)
		}
		end = f.offset + f.typ.size
		if f.typ.size == 0 && i == len(d.fields)-1 && f.offset > 0 {
			end++ // so that its address is no other variable's
		}
		align = max(align, uint64(f.typ.align))
		if f.typ.pointers > 0 {
			pointers = f.offset + f.typ.pointers
		}
	}
	size = (end + align - 1) &^ (align - 1)
	return size, align, pointers, nil
}

// judgeMask compares the mask that the collector follows with the one that follows from the parts.
func (t *types) judgeMask(d *typeOf) error {
	if d.pointers == 0 {
		return nil
	}
	words := d.pointers / 8
	to, is, ok := t.address(d.plus(32))
	if !ok || !is || to.base && !t.base.Data(to.at) {
		return fmt.Errorf("it has no mask")
	}
	if d.tflag&tflagOnDemand != 0 { // the runtime makes it, and keeps it in a word that is there for that
		if to.base || !t.isRoom(span{uint64(to.at), uint64(to.at) + 8}) {
			return fmt.Errorf("there is no place for its mask")
		}
		return nil
	}
	if t.words += words; words > maxMaskBytes*8 || t.words > maxMaskedWords {
		return fmt.Errorf("its mask has %d words", words)
	}
	data, ok := t.read(to, (words+7)/8)
	if !ok || !to.base && !t.clean(span{uint64(to.at), uint64(to.at) + (words+7)/8}) || !to.base && !t.segments[sharedConst].holds(uint64(to.at)) {
		return fmt.Errorf("its mask is not there")
	}
	want := newBits(words)
	mark(want, d, 0)
	for i := range words {
		if is := data[i/8]>>(i%8)&1 != 0; is != want.has(i) {
			return fmt.Errorf("its mask is wrong about the word at %d", i*8)
		}
	}
	return nil
}

// isRoom reports whether a word is zero, and among the variables without pointers.
func (t *types) isRoom(at span) bool {
	d := t.about
	if at.start%8 != 0 || !t.writable.covers(at) || at.start < uint64(d.at)+uint64(t.header.Size) || d.data.overlaps(at) || d.bss.overlaps(at) || !t.clean(at) {
		return false
	}
	data, inFile := t.bytes(at)
	return !inFile || zero(data)
}

// mark sets bits for the pointers of a type at some word.
func mark(mask bitset, d *typeOf, at uint64) {
	switch d.kind {
	case kindArray:
		for i := uint64(0); i < d.len && d.elem.pointers > 0; i++ {
			mark(mask, d.elem, at+i*d.elem.size/8)
		}
	case kindStruct:
		for _, f := range d.fields {
			if f.typ.pointers > 0 {
				mark(mask, f.typ, at+f.offset/8)
			}
		}
	case kindInterface: // what it holds; types and itabs stay, whoever follows them
		mask.set(at + 1)
	default:
		if kindSizes[d.kind].pointers > 0 {
			mask.set(at)
		}
	}
}

// judgeEqual makes sure that what compares two values is a function, where values can be compared.
func (t *types) judgeEqual(d *typeOf) error {
	to, is, ok := t.address(d.plus(24))
	if !ok || is && !t.isFuncValue(to) {
		return fmt.Errorf("what compares values of it is no function")
	}
	if is && !canCompare(d) {
		return fmt.Errorf("values of it cannot be compared")
	}
	return nil
}

func canCompare(d *typeOf) bool {
	switch d.kind {
	case kindFunc, kindMap, kindSlice:
		return false
	case kindArray:
		return canCompare(d.elem)
	case kindStruct:
		for _, f := range d.fields {
			if !canCompare(f.typ) {
				return false
			}
		}
	}
	return true
}

// judgePointer looks at the type of pointers to it, which it may name.
func (t *types) judgePointer(d *typeOf) error {
	data, ok := t.read(d.plus(44), 4)
	n := uint32(0)
	if ok {
		n = binary.LittleEndian.Uint32(data)
	}
	if n == 0 && ok {
		return nil
	}
	p, err := t.offset(d.place, n)
	if err != nil || p.kind != kindPointer || p.elem == nil || t.canonical(p.elem) != t.canonical(d) {
		return fmt.Errorf("the type of pointers to it is none")
	}
	return nil
}

// judgeMap makes sure that a map's memory is what its key and element need: abi.MapType.
func (t *types) judgeMap(d *typeOf) error {
	const slots, most = 8, 128 // what is larger is behind a pointer
	group := d.group
	hasher, is, ok := t.address(d.plus(typeSize + 24))
	if !ok || !is || !t.isFuncValue(hasher) {
		return fmt.Errorf("what makes hashes of its keys is no function")
	}
	if !canCompare(d.key) {
		return fmt.Errorf("its keys cannot be compared")
	}
	if group.kind != kindStruct || len(group.fields) != 2 || group.fields[0].typ.kind != kindUint64 || group.fields[1].typ.kind != kindArray ||
		group.fields[1].typ.len != slots {
		return fmt.Errorf("its memory is not that of a map")
	}
	slot := group.fields[1].typ.elem
	if slot.kind != kindStruct || len(slot.fields) != 2 {
		return fmt.Errorf("its memory is not that of a map")
	}
	var numbers []uint64
	for at := uint32(typeSize + 32); at < typeSize+t.mapSize()-8; at += 8 {
		n, ok := t.number(d.plus(at))
		if !ok {
			return fmt.Errorf("its memory is not that of a map")
		}
		numbers = append(numbers, n)
	}
	data, ok := t.read(d.plus(typeSize+t.mapSize()-8), 4)
	if !ok {
		return fmt.Errorf("its memory is not that of a map")
	}
	flags := binary.LittleEndian.Uint32(data)
	first, elem := group.fields[1].offset, slot.fields[1].offset
	want := []uint64{group.size, slot.size, elem}
	if len(numbers) == 5 { // Go 1.27: group, keys, their stride, elements, theirs, and the offset in a slot
		want = []uint64{group.size, first, slot.size, first + elem, slot.size}
	} else if len(numbers) == 6 {
		want = []uint64{group.size, first, slot.size, first + elem, slot.size, elem}
	}
	if fmt.Sprint(numbers) != fmt.Sprint(want) {
		return fmt.Errorf("its memory is laid out otherwise than it says")
	}
	for i, of := range []*typeOf{d.key, d.elem} {
		in := slot.fields[i].typ
		indirect := flags>>(2+i)&1 != 0
		if indirect != (of.size > most) || !indirect && !t.same(in, of) || indirect && (in.kind != kindPointer && in.kind != kindUnsafePointer || in.kind == kindPointer && !t.same(in.elem, of)) {
			return fmt.Errorf("its memory is for other values")
		}
	}
	return nil
}
