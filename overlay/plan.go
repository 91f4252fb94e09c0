package overlay

import (
	"cmp"
	"go/build"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// target is what decides which files and rules count.
type target struct {
	root   string // GOROOT
	goarch string
	gover  string // "go1.26.8"
	ctx    build.Context
}

// pkgPlan is the work on one package: what of ours goes in, what of stock goes out.
type pkgPlan struct {
	path  string
	dir   string // GOROOT/src/path
	ours  []*ourFile
	rules []*rule
	stock []*stock

	kept    map[string][]*decl // stock declarations in files that stay
	dropped map[string][]*decl // and in those that a rule drops
	gone    map[*decl]*rule    // kept ones that are blanked; nil: replaced by ours
	substs  []*subst
}

// subst is a subst rule that found its place.
type subst struct {
	rule  *rule
	at    *decl
	edits []edit
}

// plan matches the replacements with the GOROOT. All that does not fit is added to errs.
func plan(files []*treeFile, t target, errs *problems) []*pkgPlan {
	var plans []*pkgPlan
	for len(files) > 0 {
		n := slices.IndexFunc(files, func(f *treeFile) bool { return f.pkg != files[0].pkg })
		if n < 0 {
			n = len(files)
		}
		if p := newPlan(files[:n], t, errs); p != nil {
			plans = append(plans, p)
		}
		files = files[n:]
	}
	return plans
}

func newPlan(files []*treeFile, t target, errs *problems) *pkgPlan {
	p := &pkgPlan{
		path:    files[0].pkg,
		dir:     filepath.Join(t.root, "src", filepath.FromSlash(files[0].pkg)),
		kept:    map[string][]*decl{},
		dropped: map[string][]*decl{},
		gone:    map[*decl]*rule{},
	}
	if !exists(p.dir) {
		errs.add(path.Join(files[0].tree, p.path), "stale", "%s has no package %q; remove the replacement, or correct its folder's name", t.gover, p.path)
		return nil
	}
	for _, f := range files {
		if f.name == rulesName {
			for _, r := range parseRules(f.path(), f.data, errs) {
				if r.holds(t) {
					p.rules = append(p.rules, r)
				}
			}
			continue
		}
		if our := selectOurs(f, t, errs); our != nil {
			p.ours = append(p.ours, our)
		}
	}
	assembly, ctx := p.withAssembly(t.ctx)
	p.stock = readStock(p.dir, ctx, errs)
	if assembly != nil {
		p.retag(assembly, t, errs)
	}
	p.take(t, errs)
	p.drop(t, errs)
	p.index()
	p.match(errs)
	p.remove(errs)
	p.substitute(errs)
	p.checkAsm(errs)
	return p
}

// drop carries out the drop rules.
func (p *pkgPlan) drop(t target, errs *problems) {
	for _, r := range p.rules {
		if r.verb != "drop" {
			continue
		}
		hits := 0
		for _, f := range p.stock {
			all := r.what == "*" && f.selected && !isTest(f.name)
			if !all && (f.name != r.what || !f.selected) {
				continue
			}
			hits++
			if f.drop != nil {
				errs.add(r.pos, "ambiguous", "%s/%s is dropped by %s already; remove one of the rules", p.path, f.name, f.drop.pos)
				continue
			}
			f.drop = r
		}
		if hits > 0 {
			continue
		}
		if slices.ContainsFunc(p.stock, func(f *stock) bool { return f.name == r.what }) {
			errs.add(r.pos, "stale", "%s/%s is not part of a linux/%s build; add goarch= or remove the rule", p.path, r.what, t.goarch)
		} else {
			errs.add(r.pos, "stale", "%s has no file %s/%s; remove the rule, or add go= to limit it to the releases that have it", t.gover, p.path, r.what)
		}
	}
}

func (p *pkgPlan) index() {
	for _, f := range p.stock {
		if f.parsed == nil {
			continue
		}
		names := p.kept
		if f.drop != nil {
			names = p.dropped
		}
		for _, d := range f.parsed.decls {
			names[d.name] = append(names[d.name], d)
		}
	}
}

// match pairs each declaration of ours with the stock one that it replaces.
func (p *pkgPlan) match(errs *problems) {
	seen := map[string]*decl{}
	for _, f := range p.ours {
		if f.parsed == nil {
			continue
		}
		whole := f.parsed.addsAll()
		for _, d := range f.parsed.decls {
			pos := d.in.path + ":" + strconv.Itoa(d.in.line(d.ident.Pos()))
			if other := seen[d.name]; other != nil {
				errs.add(pos, "ambiguous", "%s.%s is declared at %s:%d too; remove one of the two", p.path, d.name, other.in.path, other.in.line(other.ident.Pos()))
				continue
			}
			seen[d.name] = d
			adds := whole || marked(d.docs()...)
			stock := p.kept[d.name]
			switch {
			case len(stock) > 0 && adds:
				errs.add(pos, "shadow", "%s.%s is marked %s, but %s declares it; remove the mark to replace it, or choose another name", p.path, d.name, addDirective, at(stock[0]))
			case len(stock) > 0:
				for _, s := range stock {
					p.gone[s] = nil
					p.checkBody(pos, d, s, errs)
				}
			case len(p.dropped[d.name]) == 0 && !adds:
				errs.add(pos, "stale", "nothing in this release declares %s.%s; mark it %s if it is meant to be new, or remove it", p.path, d.name, addDirective)
			}
		}
	}
}

// checkBody refuses to give a Go body to a function that has one in assembly: only the linker
// would notice, with a message that does not lead here.
func (p *pkgPlan) checkBody(pos string, ours, stock *decl, errs *problems) {
	if ours.fn == nil || ours.fn.Body == nil || stock.fn == nil || stock.fn.Body != nil {
		return
	}
	for _, f := range p.stock {
		if f.selected && f.drop == nil && isAsm(f.name) && slices.Contains(textSymbols(f.src, p.path), stock.name) {
			errs.add(pos, "shadow", "%s.%s has its body in %s; drop that file, and supply what else it has", p.path, ours.name, f.path)
		}
	}
}

// checkAsm refuses assembly of ours that defines what assembly that stays defines too.
func (p *pkgPlan) checkAsm(errs *problems) {
	for _, our := range p.ours {
		if our.parsed != nil {
			continue
		}
		for _, name := range textSymbols(our.data, p.path) {
			for _, f := range p.stock {
				if f.selected && f.drop == nil && isAsm(f.name) && slices.Contains(textSymbols(f.src, p.path), name) {
					errs.add(our.path(), "shadow", "%s.%s has its body in %s too; drop that file, and supply what else it has", p.path, name, f.path)
				}
			}
		}
	}
}

// remove carries out the remove rules.
func (p *pkgPlan) remove(errs *problems) {
	for _, r := range p.rules {
		if r.verb != "remove" {
			continue
		}
		stock := p.kept[r.what]
		if len(stock) == 0 {
			where := "nothing in this release declares it"
			if d := p.dropped[r.what]; len(d) > 0 {
				where = at(d[0]) + " declares it, in a file that is dropped"
			}
			errs.add(r.pos, "stale", "%s.%s cannot be removed: %s; remove the rule", p.path, r.what, where)
		}
		for _, d := range stock {
			if by, ok := p.gone[d]; ok {
				why := "a replacement of ours takes its place"
				if by != nil {
					why = by.pos + " removes it already"
				}
				errs.add(r.pos, "ambiguous", "%s.%s: %s; remove the rule", p.path, r.what, why)
				continue
			}
			p.gone[d] = r
		}
	}
	p.checkMethods(errs)
}

// checkMethods finds methods whose type a rule removed.
func (p *pkgPlan) checkMethods(errs *problems) {
	for d, r := range p.gone {
		if r == nil || d.fn != nil || d.gen.Tok != token.TYPE {
			continue
		}
		var left []string
		for name, ds := range p.kept {
			if _, ok := p.gone[ds[0]]; !ok && ds[0].isMethod() && strings.HasPrefix(name, d.name+".") {
				left = append(left, name)
			}
		}
		if slices.Sort(left); len(left) > 0 {
			errs.add(r.pos, "", "type %s.%s is removed, but not its methods; remove %s as well", p.path, d.name, strings.Join(left, ", "))
		}
	}
}

// substitute finds the places of the subst rules.
func (p *pkgPlan) substitute(errs *problems) {
	for _, r := range p.rules {
		if r.verb != "subst" {
			continue
		}
		stock := p.kept[r.what]
		if len(stock) == 0 {
			errs.add(r.pos, "stale", "no file that is kept declares %s.%s; remove the rule, or name the declaration that has `%s` now", p.path, r.what, r.old)
			continue
		}
		if _, ok := p.gone[stock[0]]; ok {
			errs.add(r.pos, "ambiguous", "%s.%s is taken out as a whole; remove the rule", p.path, r.what)
			continue
		}
		total := 0
		for _, d := range stock {
			n := d.node()
			if d.fn == nil {
				n = d.spec
			}
			found, broken := find(d.in.src, d.in.offset(n.Pos()), d.in.offset(n.End()), r.old)
			if broken {
				errs.add(r.pos, "", "`%s` spreads over several lines of %s; look for a piece that is on one line", r.old, at(d))
			}
			for i := range found {
				// An edit without text would blank; a blank does the same, on the same line.
				found[i].text = cmp.Or(r.new, " ")
			}
			total += len(found)
			p.substs = append(p.substs, &subst{r, d, found})
		}
		switch {
		case total < r.count:
			errs.add(r.pos, "stale", "`%s` is found %d times in %s (%s), not %d; look at the function and correct the rule", r.old, total, r.what, at(stock[0]), r.count)
		case total > r.count:
			errs.add(r.pos, "ambiguous", "`%s` is found %d times in %s (%s), not %d; look at the function and correct the rule", r.old, total, r.what, at(stock[0]), r.count)
		}
	}
}

// at is the position of a declaration for a message.
func at(d *decl) string { return d.in.path + ":" + strconv.Itoa(d.in.line(d.ident.Pos())) }
