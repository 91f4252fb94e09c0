package object

import (
	"cmp"
	"encoding/binary"
	"fmt"
)

// checkItabs makes sure that an itab of the module has for each method of its interface the function
// that its type has, and that it is of the same pair as the one of the base's that it is said to be.
func (s *shared) checkItabs() bool {
	pairs := s.tables[sharedItabs]
	for i := 0; i < len(pairs); i += 2 {
		if err := s.types.judgeItab(pairs[i], pairs[i+1]); err != nil {
			return s.refuse(ruleItabs, "the itab at %#x: %v", pairs[i], err)
		}
	}
	return true
}

func (t *types) judgeItab(at, theirs uint32) error {
	const functions = 24 // abi.ITab: interface, type, hash, functions
	own := place{at: at}
	inter, err := t.part(own)
	if err != nil {
		return err
	}
	typ, err := t.part(own.plus(8))
	if err != nil {
		return err
	}
	if err := t.readLater(); err != nil {
		return err
	}
	if inter.kind != kindInterface || len(inter.fields) == 0 {
		return fmt.Errorf("type %s is no interface", inter.name)
	}
	hash, ok := t.constant(uint64(at)+16, 8)
	if !ok || binary.LittleEndian.Uint32(hash) != typ.hash {
		return fmt.Errorf("it is not of type %s", typ.name)
	}
	if err := t.judgeFunctions(own.plus(functions), inter, typ); err != nil {
		return err
	}
	if theirs == sharedNowhere {
		return nil
	}
	for i, d := range []*typeOf{inter, typ} {
		of, is, ok := t.address(place{true, theirs + 8*uint32(i)})
		if !ok || !is || of != t.canonical(d) {
			return fmt.Errorf("the base's at %#x is of another interface or type", theirs)
		}
	}
	return nil
}

// judgeFunctions compares an itab's functions with those that the type has. None at all says that it has not all methods,
// and leads nowhere.
func (t *types) judgeFunctions(first place, inter, typ *typeOf) error {
	if _, is, ok := t.address(first); ok && !is {
		return nil
	}
	for i, f := range inter.fields {
		to, is, ok := t.address(first.plus(8 * uint32(i)))
		if !ok || !is || !t.segments[sharedConst].holds(uint64(first.at)+8*uint64(i)) || !t.isEntry(to) {
			return fmt.Errorf("what it has for method %s is no function", f.name)
		}
		m := typ.method(f, inter.pkg)
		if m == nil || m.typ != nil && !t.same(m.typ, f.typ) {
			return fmt.Errorf("type %s has no method %s as interface %s wants it", typ.name, f.name, inter.name)
		}
		if want, ok := t.function(typ, m); !ok || want != to {
			return fmt.Errorf("what it has for method %s is not that of type %s", f.name, typ.name)
		}
	}
	return nil
}

// method finds the method that an interface's is. A name that is not exported is one of its package's, which is that of
// the interface or type where it does not say.
func (d *typeOf) method(f member, home string) *method {
	for i := range d.methods {
		m := &d.methods[i]
		exported := f.flags&nameExported != 0
		if m.name == f.name && m.exported == exported && (exported || cmp.Or(m.pkg, d.home) == cmp.Or(f.pkg, home)) {
			return m
		}
	}
	return nil
}

// function is what an interface calls for a method.
func (t *types) function(d *typeOf, m *method) (place, bool) {
	if m.called == noMethod {
		return place{}, false
	}
	if d.base {
		return place{true, t.base.Text + m.called}, true
	}
	return place{at: uint32(t.code.start) + m.called}, true
}

// canonical is where the type is that everybody uses.
func (s *shared) canonical(d *typeOf) place {
	if theirs, is := s.copies[d.at]; is && !d.base && theirs != sharedNowhere {
		return place{true, theirs}
	}
	return d.place
}
