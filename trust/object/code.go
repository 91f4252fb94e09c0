package object

import (
	"fmt"
	"slices"
)

// checker goes over the code of a file.
type checker struct {
	*gate
	text    []byte
	base    uint64
	starts  bitset // of instructions, by offset
	targets bitset // of direct branches, by offset
	veneers veneers
	bound   span // encloses the words that hold imported symbols
}

func (g *gate) checkCode() bool {
	var list []function
	var d *descriptor
	if g.Kind != Host {
		var ok bool
		if d, ok = g.readDescriptor(); !ok {
			return false
		}
		if list, ok = g.goFunctions(d); !ok {
			return false
		}
		g.goText, g.object = d.text, d
		g.GoFunctions = len(list)
	}
	if g.Kind != Object {
		host, ok := g.hostFunctions()
		if !ok {
			return false
		}
		g.HostFunctions = len(host)
		list = append(list, host...)
	}
	slices.SortFunc(list, func(a, b function) int {
		if a.start < b.start {
			return -1
		}
		return 1
	})
	g.functions = list
	c := &checker{
		gate: g, text: g.code.data, base: g.code.start,
		starts: newBits(g.code.size()), targets: newBits(g.code.size()),
	}
	for at := range g.slots {
		if c.bound.end == 0 {
			c.bound = span{at, at + 8}
		}
		c.bound = span{min(c.bound.start, at), max(c.bound.end, at+8)}
	}
	if !c.checkOrder() {
		return false
	}
	g.arch.check(c)
	return c.checkTargets() && c.checkPointers(d) && g.Good()
}

// checkOrder makes sure that functions do not overlap and lie in the code.
func (c *checker) checkOrder() bool {
	last := c.base
	for i := range c.functions {
		f := &c.functions[i]
		if f.start < last || !c.code.covers(f.span) {
			return c.refuse(ruleCode, "%s overlaps with another function, or lies outside of the code", c.describe(f))
		}
		last = f.end
	}
	return true
}

// describe names a function for people.
func (c *checker) describe(f *function) string {
	if f == nil {
		return "no function"
	}
	if f.host {
		return fmt.Sprintf("the host's function at %#x", f.start)
	}
	return f.name.String()
}

// functionAt is the function that holds an offset in the code, or nil.
func (c *checker) functionAt(offset uint64) *function {
	at := c.base + offset
	i, found := c.holder(at)
	if !found {
		return nil
	}
	return &c.functions[i]
}

// gaps calls padding for all that lies between functions, by offset in the code.
func (c *checker) gaps(padding func(start, end uint64) bool) {
	c.eachGap(func(start, end uint64) {
		if !padding(start, end) {
			c.refuse(ruleCode, "the code at %#x-%#x belongs to no function", c.base+start, c.base+end)
		}
	})
}

func (c *checker) eachGap(do func(start, end uint64)) {
	last := uint64(0)
	check := func(end uint64) {
		if end > last {
			do(last, end)
		}
	}
	for i := range c.functions {
		check(c.functions[i].start - c.base)
		last = c.functions[i].end - c.base
	}
	check(uint64(len(c.text)))
}

// where names a place in the code.
func (c *checker) where(f *function, offset uint64) string {
	return fmt.Sprintf("%s+%#x", c.describe(f), c.base+offset-f.start)
}

// branch notes where a direct branch goes.
func (c *checker) branch(f *function, from, to uint64) {
	if to >= uint64(len(c.text)) {
		c.refuse(ruleCode, "a branch at %s leads out of the code", c.where(f, from))
		return
	}
	if place, ok := c.veneers[to]; ok && place != from {
		c.refuse(ruleCode, "a branch at %s leads to what has been moved out of another place", c.where(f, from))
		return
	} else if ok {
		c.targets.set(to)
		return
	}
	if !f.host && !c.goText.holds(c.base+to) {
		c.refuse(ruleCode, "a branch at %s leads from Go code into the host", c.where(f, from))
		return
	}
	c.targets.set(to)
}

// use notes that an instruction addresses a word directly.
func (c *checker) use(f *function, from, address uint64) {
	if f.host || !c.bound.holds(address) {
		return
	}
	if sym, ok := c.slots[address&^7]; ok {
		c.refuse(ruleImportUse, "%s uses %s", c.where(f, from), c.symbols[sym].name)
	}
}

func (c *checker) checkTargets() bool {
	at, ok := c.targets.missing(c.starts)
	if !ok {
		return true
	}
	f := c.functionAt(at)
	return c.refuse(ruleCode, "a branch leads to %#x in %s, where no instruction starts", c.base+at, c.describe(f))
}

// checkPointers looks at the addresses of code that data will hold.
func (c *checker) checkPointers(d *descriptor) bool {
	good := true
	for _, p := range c.pointers {
		if c.code.holds(p.value) && !c.starts.has(p.value-c.base) && p.value != c.goText.end && p.value != c.goEnd {
			good = c.refuse(ruleRelocations, "the word at %#x points to %#x in %s, where no instruction starts",
				p.at, p.value, c.describe(c.functionAt(p.value-c.base)))
		}
	}
	entry := func(what string, at uint64) {
		f := c.functionAt(at - c.base)
		if !c.code.holds(at) || f == nil || f.start != at {
			good = c.refuse(ruleSymbols, "%s is not the start of a function", what)
		}
	}
	if d != nil {
		for _, at := range d.entries {
			entry(fmt.Sprintf("the object's entry %#x", at), at)
		}
	}
	for _, s := range c.symbols {
		if s.defined && s.name != "pgstd_object" {
			entry(s.name, s.value)
		}
	}
	return good
}

// hide counts what would enter the kernel if control came to stand on it.
func (c *checker) hide(offset uint64) {
	c.Hidden = append(c.Hidden, Hidden{Address: c.base + offset, Function: c.describe(c.functionAt(offset))})
}

// checkConstructor makes sure that loading the file runs no code of it.
func (g *gate) checkConstructor() bool {
	at, ok := g.initArray()
	if ok && at.size() == 0 && g.Kind != Module { // nor has a base one
		return true
	}
	if !ok || at.size() != 8 || !g.relro.covers(at) {
		return g.refuse(ruleConstructor, "%d constructors, want one that only returns", at.size()/8)
	}
	target, ok := g.pointerAt(at.start)
	if !ok || !g.code.holds(target) {
		return g.refuse(ruleConstructor, "the constructor is not in the code")
	}
	if !returns(g.arch, g.code.data[target-g.code.start:]) {
		return g.refuse(ruleConstructor, "the constructor, at %#x, does something: loading the file would run it", target)
	}
	return true
}
