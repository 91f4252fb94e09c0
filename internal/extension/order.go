package extension

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// Parts returns what the script makes, in the order of the script: each after those that it
// needs. What the author has said counts; besides, a part needs whatever its SQL names.
func (p *Package) Parts() ([]*Part, error) {
	list, err := p.parts()
	if err != nil {
		return nil, err
	}
	if err := connect(list); err != nil {
		return nil, err
	}
	return order(list)
}

// connect finds what each part needs.
func connect(list []*Part) error {
	byName := map[string][]*Part{}
	for _, part := range list {
		for _, n := range part.names {
			if n != "" && !slices.Contains(byName[n], part) {
				byName[n] = append(byName[n], part)
			}
		}
	}
	var errs Errors
	said := map[[2]*Part]bool{}
	say := func(first, second *Part) {
		if first != second && !said[[2]*Part{first, second}] {
			said[[2]*Part{first, second}] = true
			second.needs = append(second.needs, need{first, true})
		}
	}
	for _, part := range list {
		for _, names := range [][]string{part.after, part.before} {
			for _, n := range names {
				if len(byName[n]) == 0 {
					errs = append(errs, Error{part.Pos, fmt.Sprintf("%s names %s, which is no function, type or SQL of the extension", part.label(), n)})
				}
			}
		}
		for _, n := range part.after {
			for _, first := range byName[n] {
				say(first, part)
			}
		}
		for _, n := range part.before {
			for _, second := range byName[n] {
				say(part, second)
			}
		}
	}
	made := map[string]*Part{}
	for _, part := range list {
		if first, dup := made[part.label()]; dup {
			errs = append(errs, Error{part.Pos, fmt.Sprintf("%s is already made at %s; give one of them another name", part.label(), position(first.Pos))})
		}
		made[part.label()] = part
	}
	if errs != nil {
		return errs
	}
	for _, part := range list {
		found := func(first *Part) {
			// What the author says of two parts is not questioned.
			if first != part && !said[[2]*Part{first, part}] && !said[[2]*Part{part, first}] {
				part.needs = append(part.needs, need{first, false})
			}
		}
		for _, n := range part.mentions {
			if pgtypes.Builtin(n) {
				continue // a function may have such a name, but the type is what is meant
			}
			for _, first := range byName[n] {
				found(first)
			}
		}
		for _, n := range part.types {
			for _, first := range byName[n] {
				if first.rank == rankType || first.rank == rankSQL {
					found(first)
				}
			}
		}
	}
	connectFree(list)
	return nil
}

// connectFree has the author's SQL stand after the operators, casts and classes of the types that it
// is about, since an expression in it may use them without a name. Those that need it themselves, such as
// an operator of the domain whose check it is, come later: so none of these needs makes a circle.
func connectFree(list []*Part) {
	neededBy, made := map[*Part][]*Part{}, map[string]bool{}
	for _, part := range list {
		for _, n := range part.needs {
			neededBy[n.part] = append(neededBy[n.part], part)
		}
		for _, name := range part.names {
			made[name] = made[name] || part.rank == rankType
		}
	}
	for _, part := range list {
		if !part.free {
			continue
		}
		later := map[*Part]bool{}
		reach(part, later, func(p *Part) []*Part { return neededBy[p] })
		about := part.about()
		for _, first := range list {
			nameless := first.rank == rankOperator || first.rank == rankCast || first.rank == rankClass
			strange := func(name string) bool { return made[name] && !about[name] }
			if nameless && !later[first] && !slices.ContainsFunc(first.types, strange) && slices.ContainsFunc(first.types, func(name string) bool { return about[name] }) {
				part.needs = append(part.needs, need{first, false})
				neededBy[first] = append(neededBy[first], part)
			}
		}
	}
}

// about has the names in the part's SQL, and those in the types that it needs.
func (p *Part) about() map[string]bool {
	names, types := map[string]bool{}, map[*Part]bool{}
	reach(p, types, func(p *Part) (list []*Part) {
		for _, n := range p.needs {
			if n.part.rank == rankType {
				list = append(list, n.part)
			}
		}
		return list
	})
	for part := range types {
		for _, n := range slices.Concat(part.types, part.mentions) {
			names[n] = true
		}
	}
	return names
}

// reach marks a part, and whatever a way leads to from it.
func reach(p *Part, seen map[*Part]bool, ways func(*Part) []*Part) {
	if seen[p] {
		return
	}
	seen[p] = true
	for _, next := range ways(p) {
		reach(next, seen, ways)
	}
}

// order sorts parts: each after its needs, else by rank, file and line.
func order(list []*Part) ([]*Part, error) {
	slices.SortStableFunc(list, func(a, b *Part) int { return a.rank - b.rank })
	at := map[*Part]int{}
	for i, part := range list {
		at[part] = i
	}
	const open, done = 1, 2
	state := map[*Part]int{}
	var sorted, path []*Part
	var visit func(part *Part) error
	visit = func(part *Part) error {
		switch state[part] {
		case done:
			return nil
		case open:
			return cycle(path[slices.Index(path, part):])
		}
		state[part] = open
		path = append(path, part)
		slices.SortStableFunc(part.needs, func(a, b need) int { return at[a.part] - at[b.part] })
		for _, n := range part.needs {
			if err := visit(n.part); err != nil {
				return err
			}
			if label := n.part.label(); !slices.Contains(part.Needs, label) {
				part.Needs = append(part.Needs, label)
			}
		}
		path = path[:len(path)-1]
		state[part] = done
		sorted = append(sorted, part)
		return nil
	}
	for _, part := range list {
		if err := visit(part); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}

// cycle is the error for parts of which each needs the next, and the last the first.
func cycle(path []*Part) error {
	var b strings.Builder
	for i, part := range path {
		next := path[(i+1)%len(path)]
		how := "names it"
		if slices.Contains(part.needs, need{next, true}) {
			how = "requires= or before= says so"
		}
		fmt.Fprintf(&b, "\n\t%s needs %s (%s: %s)", part.label(), next.label(), position(part.Pos), how)
	}
	return Errors{{path[0].Pos, "the script has no order, as these need each other; split one, or say with requires= or before= which comes first:" + b.String()}}
}
