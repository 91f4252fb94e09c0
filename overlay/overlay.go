// Package overlay makes the overlay that turns a stock GOROOT into the standard library of the
// postgres target: a JSON file for "go build -overlay" and the files it points to.
//
// The input is one or more trees of replacements. A replacement is an ordinary Go or assembly
// file in a folder named after the import path; each of its top-level declarations takes the
// place of the stock one of the same name, which is blanked out. What replacements cannot say is
// in a file overlay.rules next to them, one rule a line, each with the reason after "--":
//
//	drop FILE                           the file is left out as a whole
//	drop *                              every Go, assembly and C file of the package is
//	remove DECL                         a declaration goes, and nothing takes its place
//	subst DECL `EXPR` `NEW` COUNT       inside DECL, EXPR becomes NEW, COUNT times
//	select FILE                         a file whose build constraint leaves it out is taken in
//	assembly                            the tag purego, which all builds have, does not count for the package
//
// A declaration is named as in "futex", "mutex.lock" (a method) or "_EINTR". A rule may end in the
// conditions goarch=amd64, go=1.27 (that minor release) or go=1.27+ (it and later ones), and
// tag=pgstdtest or tag=!pgstdtest (a test build or any other, see [TestTag] and [MemoryNetTag]). EXPR is compared token by token, so formatting does not matter. A declaration that has no stock
// counterpart is marked //pgstd:add in its doc comment; the same line above the package clause
// marks the whole file.
//
// Every rule must match exactly as often as it says. Anything else is an error, and all errors are
// reported at once: a rule that silently does nothing is how a patched library rots.
//
// Stock files are edited as bytes: what goes is overwritten with spaces, so that every line keeps
// its number and no stock source has to be kept in this repository. What it looked like when
// it was last reviewed is pinned by hashes in a lock file (see [WriteLock]); a later release in
// which it looks different is reported.
//
// The package does not run builds and knows nothing of what the replacements mean. It replaces only
// packages of the standard library.
//
// It is for pgbuild, and for those who change the replacements.
package overlay

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/gocmd"
)

// Tags are the build tags of the postgres target. GOOS stays linux and cgo is on, as the build
// mode needs it.
var Tags = slices.Concat([]string{"postgres", "netgo", "osusergo"}, PureTags)

// PureTags are those by which modules take the way in pure and safe Go, where they have one: all
// builds have them, so that what is for builds without one of them is never taken in.
var PureTags = []string{pureTag, "noasm", "appengine", "safe", "nounsafe", "disableunsafe"}

// TestTag is the further build tag of test builds, in which the library reaches for files and a
// network: tests of the library itself, and others that ask for it. Nothing that is
// built with it is ever meant for PostgreSQL. Those with MemoryNetTag, too, have the network that
// Go has in memory, the others the kernel's.
const (
	TestTag      = "pgstdtest"
	MemoryNetTag = "pgstdmemnet"
)

var testTags = []string{TestTag, MemoryNetTag}

// Config says what to build an overlay from. It is not changed.
type Config struct {
	Go       *gocmd.Go
	GOARCH   string // amd64 or arm64
	Trees    []Tree // replacements
	CacheDir string // where overlays are kept, such as ~/.cache/pgstd/overlay
	Lock     []byte // contents of the lock file; nil leaves out the comparison with it
	Test     bool   // a test build: with TestTag
	Network  bool   // a test build with the kernel's network: without MemoryNetTag
}

// Overlay is a finished overlay, on disk.
type Overlay struct {
	JSON     string // path of the file for go build -overlay
	Dir      string // content-addressed folder that holds it
	Hash     string // hex digest of what is replaced by what; the same on every machine
	Warnings []Warning

	cacheDir string
	replace  map[string]string
}

var errCarriageReturn = errors.New("has carriage returns, which a byte-wise change cannot keep apart from newlines; restore the file as the Go project ships it")

// BuildTags are the build tags that builds with the overlay must be given.
func (c *Config) BuildTags() []string {
	if !c.Test {
		return Tags
	}
	// Stock package time would look for time zones in files.
	tags := append(slices.Clone(Tags), TestTag, "timetzdata")
	if !c.Network {
		tags = append(tags, MemoryNetTag)
	}
	return tags
}

// Build makes the overlay, or finds it in the cache.
func Build(ctx context.Context, c Config) (*Overlay, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	files, digest, err := readTrees(c.Trees)
	if err != nil {
		return nil, err
	}
	key, err := c.stateKey(files, digest)
	if err != nil {
		return nil, err
	}
	if o := c.cached(key); o != nil {
		return o, nil
	}
	unlock, err := c.lockCache()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if o := c.cached(key); o != nil {
		return o, nil // another build made it while this one waited
	}
	m, err := c.make(ctx, files)
	if err != nil {
		return nil, err
	}
	var warnings []Warning
	if c.Lock != nil {
		if warnings, err = m.compare(c.Lock); err != nil {
			return nil, err
		}
	}
	return c.write(key, m, warnings)
}

func (c *Config) check() error {
	if !supportedArch(c.GOARCH) {
		return fmt.Errorf("no overlay for architecture %q; use amd64 or arm64", c.GOARCH)
	}
	// The go command resolves relative names in an overlay against its own folder.
	dir, err := filepath.Abs(c.CacheDir)
	c.CacheDir = dir
	return err
}

// made is an overlay in memory.
type made struct {
	target  target
	plans   []*pkgPlan
	entries []entry
}

// make does the work: everything that the cache saves.
func (c *Config) make(ctx context.Context, files []*treeFile) (*made, error) {
	t, err := c.target(ctx)
	if err != nil {
		return nil, err
	}
	return assemble(files, t)
}

// target is what decides which files and rules count.
func (c *Config) target(ctx context.Context) (target, error) {
	tool, release, err := c.Go.Tags(ctx, c.GOARCH)
	if err != nil {
		return target{}, err
	}
	return target{
		root:   c.Go.Root,
		goarch: c.GOARCH,
		gover:  c.Go.Version,
		ctx: build.Context{
			GOROOT: c.Go.Root, GOOS: "linux", GOARCH: c.GOARCH, Compiler: "gc", CgoEnabled: true,
			BuildTags: c.BuildTags(), ToolTags: tool, ReleaseTags: release,
		},
	}, nil
}

// assemble plans and renders the overlay of a target.
func assemble(files []*treeFile, t target) (*made, error) {
	var errs problems
	m := &made{target: t, plans: plan(files, t, &errs)}
	if err := errs.err(); err != nil {
		return nil, err
	}
	r := resolverFor(t)
	for _, p := range m.plans {
		m.entries = append(m.entries, p.render(r, &errs)...)
	}
	slices.SortFunc(m.entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return m, errs.err()
}
