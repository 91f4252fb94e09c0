package compile

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/pg/pgabi"
	"github.com/pgstd/pgstd/plgo/body"
)

// What may be NULL is a value or a pointer, and the text decides which: it is tried, and
// what it does is looked at, until nothing more follows from it.

// manner is how an argument or a field is taken.
type manner int

const (
	undecided manner = iota
	asPointer
	asValue
	unmentioned // and left out
	kept        // unmentioned, in a row that goes on as a whole
	asNilSlice  // as a slice that is nil for NULL
)

// taking is how a text takes what may be NULL.
type taking struct {
	params    map[int]manner    // by position among the arguments of Go; undecided is a pointer
	fields    map[string]manner // by Struct.Field; undecided is a value
	dims      map[string]int    // of arrays, where they are more than one
	lists     map[string]bool   // polymorphic arrays that are lists, not texts
	anys      map[string]bool   // polymorphic arguments that are a pg.Any, not texts
	wholes    map[string]string // arrays that are a pg.Array or a pg.Matrix, not slices
	ranges    bool              // ranges are pg.Range, not texts
	elements  bool              // elements of arrays are pointers
	allFields bool              // and all fields
}

func (t *taking) clone() *taking {
	c := *t
	c.params, c.fields, c.dims, c.lists = maps.Clone(t.params), maps.Clone(t.fields), maps.Clone(t.dims), maps.Clone(t.lists)
	c.anys, c.wholes = maps.Clone(t.anys), maps.Clone(t.wholes)
	return &c
}

// inOut is how the result of an INOUT argument is taken.
func (t *taking) inOut(f *Function, name string) manner {
	i := 0
	for _, a := range f.Args {
		if a.Mode == ModeOut || a.Mode == ModeTable {
			continue
		}
		if a.Mode == ModeInOut && a.Name == name {
			if t.params[i] == asValue {
				return asValue
			}
		}
		i++
	}
	return asPointer
}

// attempt is a text that has been wrapped in one way.
type attempt struct {
	taking *taking
	pkg    *body.Package
	shape  *shape
	err    error
}

// mistakes weighs what is wrong with a text: of two ways to take it, the author had that
// with less in mind. That a pointer is printed says that it is one, and weighs less; that a
// value is compared with nil, that it is none. Where types are right, it is the way that the
// author had in mind.
func (a *attempt) mistakes() (weight int) {
	var source *SourceError
	if errors.As(a.err, &source) {
		for _, d := range source.Diagnostics {
			switch {
			case d.Message == body.PrintsPlaces, d.Typed:
				weight++
			case strings.HasSuffix(d.Message, "and untyped nil)"):
				weight += 3
			default:
				weight += 2
			}
		}
	}
	return weight
}

// onlyPrints reports whether nothing is wrong with a text but that it prints pointers.
func (a *attempt) onlyPrints() bool {
	var source *SourceError
	return errors.As(a.err, &source) && !slices.ContainsFunc(source.Diagnostics, func(d body.Diagnostic) bool { return d.Message != body.PrintsPlaces })
}

// wrap makes Go packages of a request: the function's own, which the source gate has
// passed, and what the generator of package main has to know of it.
func wrap(f *Function, importer *packageImporter) (*body.Package, *extension.Package, error) {
	if f.Kind == KindAggregate {
		return wrapAggregate(f, importer)
	}
	a := bestAttempt(f, importer)
	if a.err != nil {
		return nil, nil, a.err
	}
	if err := judge(a.pkg); err != nil {
		return nil, nil, err
	}
	return a.pkg, &extension.Package{
		ImportPath: link.FunctionPath, JSON: passesJSON(a.pkg), Time: passesMoments(a.pkg),
		Functions: []extension.Function{a.shape.finish(a.pkg)},
	}, nil
}

// maxAttempts bounds how often a text is looked at again because of what it has shown.
const maxAttempts = 6

func bestAttempt(f *Function, importer *packageImporter) *attempt {
	first := wrapAs(f, importer, &taking{params: map[int]manner{}, fields: map[string]manner{}, dims: map[string]int{}, lists: map[string]bool{}, anys: map[string]bool{}, wholes: map[string]string{}})
	first = first.asLists(f, importer).asRanges(f, importer).asAnys(f, importer).asWholes(f, importer)
	best := first.follow(f, importer)
	if t := best.nilSlices(f); t != nil {
		best = best.orBetter(wrapAs(f, importer, t).follow(f, importer))
	}
	if best.err != nil && best.pkg != nil && first.shape.hasParts() {
		// Elements and columns that only their types show to be pointers, and then arrays of
		// several dimensions: v == nil is said of the former.
		ways := []*taking{first.taking}
		for _, other := range []func(*taking){
			func(t *taking) { t.elements = true },
			func(t *taking) { t.allFields = true },
			func(t *taking) { t.elements, t.allFields = true, true },
		} {
			t := first.taking.clone()
			other(t)
			ways = append(ways, t)
			best = best.orBetter(wrapAs(f, importer, t).follow(f, importer))
		}
		for _, t := range ways {
			// More dimensions would hide that elements are printed.
			if best.err != nil && !best.onlyPrints() {
				best = best.orBetter(wrapAs(f, importer, t).follow(f, importer).nest(f, importer, t))
			}
		}
	}
	if best.err != nil {
		return best
	}
	if t := best.values(f); t != nil {
		if a := wrapAs(f, importer, t); a.err == nil {
			best = a
		}
	}
	if t := best.leaveOut(f); t != nil {
		if a := wrapAs(f, importer, t); a.err == nil {
			return a
		}
	}
	return best
}

// orBetter returns the other attempt if this one has more mistakes.
func (a *attempt) orBetter(b *attempt) *attempt {
	if a.err != nil && (b.err == nil || b.pkg != nil && b.mistakes() < a.mistakes()) {
		return b
	}
	return a
}

// follow tries again with what a text has shown, and returns the best attempt.
func (a *attempt) follow(f *Function, importer *packageImporter) *attempt {
	best := a
	for range maxAttempts {
		t := a.learn(f)
		if t == nil {
			break
		}
		a = wrapAs(f, importer, t)
		if a.err == nil || best.err == nil || a.mistakes() <= best.mistakes() {
			best = a
		}
		if a.pkg == nil {
			break
		}
	}
	if best.err == nil || best.pkg == nil || best.pkg.Uses == nil {
		return best
	}
	// A mistake need not stand where an argument does: s := title.
	t := best.taking.clone()
	for i, p := range best.shape.sig.Params {
		if u := best.pkg.Uses; p.Elem != "" && u.Mentioned[i] && !u.Params[i] && t.params[i] == undecided {
			t.params[i] = asValue
		}
	}
	if last := wrapAs(f, importer, t); last.err == nil || last.mistakes() < best.mistakes() {
		return last
	}
	return best
}

// maxNested bounds how many arrays are tried with more dimensions, each by itself and all
// together.
const maxNested = 4

// nest tries a text that has mistakes with arrays of several dimensions: SQL does not say
// how many an array has, but m[1][0] does. It begins where the attempt did: what seemed to
// follow from mistakes that more dimensions mend does not.
func (a *attempt) nest(f *Function, importer *packageImporter, from *taking) *attempt {
	if a.err == nil || a.pkg == nil || a.pkg.Uses == nil || !strings.Contains(f.Source, "[") && !strings.Contains(f.Source, "range") {
		return a
	}
	spots := a.arraySpots(f)
	best := a
	for dims := 2; dims <= 3; dims++ {
		for _, some := range subsets(spots, maxNested) {
			t := from.clone()
			for _, spot := range some {
				t.dims[spot] = dims
			}
			b := wrapAs(f, importer, t).follow(f, importer)
			if b.err == nil {
				return b
			}
			if b.pkg != nil && b.mistakes() < best.mistakes() {
				best = b
			}
		}
	}
	return best
}

// subsets are those of a list: small ones first, or, of a long list, each member and all.
func subsets(list []string, most int) (all [][]string) {
	if len(list) > most {
		for _, s := range list[:min(len(list), 4*most)] {
			all = append(all, []string{s})
		}
		return append(all, list)
	}
	for bits := 1; bits < 1<<len(list); bits++ {
		var some []string
		for i, s := range list {
			if bits>>i&1 != 0 {
				some = append(some, s)
			}
		}
		all = append(all, some)
	}
	slices.SortStableFunc(all, func(a, b []string) int { return len(a) - len(b) })
	return all
}

// arraySpots are the arrays that a text has to do with.
func (a *attempt) arraySpots(f *Function) (spots []string) {
	for i, param := range f.params() {
		mentioned := param < 0 || a.pkg.Uses.Mentioned[param]
		if mentioned && slices.Contains(a.shape.arrays, argumentSpot(i)) {
			spots = append(spots, argumentSpot(i))
		}
	}
	if slices.Contains(a.shape.arrays, resultSpot) {
		spots = append(spots, resultSpot)
	}
	for _, name := range slices.Sorted(maps.Keys(a.shape.structs)) {
		u := a.pkg.Uses.Structs[name]
		if u == nil {
			continue
		}
		for _, field := range a.shape.structs[name].Fields {
			t := field.Type
			if _, mentioned := u.Fields[field.Go]; mentioned && strings.HasPrefix(strings.TrimPrefix(t.Go, "*"), "[]") && t.Code == pgabi.Array {
				spots = append(spots, name+"."+field.Go)
			}
		}
	}
	return spots
}

// learn returns what follows from an attempt; nil if nothing new does.
func (a *attempt) learn(f *Function) *taking {
	if a.pkg == nil || a.pkg.Uses == nil {
		return nil
	}
	t, u := a.taking.clone(), a.pkg.Uses
	changed := false
	for i, p := range a.shape.sig.Params {
		switch {
		case f.Strict || t.params[i] != undecided:
		case u.Params[i]:
			t.params[i], changed = asPointer, true
		case u.Wrong[i], u.Printed[i] && p.Elem != "pg.Record", u.Selected[i] != nil && a.shape.structs[p.Elem] != nil:
			// A field of a row reads as if the row were there; a pointer to a record prints as SQL shows it.
			t.params[i], changed = asValue, true
		}
	}
	for name, s := range u.Structs {
		for field, pointer := range s.Fields {
			// What is only set is NULL where it is not set, and may have been NULL before.
			unset := (s.Omitted[field] || s.Arrives) && !s.Read[field] && !s.Printed
			if (pointer || unset) && t.fields[name+"."+field] == undecided {
				t.fields[name+"."+field], changed = asPointer, true
			}
		}
	}
	if !changed {
		return nil
	}
	return t
}

// leaveOut returns a taking without the fields that the text does not mention, or with
// pointers for them where a row goes as a whole: what a function does not read must not
// stop it. It returns nil if there are none.
func (a *attempt) leaveOut(f *Function) *taking {
	t := a.taking.clone()
	whole := a.shape.wholeStructs(a.pkg.Uses)
	for _, r := range a.shape.structs {
		u := a.pkg.Uses.Structs[r.Name]
		if u == nil || u.Printed {
			continue
		}
		for _, field := range r.Fields {
			if _, mentioned := u.Fields[field.Go]; mentioned {
				continue
			}
			if whole[r.Name] {
				t.fields[r.Name+"."+field.Go] = kept
			} else {
				t.fields[r.Name+"."+field.Go] = unmentioned
			}
		}
	}
	if maps.Equal(t.fields, a.taking.fields) {
		return nil
	}
	return t
}

// hasParts reports whether anything in a signature has elements or columns.
func (s *shape) hasParts() bool {
	isArray := func(t string) bool { return strings.Contains(t, "[]") }
	return len(s.structs) > 0 ||
		slices.ContainsFunc(s.sig.Params, func(p body.Param) bool { return isArray(p.Type) }) ||
		slices.ContainsFunc(s.sig.Results, func(r body.Result) bool { return isArray(r.Type) })
}

func wrapAs(f *Function, importer *packageImporter, how *taking) *attempt {
	a := &attempt{taking: how}
	if a.shape, a.err = f.shape(how); a.err != nil {
		return a
	}
	sig := a.shape.sig
	sig.Imports = maps.Clone(sig.Imports)
	a.pkg, a.err = body.Wrap(f.Source, link.FunctionPath, sig, importer)
	if d, ok := a.err.(body.Diagnostics); ok {
		a.err = &SourceError{d}
	}
	return a
}
