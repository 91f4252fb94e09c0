package object

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// What the runtime knows of each function of a module, and follows when it walks over a stack: runtime._func,
// tables of values by place in the code, and what the compiler adds.

// frame is a function as the runtime sees it.
type frame struct {
	args    uint32
	returns uint64 // where it goes on after a recovered panic; 0: nowhere
	sp      pcTable
	index   pcTable // of stack maps, by place
	locals  uint32  // words of which its stack maps are
	jumps   []int32 // sizes of the stack where it branches to where a register or a word says
}

// pcTable are values by place in a function: each holds up to its end. Empty: there is none.
type pcTable []pcValue

type pcValue struct {
	end   uint64
	value int32
}

// at returns the value at a place.
func (t pcTable) at(pc uint64) int32 {
	i, _ := slices.BinarySearchFunc(t, pc, func(v pcValue, pc uint64) int {
		if v.end <= pc {
			return -1
		}
		return 1
	})
	if i == len(t) {
		return -1
	}
	return t[i].value
}

// Of runtime._func, and of what follows it.
const (
	fnSize       = 44
	fnArgs       = 8
	fnReturns    = 12
	fnSP         = 16
	fnFile       = 20
	fnLine       = 24
	fnNumValues  = 28
	fnUnit       = 32
	fnKind       = 40
	fnFlags      = 41
	fnNumData    = 43
	kindWrapper  = 23      // abi.FuncIDWrapper
	flagAssembly = 4       // abi.FuncFlagAsm: not put aside where it is
	maxStack     = 1 << 30 // as large as a goroutine's stack can become
	noData       = 1<<32 - 1
	noValues     = 5 // tables of values that Go has
	noFuncData   = 8
	unsafeLowest = -5 // abi.UnsafePointRestartAtEntry
)

// abi.PCDATA_…
const (
	valueUnsafe = iota
	valueStackMap
	valueInline
	valueArgLive
)

// checkTable reads the table of functions and makes sure that it is all that is said of functions: the
// parts that the description names lie in it, and the loader writes to none.
func (s *shared) checkTable() bool {
	d := s.about
	start, is, ok := s.address(place{at: d.at + mdHeader})
	end, isEnd, ok2 := s.address(place{at: d.at + d.layout.tableEnd})
	if !ok || !is || !ok2 || !isEnd || start.base || end.base || end.at < start.at {
		return false
	}
	d.table = span{uint64(start.at), uint64(end.at)}
	table, ok := s.constant(d.table.start, d.table.size())
	if !ok {
		return false
	}
	if s.functions, ok = s.goFunctions(&descriptor{text: s.code.span, pclntab: d.table}); !ok {
		return false
	}
	s.goText, s.GoFunctions = s.code.span, len(s.functions)
	funcs, is, ok := s.address(place{at: d.at + d.layout.funcs})
	d.funcs = span{uint64(funcs.at), d.table.end}
	if !ok || !is || funcs.base || !d.table.covers(d.funcs) || d.funcs.start%8 != 0 {
		return false
	}
	// Slices of it, which the table's head has the places of, too.
	p := &frames{shared: s, table: table}
	for i, l := range []struct {
		at, each uint32
		to       *[]byte
	}{{mdNames, 1, &p.names}, {mdUnits, 4, &p.units}, {mdFiles, 1, &p.files}, {mdPCValues, 1, &p.values}, {mdFunctions, 1, &p.list}} {
		list, _, ok := s.slice(d.at+l.at, uint64(l.each))
		if !ok || list.size() > 0 && !d.table.covers(list) || list.start != d.table.start+binary.LittleEndian.Uint64(table[pcNames+8*i:]) {
			return false
		}
		*l.to = table[list.start-d.table.start : list.end-d.table.start]
	}
	if n := len(p.names); n == 0 || p.names[n-1] != 0 || len(p.files) > 0 && p.files[len(p.files)-1] != 0 {
		return s.refuse(ruleTables, "a name of a function or file has no end")
	}
	entries, n, ok := s.slice(d.at+mdEntries, mdEntriesSize)
	if !ok || n != uint64(len(s.functions))+1 || entries.start != d.table.start+binary.LittleEndian.Uint64(table[pcFunctions:]) {
		return false
	}
	for i, at := range []uint32{mdMinPC, mdMaxPC} {
		pc, is, ok := s.address(place{at: d.at + at})
		if !ok || !is || pc.base || uint64(pc.at) != [...]uint64{s.functions[0].start, s.goEnd}[i] {
			return false
		}
	}
	return s.checkBuckets(table) && p.checkFunctions(entries)
}

// checkBuckets goes over the table by which a place in the code is found: it leads to a function
// at the place or before it, and never behind the last one.
func (s *shared) checkBuckets(table []byte) bool {
	const bucket, sub, subs = 4096, 256, 16
	at, is, ok := s.address(place{at: s.about.at + mdBuckets})
	size := s.goEnd - s.functions[0].start
	n := (size + sub - 1) / sub
	length := (size+bucket-1)/bucket*4 + n
	if !ok || !is || at.base || !s.about.table.covers(span{uint64(at.at), uint64(at.at) + length}) {
		return false
	}
	data := table[uint64(at.at)-s.about.table.start:]
	for i := range n {
		b := data[i/subs*(4+subs):]
		index := uint64(binary.LittleEndian.Uint32(b)) + uint64(b[4+i%subs])
		if index >= uint64(len(s.functions)) || s.functions[index].start > max(s.functions[0].start+i*sub, s.functions[0].start) {
			return s.refuse(ruleTables, "the code at %#x would be taken for that of another function", s.functions[0].start+i*sub)
		}
	}
	return true
}

// frames reads what is said of functions.
type frames struct {
	*shared
	table, names, units, files, values, list []byte
	function                                 *function
	end                                      uint64 // of its code, behind which is padding
	raw                                      []byte
}

func (p *frames) checkFunctions(entries span) bool {
	s := p.shared
	s.frames = make([]frame, len(s.functions))
	for i := range s.functions {
		p.function = &s.functions[i]
		entry := p.table[entries.start-s.about.table.start+uint64(i)*mdEntriesSize:]
		at := uint64(binary.LittleEndian.Uint32(entry[4:]))
		if at%4 != 0 || at+fnSize > uint64(len(p.list)) || binary.LittleEndian.Uint32(p.list[at:]) != binary.LittleEndian.Uint32(entry) {
			return s.refuse(ruleTables, "%v has no description", p.function.name)
		}
		p.raw = p.list[at:]
		if err := p.read(&s.frames[i]); err != nil {
			return s.refuse(ruleTables, "%v: %v", p.function.name, err)
		}
	}
	return true
}

func (p *frames) number(at uint32) uint32 { return binary.LittleEndian.Uint32(p.raw[at:]) }

func (p *frames) name(at uint32) bool { return uint64(at) < uint64(len(p.names)) }

// read judges one function.
func (p *frames) read(f *frame) error {
	numValues, numData := p.number(fnNumValues), uint32(p.raw[fnNumData])
	if numValues > noValues || numData > noFuncData || fnSize+4*uint64(numValues+numData) > uint64(len(p.raw)) {
		return fmt.Errorf("its description has no end")
	}
	if f.args = p.number(fnArgs); f.args > maxStack || f.args%8 != 0 && f.args > 8 {
		return fmt.Errorf("it has %#x bytes of arguments", f.args)
	}
	if kind, flags := p.raw[fnKind], p.raw[fnFlags]; kind != 0 && kind != kindWrapper || flags&^flagAssembly != 0 {
		return fmt.Errorf("it says to be one of the runtime's (%d, %d)", kind, flags)
	}
	if !p.name(p.number(4)) {
		return fmt.Errorf("it has no name")
	}
	if n := p.number(fnReturns); n != 0 {
		if f.returns = p.function.start + uint64(n); f.returns >= p.function.end {
			return fmt.Errorf("it goes on after a panic outside of it")
		}
	}
	var err error
	p.end = p.function.start
	if f.sp, err = p.valuesAt(p.number(fnSP), 0, maxStack); err != nil {
		return fmt.Errorf("the sizes of its stack: %w", err)
	}
	if len(f.sp) == 0 {
		return nil // it cannot be called: isStart
	}
	p.end = f.sp[len(f.sp)-1].end
	if p.end > p.goEnd { // the runtime would find no function there
		return fmt.Errorf("its code ends at %#x, and that of functions at %#x", p.end, p.goEnd)
	}
	for _, v := range f.sp {
		if v.value%8 != 0 {
			return fmt.Errorf("its stack has a size of %d", v.value)
		}
	}
	if err := p.readLines(); err != nil {
		return err
	}
	tables := make([]pcTable, noValues)
	for i := range numValues {
		lowest := int32(-1)
		if i == valueUnsafe {
			lowest = unsafeLowest
		}
		if tables[i], err = p.valuesAt(p.number(fnSize+4*i), lowest, 1<<31-1); err != nil {
			return fmt.Errorf("its table of values %d: %w", i, err)
		}
	}
	f.index = tables[valueStackMap]
	d := &funcData{frames: p, frame: f, tables: tables}
	for i := range numData {
		if d.offsets[i] = p.number(fnSize + 4*numValues + 4*i); d.offsets[i] != noData && uint64(d.offsets[i]) >= p.about.funcs.size() {
			return fmt.Errorf("what belongs to it (%d) is not there", i)
		}
	}
	for i := numData; i < noFuncData; i++ {
		d.offsets[i] = noData
	}
	return d.check()
}

// readLines judges by what lines are found: the files are those that a unit of compilation has.
func (p *frames) readLines() error {
	unit := uint64(p.number(fnUnit))
	files, err := p.valuesAt(p.number(fnFile), -1, 1<<31-1)
	if err != nil {
		return fmt.Errorf("its files: %w", err)
	}
	for _, v := range files {
		if v.value < 0 {
			continue
		}
		i := unit + uint64(v.value)
		if i >= uint64(len(p.units)/4) {
			return fmt.Errorf("its files are not there")
		}
		if at := binary.LittleEndian.Uint32(p.units[4*i:]); at != noData && uint64(at) >= uint64(len(p.files)) {
			return fmt.Errorf("a file of it has no name")
		}
	}
	if _, err := p.valuesAt(p.number(fnLine), -1<<31, 1<<31-1); err != nil {
		return fmt.Errorf("its lines: %w", err)
	}
	return nil
}

// valuesAt reads a table of values, which has one for each place of the function, and an end. At
// offset 0 there is none.
func (p *frames) valuesAt(at uint32, lowest, highest int32) (pcTable, error) {
	if at == 0 {
		return nil, nil
	}
	if uint64(at) >= uint64(len(p.values)) {
		return nil, fmt.Errorf("they are not there")
	}
	data := p.values[at:]
	next := func() (uint32, bool) {
		v, n := binary.Uvarint(data)
		if n <= 0 || v >= 1<<32 {
			return 0, false
		}
		data = data[n:]
		return uint32(v), true
	}
	var t pcTable
	pc, value := p.function.start, int32(-1)
	for {
		delta, ok := next()
		if !ok {
			return nil, fmt.Errorf("they have no end")
		}
		if delta == 0 && len(t) > 0 {
			break
		}
		length, ok := next()
		if !ok || length == 0 {
			return nil, fmt.Errorf("they have no end")
		}
		pc += uint64(length) * p.arch.quantum
		value += int32(-(delta & 1) ^ delta>>1)
		if value < lowest || value > highest {
			return nil, fmt.Errorf("%d is none of them", value)
		}
		if pc > p.function.end {
			return nil, fmt.Errorf("they go on behind its end")
		}
		t = append(t, pcValue{pc, value})
	}
	if pc < p.end {
		return nil, fmt.Errorf("they end at %#x, before it does at %#x", pc, p.end)
	}
	return t, nil
}
