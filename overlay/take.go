package overlay

import (
	"bytes"
	"go/build"
	"io"
	"os"
)

// take carries out the select rules: a stock file that the build would leave out becomes one of
// the package's, under a name of ours.
func (p *pkgPlan) take(t target, errs *problems) {
	for _, r := range p.rules {
		if r.verb != "select" {
			continue
		}
		f := p.file(r.what)
		switch {
		case f == nil:
			errs.add(r.pos, "stale", "%s has no file %s/%s; remove the rule, or add go= to limit it to the releases that have it", t.gover, p.path, r.what)
		case f.taken != nil:
			errs.add(r.pos, "ambiguous", "%s/%s is selected by %s already; remove one of the rules", p.path, f.name, f.taken.pos)
		case f.selected:
			errs.add(r.pos, "stale", "%s/%s is part of a linux/%s build anyway; remove the rule", p.path, f.name, t.goarch)
		default:
			f.taken, f.selected = r, true
			if err := f.force(); err != nil {
				errs.add(f.path, "", "cannot be read: %v", err)
			} else if ok, _ := matches(t.ctx, prefix+f.name, unconstrained(f, nil)); !ok {
				errs.add(r.pos, "", "%s/%s is left out for its name, not for a //go:build line; only the latter can be overruled", p.path, f.name)
			}
		}
	}
}

func (p *pkgPlan) file(name string) *stock {
	for _, f := range p.stock {
		if f.name == name {
			return f
		}
	}
	return nil
}

// force reads and parses a file that the target does not select.
func (f *stock) force() (err error) {
	if f.src, err = os.ReadFile(f.path); err == nil {
		f.parsed, err = parseSource(f.path, f.src)
	}
	return err
}

// matches reports whether a build selects a file of this name and content.
func matches(ctx build.Context, name string, data []byte) (bool, error) {
	ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return ctx.MatchFile("", name)
}

// unconstrained returns data, or what is in stock if that is nil, with blanks for the build
// constraint.
func unconstrained(f *stock, data []byte) []byte {
	if data == nil {
		data = f.src
	}
	data = bytes.Clone(data)
	start, end := constraintOf(data)
	blank(data[start:end])
	return data
}
