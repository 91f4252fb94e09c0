package object

import (
	"encoding/binary"
	"fmt"
)

// abi.FUNCDATA_…
const (
	dataArgs = iota
	dataLocals
	dataObjects
	dataInline
	dataDefers
	dataArgInfo
	dataArgLive
	dataWrapped
)

// funcData is what the compiler adds to a function: where the collector finds pointers in its frame, what
// has been inlined into it, what it has deferred.
type funcData struct {
	*frames
	frame   *frame
	tables  []pcTable
	offsets [noFuncData]uint32
}

// data returns what belongs to the function, up to the end of all such; false if it has nothing.
func (d *funcData) data(i int) ([]byte, bool) {
	if d.offsets[i] == noData {
		return nil, false
	}
	return d.table[d.about.funcs.start-d.about.table.start+uint64(d.offsets[i]):], true
}

func (d *funcData) check() error {
	for _, check := range []func() error{d.checkMaps, d.checkObjects, d.checkInline, d.checkDefers, d.checkShown} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// stackMap reads the head of one: how many maps, of how many words.
func (d *funcData) stackMap(i int) (n, words uint32, has bool, err error) {
	data, has := d.data(i)
	if !has {
		return 0, 0, false, nil
	}
	if len(data) < 8 || d.offsets[i]%4 != 0 {
		return 0, 0, true, fmt.Errorf("its stack maps have no end")
	}
	n, words = binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
	if n == 0 || n > 1<<24 || words > maxStack/8 || uint64(n)*uint64((words+7)/8) > uint64(len(data)-8) {
		return 0, 0, true, fmt.Errorf("its stack maps have no end")
	}
	return n, words, true, nil
}

// largest is the size of the function's stack where it is largest.
func (d *funcData) largest() (size int32) {
	for _, v := range d.frame.sp {
		size = max(size, v.value)
	}
	return size
}

// checkMaps makes sure that there is a map for each place, and that it is of words of the frame.
func (d *funcData) checkMaps() error {
	args, words, hasArgs, err := d.stackMap(dataArgs)
	if err != nil {
		return err
	}
	if uint64(words)*8 > uint64(d.frame.args) {
		return fmt.Errorf("the maps of its arguments have %d words for %d bytes", words, d.frame.args)
	}
	locals, words, hasLocals, err := d.stackMap(dataLocals)
	if err != nil {
		return err
	}
	if hasArgs && hasLocals && args != locals {
		return fmt.Errorf("its arguments and variables have not as many maps")
	}
	for _, v := range d.frame.index {
		if v.value >= 0 && (hasArgs && uint32(v.value) >= args || hasLocals && uint32(v.value) >= locals) {
			return fmt.Errorf("map %d is none of its", v.value)
		}
	}
	// What is saved lies beside them.
	if size := int64(d.largest()); int64(words)*8 > max(size-d.arch.saved, 0) {
		return fmt.Errorf("the maps of its variables have %d words for a stack of %d bytes", words, size)
	}
	d.frame.locals = words
	return nil
}

// checkObjects goes over variables that the collector follows once it has found a pointer to them.
func (d *funcData) checkObjects() error {
	data, has := d.data(dataObjects)
	if !has {
		return nil
	}
	if len(data) < 8 || d.offsets[dataObjects]%8 != 0 {
		return fmt.Errorf("its variables on the stack have no end")
	}
	n := binary.LittleEndian.Uint64(data)
	if data = data[8:]; n > uint64(len(data)/16) {
		return fmt.Errorf("its variables on the stack have no end")
	}
	for ; n > 0; n-- {
		off, size := int64(int32(binary.LittleEndian.Uint32(data))), int64(int32(binary.LittleEndian.Uint32(data[4:])))
		pointers, mask := int64(int32(binary.LittleEndian.Uint32(data[8:]))), binary.LittleEndian.Uint32(data[12:])
		data = data[16:]
		above, below := int64(d.frame.args), int64(d.largest())-d.arch.saved
		if size <= 0 || pointers < 0 || pointers > size || pointers%8 != 0 || off < 0 && (-off > below || off+size > 0) || off >= 0 && off+size > above {
			return fmt.Errorf("a variable of %d bytes at %d is not on its stack", size, off)
		}
		if _, ok := d.constant(d.about.rodata+uint64(mask), uint64(pointers/8+7)/8); !ok {
			return fmt.Errorf("the mask of a variable on its stack is not there")
		}
	}
	return nil
}

// checkInline goes over the calls that have been inlined: each leads to one that stands before it, and
// so to the function.
func (d *funcData) checkInline() error {
	const each = 16 // runtime.inlinedCall
	data, _ := d.data(dataInline)
	table := d.tables[valueInline]
	n := int32(0)
	for _, v := range table {
		n = max(n, v.value+1)
	}
	for i := int32(0); i < n; i++ {
		if len(data) < each {
			return fmt.Errorf("a call that it has inlined is not there")
		}
		parent := d.function.start + uint64(binary.LittleEndian.Uint32(data[8:]))
		if kind := data[0]; kind != 0 && kind != kindWrapper || !d.name(binary.LittleEndian.Uint32(data[4:])) || parent >= d.function.end {
			return fmt.Errorf("a call that it has inlined is of no function of it")
		}
		if table.at(parent) >= i {
			return fmt.Errorf("calls that it has inlined lead to each other")
		}
		data = data[each:]
	}
	return nil
}

// checkDefers makes sure that what a panic calls on behalf of the function is on its stack, and
// that there is a place to go on.
func (d *funcData) checkDefers() error {
	data, has := d.data(dataDefers)
	if !has {
		return nil
	}
	if d.frame.returns == 0 {
		return fmt.Errorf("it defers calls and has no place to go on after them")
	}
	bits, n := binary.Uvarint(data)
	slots, m := binary.Uvarint(data[max(n, 0):])
	if most := uint64(max(int64(d.largest())-d.arch.saved, 0)); n <= 0 || m <= 0 || bits == 0 || bits > most || slots == 0 || slots > most {
		return fmt.Errorf("what it has deferred is not on its stack")
	}
	return nil
}

// checkShown goes over what a traceback shows, and the function that a wrapper is of.
func (d *funcData) checkShown() error {
	if data, has := d.data(dataArgInfo); has {
		end := 0
		for end < len(data) && data[end] != 0xff {
			end++
		}
		if end == len(data) {
			return fmt.Errorf("what a traceback shows of its arguments has no end")
		}
	}
	live, has := d.data(dataArgLive)
	for _, v := range d.tables[valueArgLive] {
		if has && v.value >= 0 && int64(v.value) >= int64(len(live)) {
			return fmt.Errorf("which of its arguments live is not said")
		}
	}
	if data, has := d.data(dataWrapped); has {
		if len(data) < 4 || !d.isEntry(place{at: binary.LittleEndian.Uint32(data)}) {
			return fmt.Errorf("it wraps no function of the module")
		}
	}
	return nil
}
