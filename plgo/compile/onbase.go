package compile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/trust/object"
)

// bases are what functions can be modules of. A function that imports nothing of the set is one of the plain
// base: that stays when the set changes, is the same for all sets, and has no code of theirs.
type bases struct {
	plain *base.Base // has the library; nil: functions have objects of their own
	set   *base.Base // has that and the packages of the compiler's set; nil: there is none
	lacks string     // why there is none, if that is known for good
}

// all are the bases that there are.
func (b *bases) all() []*base.Base {
	return slices.DeleteFunc([]*base.Base{b.plain, b.set}, func(b *base.Base) bool { return b == nil })
}

// identity is what tells objects apart that are made when there are other bases.
func (b *bases) identity() string {
	text := ""
	for _, one := range b.all() {
		text += "\non base " + one.Digest()
	}
	return text
}

// choose returns the base for a function that imports packages, or says why it cannot be on one.
func (b *bases) choose(imports []string) (on *base.Base, why string) {
	for _, one := range b.all() {
		if !slices.ContainsFunc(imports, func(path string) bool { return !one.Has(path) }) {
			return one, ""
		}
	}
	if b.lacks != "" {
		return nil, b.lacks
	}
	return nil, "no base has been made yet that has the packages of the set of modules"
}

// provider makes a base, or finds one.
type provider func(ctx context.Context, k *kit.Kit, packages []string, set *base.Set) (*base.Base, error)

// FindBase has a compiler make modules of functions from now on, which run on a base that has all
// of the library that functions can import. If that has not been made on this machine, the error is [base.ErrNone].
func (c *Compiler) FindBase(ctx context.Context) error {
	return c.useBase(ctx, base.Find, sandbox.Limits{})
}

// MakeBase is FindBase, and makes the base if there is none. Aside says that nobody waits for that: it gives way
// to what somebody does.
func (c *Compiler) MakeBase(ctx context.Context, aside bool) error {
	reportTo(ctx, "linking the standard library as a base")
	return c.useBase(ctx, base.Make, sandbox.Limits{Yield: aside})
}

// FindSetBase does so for functions that import packages of the compiler's set of modules. It is called after
// FindBase or MakeBase. A set that no base can have is no error: [Compiler.Lacks] tells.
func (c *Compiler) FindSetBase(ctx context.Context) error {
	return c.useSetBase(ctx, base.Find, sandbox.Limits{})
}

// MakeSetBase is FindSetBase, and makes the base if there is none.
func (c *Compiler) MakeSetBase(ctx context.Context, aside bool) error {
	reportTo(ctx, "linking the modules of "+c.set.module.Dir+" as a base")
	return c.useSetBase(ctx, base.Make, sandbox.Limits{Yield: aside})
}

// Lacks says why no base can have the compiler's set of modules; empty, if one has it, or nobody has tried.
func (c *Compiler) Lacks() string { return c.bases.Load().lacks }

func (c *Compiler) useBase(ctx context.Context, provide provider, l sandbox.Limits) error {
	b, err := c.provide(ctx, provide, l, nil)
	if err == nil {
		c.bases.Store(&bases{plain: b})
	}
	return err
}

func (c *Compiler) useSetBase(ctx context.Context, provide provider, l sandbox.Limits) error {
	more := *c.bases.Load()
	if c.set == nil || more.plain == nil {
		return fmt.Errorf("the compiler has no set of modules, or no base without one")
	}
	set, err := c.baseSet()
	if err != nil {
		return err
	}
	var refused *base.RefusedError
	more.set, err = c.provide(ctx, provide, l, set)
	if errors.As(err, &refused) {
		more.lacks = refused.Error()
	} else if err != nil {
		return err
	}
	c.bases.Store(&more)
	return nil
}

func (c *Compiler) provide(ctx context.Context, provide provider, l sandbox.Limits, set *base.Set) (*base.Base, error) {
	k := *c.kit
	var err error
	if k.Work, _, err = kit.Workspace(); err != nil {
		return nil, err
	}
	defer k.Close()
	k.Runner = k.Runner.Within(l)
	return provide(ctx, &k, c.prepared.importable(), set)
}

// baseSet is the compiler's set as a base has it.
func (c *Compiler) baseSet() (*base.Set, error) {
	packages := c.prepared.offered()
	modules, _ := c.prepared.modulesOf(packages)
	verdict, err := json.Marshal(c.origin.Verdict)
	if err != nil {
		return nil, err
	}
	return &base.Set{
		Dir: c.set.module.Dir, Packages: packages, Content: fmt.Sprintf("%s\n%s", filepath.Base(c.prepared.dir), verdict),
		Info: modinfo(c.kit.Golang.Version, modules), Origin: c.origin, Resolve: c.set.resolve,
	}, nil
}

// importable are the packages of the standard library and of the kit that functions, or their
// wrappers, can import.
func (p *prepared) importable() []string {
	var names []string
	for path, pkg := range p.packages {
		if !isInternal(path) && (pkg.Std || kit.Carries(path)) {
			names = append(names, path)
		}
	}
	return names
}

// Base returns the base of a digest, if it is one of the compiler's.
func (c *Compiler) Base(digest string) (*Compiled, error) {
	for _, b := range c.bases.Load().all() {
		if b.Digest() == digest {
			return c.readBase(b)
		}
	}
	return nil, &RequestError{fmt.Sprintf("the compiler does not have the base %s", digest)}
}

func (c *Compiler) readBase(b *base.Base) (*Compiled, error) {
	packed, data, err := b.Packed()
	if err != nil {
		return nil, err
	}
	modules, err := linkedModules(data)
	if err != nil {
		return nil, err
	}
	return &Compiled{Target: c.kit.Target, Data: data, Packed: packed, Digest: b.Digest(), Modules: modules, Go: c.kit.Golang.Version, Kit: pgstd.Version, Cached: true}, nil
}

// buildModule compiles a function for a base. Two functions are in packages of two paths, so that a
// type of one is no type of the other, and tracebacks tell whose code it is: the first part of a
// path says whether that is the author's (host/postgres/calls/traceback.c). Of a function that cannot be a
// module, the result has no data, and says why.
func (c *Compiler) buildModule(ctx context.Context, k *kit.Kit, f *Function, on *bases) (*built, error) {
	author := c.authorPath(f, on)
	front, err := c.look(ctx, k, f, author)
	if err != nil {
		return nil, err
	}
	chosen, why := on.choose(front.Imports)
	if chosen == nil {
		return &built{Instead: why}, nil
	}
	data, err := chosen.Module(ctx, k, []base.Package{
		{Path: author, File: "plgo.go", Text: front.Source, Profile: front.Profile},
		{Path: mainPath(author), File: "main.go", Text: front.Main, Profile: front.Profile},
	})
	// What the library's generic code needs for some types is not offered to modules. An object is judged
	// for itself.
	var refused *object.RefusedError
	if errors.Is(err, base.ErrTooLarge) || errors.Is(err, base.ErrInstance) || errors.As(err, &refused) {
		return &built{Instead: err.Error()}, nil
	}
	var failed *base.PackageError
	if errors.As(err, &failed) && failed.Path == author {
		return nil, compileError(f, err)
	}
	if err != nil {
		return nil, fmt.Errorf("compiling function %s for a base: %w", f.Name, err)
	}
	modules, _ := c.prepared.modulesOf(front.Imports)
	return &built{Modules: moduleLines(debugModules(modules)), data: data}, nil
}

// authorPath is the import path of the package of a function: another one for each text and
// signature.
func (c *Compiler) authorPath(f *Function, on *bases) string {
	h := sha256.Sum256(c.cacheKey(f, on))
	return link.FunctionPath + "/" + hex.EncodeToString(h[:8])
}

// mainPath is that of the package of a function's wrapper.
func mainPath(author string) string { return "main" + strings.TrimPrefix(author, link.FunctionPath) }
