package overlay

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// entry is one file of the overlay: what the go command sees below GOROOT/src.
type entry struct {
	name   string // relative to GOROOT/src, with slashes
	data   []byte
	remove bool
}

// render turns a plan into the files of the overlay.
func (p *pkgPlan) render(r *resolver, errs *problems) []entry {
	var out []entry
	for _, f := range p.ours {
		out = append(out, entry{name: p.path + "/" + prefix + f.name, data: f.data})
	}
	done := make([]*entry, len(p.stock))
	fails := make([]error, len(p.stock))
	restated := p.restated()
	parallel(len(p.stock), func(i int) {
		f := p.stock[i]
		switch name := p.path + "/" + f.name; {
		case f.drop != nil:
			done[i] = &entry{name: name, remove: true}
		case f.parsed != nil:
			data, err := p.edited(f, r, restated)
			if f.taken != nil && err == nil {
				name, data = p.path+"/"+prefix+f.name, unconstrained(f, data)
			}
			if fails[i] = err; data != nil {
				done[i] = &entry{name: name, data: data}
			}
		}
		if f.retagged && f.drop == nil && f.taken == nil && fails[i] == nil {
			if done[i] == nil {
				done[i] = &entry{name: p.path + "/" + f.name, data: f.src}
			}
			done[i].data = retagged(done[i].data)
		}
	})
	for i, e := range done {
		if fails[i] != nil {
			errs.add(p.stock[i].path, "", "%v", fails[i])
		} else if e != nil {
			out = append(out, *e)
		}
	}
	return out
}

// restated returns the names that linkname lines of ours are about.
func (p *pkgPlan) restated() map[string]bool {
	names := map[string]bool{}
	for _, f := range p.ours {
		if f.parsed != nil {
			for name := range f.parsed.linknames() {
				names[name] = true
			}
		}
	}
	return names
}

// edited returns the contents of a stock file after the plan's changes, nil if there are none.
func (p *pkgPlan) edited(f *stock, r *resolver, restated map[string]bool) ([]byte, error) {
	gone := map[*decl]bool{}
	for _, d := range f.parsed.decls {
		if _, ok := p.gone[d]; ok {
			gone[d] = true
		}
	}
	edits := f.parsed.erase(gone)
	// A linkname may stand anywhere in the package. It has to go if its name is no longer
	// declared, or if ours gives the name another one.
	for name, comments := range f.parsed.linknames() {
		for _, d := range p.kept[name] {
			if by, ok := p.gone[d]; ok && (by != nil || restated[name]) {
				for _, c := range comments {
					edits = append(edits, edit{start: f.parsed.offset(c.Pos()), end: f.parsed.offset(c.End())})
				}
			}
		}
	}
	var rules []string
	for _, s := range p.substs {
		if s.at.in == f.parsed {
			edits = append(edits, s.edits...)
			rules = append(rules, s.rule.pos)
		}
	}
	if len(edits) == 0 {
		return nil, nil
	}
	if bytes.IndexByte(f.src, '\r') >= 0 {
		return nil, errCarriageReturn
	}
	data, err := apply(f.src, edits)
	if err == nil {
		data, err = r.unuse(f.path, data)
	}
	if err != nil && len(rules) > 0 {
		err = fmt.Errorf("%w; correct what is substituted by %s", err, strings.Join(rules, ", "))
	}
	return data, err
}

// goroot is the name of an entry as the go command asks for it.
func (e *entry) goroot(root string) string {
	return filepath.Join(root, "src", filepath.FromSlash(e.name))
}
