package compile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// What a text does with an argument says more than whether it may be NULL: polymorphic arrays
// and ranges are texts, or what they consist of, and a list that may be NULL can be nil.

// asLists takes polymorphic arrays as lists of texts, where a text looks into them, or where
// that has fewer mistakes: as a result, or all of them.
func (a *attempt) asLists(f *Function, importer *packageImporter) *attempt {
	if a.pkg == nil || a.pkg.Uses == nil {
		return a
	}
	sure := a.taking.clone()
	var results, all []string
	for i, param := range f.params() {
		if !pgtypes.IsAnyArray(f.Args[i].Type.Name) {
			continue
		}
		all = append(all, argumentSpot(i))
		if param < 0 {
			results = append(results, argumentSpot(i))
		} else if a.pkg.Uses.Parts[param] {
			sure.lists[argumentSpot(i)] = true
		}
	}
	if f.Returns != nil && pgtypes.IsAnyArray(f.Returns.Name) {
		results, all = append(results, resultSpot), append(all, resultSpot)
	}
	if len(sure.lists) > 0 {
		a = wrapAs(f, importer, sure)
	}
	for _, spots := range [][]string{results, all} {
		t := sure.clone()
		for _, spot := range spots {
			t.lists[spot] = true
		}
		if a.err != nil && len(t.lists) > len(a.taking.lists) {
			a = a.orBetterInTheEnd(wrapAs(f, importer, t), f, importer)
		}
	}
	return a
}

// orBetterInTheEnd is orBetter of what follows from two attempts: what may be NULL is a pointer
// at first, which only moves a mistake.
func (a *attempt) orBetterInTheEnd(b *attempt, f *Function, importer *packageImporter) *attempt {
	if end := a.follow(f, importer); end.orBetter(b.follow(f, importer)) != end {
		return b
	}
	return a
}

// asRanges takes ranges as pg.Range where that has fewer mistakes, as r.Lower is no part of a
// text, and where a text looks into a multirange: what it counts are ranges, not characters.
func (a *attempt) asRanges(f *Function, importer *packageImporter) *attempt {
	if a.pkg == nil || a.pkg.Uses == nil {
		return a
	}
	found, looks, reads := f.Returns != nil && isRange(f.Returns.Name), false, false
	for i, param := range f.params() {
		if name := f.Args[i].Type.Name; isRange(name) {
			found = true
			looks = looks || param >= 0 && a.pkg.Uses.Parts[param] && strings.HasSuffix(name, "multirange")
			reads = reads || param >= 0 && readsBounds(a.pkg.Uses.Selected[param])
		}
	}
	if !found || a.err == nil && !looks {
		return a
	}
	t := a.taking.clone()
	t.ranges = true
	b := wrapAs(f, importer, t)
	if reads || looks && b.follow(f, importer).err == nil {
		return b
	}
	return a.orBetter(b)
}

// asAnys takes polymorphic arguments as pg.Any where a text asks them for their type.
func (a *attempt) asAnys(f *Function, importer *packageImporter) *attempt {
	if a.err == nil || a.pkg == nil {
		return a
	}
	for i, arg := range f.Args {
		if arg.Mode != ModeOut && arg.Mode != ModeTable && pgtypes.IsPolymorphic(arg.Type.Name) {
			t := a.taking.clone()
			t.anys[argumentSpot(i)] = true
			a = a.orBetterInTheEnd(wrapAs(f, importer, t), f, importer)
		}
	}
	return a
}

// asWholes takes arrays as a pg.Array or a pg.Matrix where that has fewer mistakes: a slice has
// no lower bounds, and no rows.
func (a *attempt) asWholes(f *Function, importer *packageImporter) *attempt {
	if a.err == nil || a.pkg == nil || a.pkg.Uses == nil || !wholeWords.Match(a.pkg.Plain) {
		return a
	}
	subscripted := a.subscripted(f)
	for _, spot := range a.shape.arrays {
		names := []string{"Array", "Matrix"}
		if slices.Contains(subscripted, spot) {
			// Also where the text has another mistake: what it says is about a pg.Array.
			names = names[:1]
			t := a.taking.clone()
			t.wholes[spot] = "Array"
			a = wrapAs(f, importer, t)
		}
		for _, name := range names {
			a = a.asWhole(f, importer, name, spot)
			// Either alone only moves the mistake of a text that returns what it takes.
			if spot != resultSpot && slices.Contains(a.shape.arrays, resultSpot) {
				a = a.asWhole(f, importer, name, spot, resultSpot)
			}
		}
	}
	return a
}

// subscripted are the arrays of which a text takes elements with At, and nothing that only a
// matrix has: At(1, 1) of the one is At(0, 0) of the other, so mistakes must not decide it.
func (a *attempt) subscripted(f *Function) (spots []string) {
	if matrixWord.Match(a.pkg.Plain) {
		return nil
	}
	for i, param := range f.params() {
		if param < 0 {
			continue
		}
		s := a.pkg.Uses.Selected[param]
		if s["At"] && !s["Rows"] && !s["Columns"] && !s["Row"] && !s["Set"] {
			spots = append(spots, argumentSpot(i))
		}
	}
	return spots
}

// matrixWord is in texts that name the type, and so may hand what they take to what wants one.
var matrixWord = regexp.MustCompile(`\b(New)?Matrix\b`)

// asWhole takes some arrays as a pg.Array or a pg.Matrix where that has fewer mistakes.
func (a *attempt) asWhole(f *Function, importer *packageImporter, name string, spots ...string) *attempt {
	t := a.taking.clone()
	for _, spot := range spots {
		t.wholes[spot] = name
	}
	a = a.orBetter(wrapAs(f, importer, t))
	nulls := t.clone()
	nulls.elements = true
	return a.orBetter(wrapAs(f, importer, nulls))
}

// wholeWords is in all texts that have more than slices in mind.
var wholeWords = regexp.MustCompile(`\b(Array|Matrix|NewMatrix|At|Set|Row|Rows|Columns|Elements|Sizes|LowerBounds)\b`)

// readsBounds reports whether a text takes of an argument what a range consists of: what else is
// wrong with it is about that.
func readsBounds(selected map[string]bool) bool {
	for name := range selected {
		if strings.HasPrefix(name, "Lower") || strings.HasPrefix(name, "Upper") || name == "Empty" {
			return true
		}
	}
	return false
}

func isRange(sql string) bool {
	_, ok := pgtypes.RangeOf(sql)
	return ok
}

// values returns a taking in which arguments are values of which a text takes a field or a method
// and does not ask whether they are NULL: one that is NULL is an error then that names it. It
// returns nil if there are none.
func (a *attempt) values(f *Function) *taking {
	if a.err != nil || f.Strict {
		return nil
	}
	t, found := a.taking.clone(), false
	for i, p := range a.shape.sig.Params {
		if u := a.pkg.Uses; p.Elem != "" && u.Selected[i] != nil && !u.Params[i] && t.params[i] == undecided {
			t.params[i], found = asValue, true
		}
	}
	if !found {
		return nil
	}
	return t
}

// nilSlices returns a taking for a text that has mistakes, in which slices that it compares
// with nil are no pointers: len(list) goes with list == nil. It returns nil if there are none.
func (a *attempt) nilSlices(f *Function) *taking {
	if a.err == nil || a.pkg == nil || a.pkg.Uses == nil || f.Strict {
		return nil
	}
	t, found := a.taking.clone(), false
	for i, p := range a.shape.sig.Params {
		isSlice := strings.HasPrefix(p.Elem, "[]") || p.Elem == "json.RawMessage"
		if isSlice && !p.InOut && a.pkg.Uses.Params[i] {
			t.params[i], found = asNilSlice, true
		}
	}
	if !found {
		return nil
	}
	return t
}
