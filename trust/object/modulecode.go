package object

// moduleCode goes over the code of a module. What is known of an instruction is the
// architecture's part; where it may lead is the same for all.
type moduleCode struct {
	*checker
	module *shared
	fields []uint32 // places that are relative to the base, and to what: pairs
	used   bitset   // of these, the ones that an instruction has
}

// checkSharedCode goes over the code. Each place that is relative to the base belongs to one instruction.
func (s *shared) checkSharedCode() bool {
	c := &checker{gate: s.gate, text: s.code.data, starts: newBits(s.code.size()), targets: newBits(s.code.size())}
	m := &moduleCode{checker: c, module: s, fields: s.tables[sharedCalls]}
	m.used = newBits(uint64(len(m.fields)))
	for i := 0; i < len(m.fields); i += 2 {
		if uint64(m.fields[i])+4 > uint64(len(c.text)) {
			return s.refuse(ruleRelocations, "the place at %#x that is relative to the base is not code", m.fields[i])
		}
	}
	if !c.checkOrder() {
		return false
	}
	s.arch.module(m)
	for i := 0; i < len(m.fields); i += 2 {
		if !m.used.has(uint64(i)) {
			return c.refuse(ruleRelocations, "the place at %#x that is relative to the base is of no instruction", m.fields[i])
		}
	}
	c.gaps(func(start, end uint64) bool { return false })
	if !c.checkTargets() || !s.Good() {
		return false
	}
	return s.checkPointed(c)
}

func (m *moduleCode) notItsOwn(f *function, at uint64) {
	m.refuse(ruleImports, "%s uses a place that is relative to the base twice, or one that is not its own", m.where(f, at))
}

// goesTo judges a branch to a place of the base.
func (m *moduleCode) goesTo(f *function, at uint64, offset uint32) {
	if !m.module.base.Function(offset) {
		m.refuse(ruleImports, "%s goes to %#x of the base, which is no function that a module may call", m.where(f, at), offset)
	}
}

// usesBase judges an instruction with the address of a place of the base.
func (m *moduleCode) usesBase(f *function, at uint64, offset uint32) {
	if !m.module.base.Data(offset) && !m.module.base.Function(offset) {
		m.refuse(ruleImports, "%s uses %#x of the base, which is not for modules", m.where(f, at), offset)
	}
}

// usesOwn judges one with the address of a place of the module; takes: it does not look at what is there.
func (m *moduleCode) usesOwn(f *function, at, used uint64, takes bool) {
	switch {
	case m.code.holds(used) && takes && !m.module.isStart(used):
		m.refuse(ruleCode, "%s takes the address of %#x, where no function begins", m.where(f, at), used)
	case m.code.holds(used):
		m.targets.set(used)
	case m.segmentOf(used) == nil:
		m.refuse(ruleCode, "%s uses what is not the module's", m.where(f, at))
	case m.module.isCopy(used) && takes:
		m.refuse(ruleTypes, "%s takes the address of its own copy of a type or itab that others have, too", m.where(f, at))
	}
}
