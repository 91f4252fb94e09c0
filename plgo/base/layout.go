package base

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// layout is a module's relocatable on its way to a file. The Go linker has laid out
// everything that the runtime looks at (tables of functions, masks for the collector, the module's description);
// what is left is to give sections their places and references their targets.
type layout struct {
	file
	base     *Base
	machine  *machine
	elf      *elf.File
	symbols  []elf.Symbol
	sections map[int]section
	copies   []*copyOf // types and itabs that the module brings, by address
	types    map[uint32]*copyOf
	relocs   []reference
	wants    map[string]bool // what the base lacks

	slots, slotsEnd uint32 // room for slots that is left
}

type section struct {
	zone    int
	address uint32 // in the module
	size    uint32
	bss     bool
}

// reference is a relocation whose places are known.
type reference struct {
	where  uint32
	kind   uint32 // of relocation
	code   bool   // it is code that refers, and not a word
	own    bool   // to the module
	target uint64 // in the module or in the base, less the addend
	addend int64
}

// copyOf is a type or itab that the module brings.
type copyOf struct {
	name    string
	address uint32
	size    uint32
	base    uint32 // the base's own, or nowhere
	shared  bool   // somebody else may have it, too
	itab    bool
	seen    bool
	index   int    // among types or itabs
	slot    uint32 // a word that has its address, for code; 0: none
	uses    []uint32
}

// layOut makes a module of a relocatable.
func (b *Base) layOut(object []byte, inits []uint32) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, fmt.Errorf("reading a module: %w", err)
	}
	how := machines[f.Machine]
	if how == nil || f.Machine != b.symbols.file.Machine {
		return nil, fmt.Errorf("a module is for %v, and its base for %v", f.Machine, b.symbols.file.Machine)
	}
	l := &layout{base: b, machine: how, elf: f, sections: map[int]section{}, types: map[uint32]*copyOf{}, wants: map[string]bool{}}
	if l.symbols, err = f.Symbols(); err != nil {
		return nil, fmt.Errorf("reading a module: %w", err)
	}
	for _, step := range []func() error{l.placeSections, l.fillSections, l.readReferences, l.findCopies, l.bind, l.describe} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("linking a module: %w", err)
		}
	}
	l.Machine, l.Base = uint32(f.Machine), digestBytes(b.Digest())
	l.tables[tableInits] = inits
	return l.encode(), nil
}

// zoneOf says where a section goes. What is written to is the module's variables and the
// runtime's description of it; what the dynamic loader would write to once is constant.
func zoneOf(s *elf.Section) (zone int, keep bool) {
	switch {
	case s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOTE || s.Name == ".init_array" || s.Type == elf.SHT_INIT_ARRAY:
		return 0, false
	case s.Flags&elf.SHF_EXECINSTR != 0:
		return zoneText, true
	}
	switch s.Name {
	case ".data", ".noptrdata", ".bss", ".noptrbss", ".go.module":
		return zoneData, true
	}
	return zoneConst, true
}

func (l *layout) placeSections() error {
	var sizes [numZones]uint32
	var bss uint32
	type placed struct {
		index int
		section
	}
	var list []placed
	slots := uint32(0) // room for one word for each type and itab
	for _, s := range l.symbols {
		if isType(s.Name) || isItab(s.Name) {
			slots += 8
		}
	}
	for pass := range 2 { // what is zero comes last
		for i, s := range l.elf.Sections {
			zone, keep := zoneOf(s)
			zero := s.Type == elf.SHT_NOBITS && s.Size > 0
			if !keep || zero != (pass == 1) {
				continue
			}
			if s.Size > moduleMax {
				return ErrTooLarge
			}
			if zero && zone != zoneData {
				return fmt.Errorf("section %s is not as expected", s.Name)
			}
			align := uint32(max(s.Addralign, 8))
			at := &sizes[zone]
			if zero {
				at = &bss
			}
			*at = (*at + align - 1) &^ (align - 1)
			list = append(list, placed{i, section{zone, *at, uint32(s.Size), zero}})
			*at += uint32(s.Size)
		}
		if pass == 0 {
			sizes[zoneData] = (sizes[zoneData] + 63) &^ 63
		}
	}
	sizes[zoneConst] = (sizes[zoneConst] + 7) &^ 7
	l.slots, l.slotsEnd = sizes[zoneConst], sizes[zoneConst]+slots
	sizes[zoneConst] += slots
	l.place(sizes, bss)
	if last := l.Zones[zoneData]; last.Address+pages(last.Memory) > moduleMax {
		return ErrTooLarge
	}
	l.slots += l.Zones[zoneConst].Address
	l.slotsEnd += l.Zones[zoneConst].Address
	for _, p := range list {
		p.address += l.Zones[p.zone].Address
		if p.bss {
			p.address += l.Zones[zoneData].File
		}
		l.sections[p.index] = p.section
	}
	return nil
}

func (l *layout) fillSections() error {
	for i, s := range l.sections {
		if s.bss {
			continue
		}
		data, err := l.elf.Sections[i].Data()
		if err != nil {
			return err
		}
		copy(l.bytes(s.address, s.size), data)
	}
	return nil
}

// bytes is a part of the module that the file has.
func (l *layout) bytes(at, size uint32) []byte {
	for i := range l.Zones {
		z := &l.Zones[i]
		if at >= z.Address && at-z.Address <= z.File && size <= z.File-(at-z.Address) {
			return l.zones[i][at-z.Address:][:size:size]
		}
	}
	return nil
}

// readReferences reads the relocations of what is kept.
func (l *layout) readReferences() error {
	for _, s := range l.elf.Sections {
		in, ok := l.sections[int(s.Info)]
		if s.Type != elf.SHT_RELA || !ok {
			continue
		}
		entries, err := s.Data()
		if err != nil {
			return err
		}
		for ; len(entries) >= relaSize; entries = entries[relaSize:] {
			offset, info := binary.LittleEndian.Uint64(entries), binary.LittleEndian.Uint64(entries[8:])
			r := reference{where: in.address + uint32(offset), kind: uint32(info), addend: int64(binary.LittleEndian.Uint64(entries[16:]))}
			size, code := l.machine.sizes[r.kind]
			if r.code = code; !code {
				size = 8
			}
			if !code && r.kind != l.machine.word || code && in.zone != zoneText {
				return fmt.Errorf("section %s has a relocation of kind %d", l.elf.Sections[s.Info].Name, r.kind)
			}
			if in.bss || offset+size > uint64(in.size) {
				return fmt.Errorf("section %s has a relocation outside of it", l.elf.Sections[s.Info].Name)
			}
			if n := info >> 32; n == 0 || n > uint64(len(l.symbols)) {
				return fmt.Errorf("a relocation has no symbol")
			} else if !l.resolve(&r, &l.symbols[n-1]) {
				continue
			}
			l.relocs = append(l.relocs, r)
		}
	}
	if len(l.wants) > 0 {
		names := make([]string, 0, len(l.wants))
		for name := range l.wants {
			names = append(names, name)
		}
		slices.Sort(names)
		return fmt.Errorf("the base has no %s", strings.Join(names[:min(len(names), 10)], ", "))
	}
	slices.SortFunc(l.relocs, func(a, b reference) int { return cmp.Compare(a.where, b.where) })
	return nil
}

func (l *layout) resolve(r *reference, s *elf.Symbol) bool {
	if in, ok := l.sections[int(s.Section)]; ok && s.Section < elf.SHN_LORESERVE {
		r.own, r.target = true, uint64(in.address)+s.Value
		if s.Name == allTypes { // of these, the one that begins there is meant
			behind := int64(0)
			if r.code {
				behind = l.machine.behind
			}
			r.target, r.addend = uint64(int64(r.target)+r.addend-behind), behind
		}
		return true
	}
	name := s.Name
	if r.code && r.kind == l.machine.thread {
		if name != "runtime.tlsg" {
			l.wants[name] = true
			return false
		}
		name = threadOffset
	}
	p, ok := l.base.symbols.byName[name]
	if !ok || s.Section != elf.SHN_UNDEF {
		l.wants[s.Name] = true
		return false
	}
	r.target = p.value
	return true
}

// in returns the references that lie in a part of the module.
func (l *layout) in(at, size uint32) []reference {
	find := func(n uint32) int {
		return sort.Search(len(l.relocs), func(i int) bool { return l.relocs[i].where >= n })
	}
	return l.relocs[find(at):find(at+size)]
}

// bind writes down each reference: what is the module's own and relative to its place is settled
// here, and the rest is for whoever loads it.
func (l *layout) bind() error {
	for _, r := range l.relocs {
		c := l.copyAt(r)
		if r.code {
			if err := l.bindCode(r, c); err != nil {
				return err
			}
			continue
		}
		switch target := uint32(int64(r.target) + r.addend); {
		case !r.own:
			l.add(tableBase, r.where, target)
		case c != nil && c.base != nowhere:
			l.add(tableBase, r.where, c.base)
		default:
			l.add(tableOwn, r.where, target)
			if c != nil {
				c.uses = append(c.uses, r.where)
			}
		}
	}
	return nil
}

// bindCode does so for code. c is the type or itab that it takes the address of.
func (l *layout) bindCode(r reference, c *copyOf) error {
	at, own := int64(r.target), r.own
	if c != nil && c.base != nowhere {
		at, own = int64(c.base), false
	} else if c != nil {
		slot, err := l.slotOf(c)
		if err != nil {
			return err
		}
		at = int64(slot)
	}
	target := uint32(at + r.addend)
	if own {
		return l.machine.settle(l, r, target, c != nil)
	}
	loads, err := l.machine.toBase(l, r, target)
	if loads {
		l.add(tableCalls, r.where, target)
	}
	return err
}

func (l *layout) add(table int, numbers ...uint32) {
	l.tables[table] = append(l.tables[table], numbers...)
}

// copyAt returns the type or itab whose address a reference takes, if everybody has to use the same
// one. Code that reads a part of it can read the module's own.
func (l *layout) copyAt(r reference) *copyOf {
	if !r.own || !r.code && r.addend != 0 || r.code && !l.machine.takesAddress(l, r) {
		return nil
	}
	c := l.types[uint32(r.target)]
	if c == nil || !c.shared {
		return nil
	}
	return c
}

// slotOf returns a word with the address of a type or itab. The loader can change that, and no code.
func (l *layout) slotOf(c *copyOf) (uint32, error) {
	if c.slot != 0 {
		return c.slot, nil
	}
	if l.slots+8 > l.slotsEnd {
		return 0, fmt.Errorf("more types than symbols of types")
	}
	c.slot = l.slots
	l.slots += 8
	l.add(tableOwn, c.slot, c.address)
	c.uses = append(c.uses, c.slot)
	return c.slot, nil
}

// describe finds the runtime's description of the module, and lists what others may have, too.
func (l *layout) describe() error {
	for _, s := range l.symbols {
		if s.Name != "local.moduledata" {
			continue
		}
		if in, ok := l.sections[int(s.Section)]; ok {
			l.Data, l.Size = in.address+uint32(s.Value), uint32(s.Size)
		}
	}
	if l.Size == 0 {
		for i, s := range l.elf.Sections {
			if in, ok := l.sections[i]; ok && s.Name == ".go.module" {
				l.Data, l.Size = in.address, in.size
			}
		}
	}
	if l.Size == 0 || l.Data < l.Zones[zoneData].Address {
		return fmt.Errorf("the Go linker has left no description of it")
	}
	types := 0
	for _, c := range l.copies {
		switch {
		case c.itab:
			l.add(tableItabs, c.address, c.base)
		case c.shared:
			types++
			l.add(tableTypes, c.address, c.base)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(l.types)) {
		if c := l.types[at]; !c.itab && !c.shared {
			l.add(tableAlone, at)
		}
	}
	for _, c := range l.copies {
		index := c.index
		if c.itab {
			index += types
		}
		for _, where := range c.uses {
			l.add(tableUses, where, uint32(index))
		}
	}
	return nil
}

// importsOf returns what a package imports.
func importsOf(p Package) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), p.File, p.Text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, path)
	}
	return list, nil
}
