package overlay

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"go/version"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// Warning is a change in what the overlay takes out that somebody should look at.
type Warning struct {
	Package string // import path
	Decl    string // declaration or file
	Text    string // what is different
	Remedy  string // what to do about it
}

func (w Warning) String() string {
	return fmt.Sprintf("%s: %s %s; %s", w.Package, w.Decl, w.Text, w.Remedy)
}

// releases are the sections of a lock file for one minor release and architecture.
type releases []section

// nearest is the one to compare a release with: its own, or the last one before it, or, for
// an older release than any, the first.
func (r releases) nearest(release string) section {
	best := r[0]
	for _, s := range r {
		if version.Compare(s.release, release) <= 0 && (version.Compare(best.release, release) > 0 || version.Compare(s.release, best.release) > 0) {
			best = s
		}
	}
	return best
}

// has tells whether something was seen in any of the releases.
func (r releases) has(p pin) bool {
	return slices.ContainsFunc(r, func(s section) bool {
		return slices.ContainsFunc(s.pins, func(o pin) bool { return o.key() == p.key() && o.sig == p.sig && o.body == p.body })
	})
}

// lacks tells whether one of the releases does without it.
func (r releases) lacks(p pin) bool {
	return slices.ContainsFunc(r, func(s section) bool {
		return !slices.ContainsFunc(s.pins, func(o pin) bool { return o.key() == p.key() })
	})
}

// compare holds the overlay against the lock file. What looks as it did in a release of the
// same minor release that was reviewed is as good as reviewed. Else a changed signature is
// an error: ours was written for another one. A changed body is a warning: ours may lack
// what it now does.
func (m *made) compare(lock []byte) ([]Warning, error) {
	sections, err := parseLock(lock)
	if err != nil {
		return nil, err
	}
	now := m.section()
	known := releases(slices.DeleteFunc(slices.Clone(sections), func(s section) bool { return s.minor != now.minor || s.goarch != now.goarch }))
	if len(known) == 0 {
		return nil, fmt.Errorf("lock file: nothing of %s linux/%s was reviewed yet; build with a release that was (%s)", now.minor, now.goarch, list(sections))
	}
	was := known.nearest(now.release)
	since := fmt.Sprintf("see \"pgbuild overlay diff --since %s\", or build with --go %[1]s", was.release)
	again := since
	if now.release == was.release { // not Go has changed, but the replacements
		again = "review it, then write the lock file anew with \"pgbuild overlay lock\""
	}

	locked := map[string]pin{}
	for _, p := range was.pins {
		locked[p.key()] = p
	}
	var errs problems
	var warnings []Warning
	warn := func(p pin, remedy, format string, args ...any) {
		warnings = append(warnings, Warning{p.pkg, p.subject(), fmt.Sprintf(format, args...), remedy})
	}
	for _, p := range now.pins {
		old, ok := locked[p.key()]
		delete(locked, p.key())
		switch {
		case ok && old.sig == p.sig && old.body == p.body:
		case now.release != was.release && known.has(p):
		case !ok && p.verb == "drop":
			warn(p, again, "(%s, dropped) is not in the lock file", p.path())
		case !ok:
			warn(p, again, "(%s, %s) is not in the lock file", p.path(), p.verb)
		case old.sig != p.sig:
			errs.add(p.path(), "", "%s has another signature in %s than in %s, where it was reviewed; %s", p.subject(), now.release, was.release, since)
		default:
			warn(p, since, "(%s) is different in %s from %s, where it was reviewed", p.path(), now.release, was.release)
		}
	}
	for _, p := range locked {
		if now.release == was.release || !known.lacks(p) {
			warn(p, again, "(%s) is in the lock file, but no longer taken out or changed", p.path())
		}
	}
	slices.SortFunc(warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Decl, b.Decl))
	})
	return warnings, errs.err()
}

// list names what was reviewed.
func list(sections []section) string {
	var names []string
	for _, s := range sections {
		names = append(names, s.release+" linux/"+s.goarch)
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Drift writes, as a unified diff, how the declarations that the overlay takes out or changes look
// in c.Go compared with an older release. It is what a reviewer reads before locking.
func Drift(ctx context.Context, w io.Writer, c Config, since *gocmd.Go) error {
	if version.Compare(since.Version, c.Go.Version) == 0 {
		return fmt.Errorf("%s is the release at hand, so nothing differs; name another one", since.Version)
	}
	old := c
	old.Go = since
	before, err := old.pinned(ctx)
	if err != nil {
		return fmt.Errorf("with %s: %w", since.Version, err)
	}
	after, err := c.pinned(ctx)
	if err != nil {
		return fmt.Errorf("with %s: %w", c.Go.Version, err)
	}
	return writeDrift(w, before, after, since.Version, c.Go.Version)
}

func writeDrift(w io.Writer, before, after map[string]pinned, since, now string) error {
	keys := map[string]bool{}
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		a, b := before[k], after[k]
		if a.sig == b.sig && a.body == b.body {
			continue
		}
		if _, err := w.Write(diff.Diff(a.label(since), a.text, b.label(now), b.text)); err != nil {
			return err
		}
	}
	return nil
}

func (p *pinned) label(release string) string {
	if p.pkg == "" {
		return "/dev/null"
	}
	return fmt.Sprintf("%s/src/%s (%s)", release, p.path(), p.subject())
}

func (c *Config) pinned(ctx context.Context) (map[string]pinned, error) {
	m, err := c.load(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]pinned{}
	for _, p := range m.plans {
		for _, pin := range p.pins() {
			all[pin.key()] = pin
		}
	}
	return all, nil
}

// Diff writes, as a unified diff, all that the overlay changes in GOROOT/src. If dir is not
// empty, the changed files are also laid out there, as a tree that begins at the import paths.
func Diff(ctx context.Context, w io.Writer, c Config, dir string) error {
	m, err := c.load(ctx)
	if err != nil {
		return err
	}
	stock := map[string][]byte{}
	for _, p := range m.plans {
		for _, f := range p.stock {
			stock[p.path+"/"+f.name] = f.src
		}
	}
	files := map[string][]byte{}
	var out bytes.Buffer
	for _, e := range m.entries {
		was, ok := stock[e.name]
		from, to := c.Go.Version+"/src/"+e.name, "pgstd/src/"+e.name
		if !ok {
			from = "/dev/null"
		}
		if e.remove {
			to = "/dev/null"
		} else {
			files[e.name] = e.data
		}
		out.Write(diff.Diff(from, was, to, e.data))
	}
	if dir != "" {
		if err := place(dir, files); err != nil {
			return err
		}
	}
	_, err = w.Write(out.Bytes())
	return err
}
