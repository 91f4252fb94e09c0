package compile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/trust/object"
)

// FindBase has a compiler make modules of functions from now on, which run on a base that has all
// that functions can import. If that has not been made on this machine, the error is [base.ErrNone]. It is
// called before anything is compiled, as is MakeBase.
func (c *Compiler) FindBase(ctx context.Context) error {
	return c.useBase(ctx, base.Find, sandbox.Limits{})
}

// MakeBase is FindBase, and makes the base if there is none. Aside says that nobody waits for that: it gives way
// to what somebody does.
func (c *Compiler) MakeBase(ctx context.Context, aside bool) error {
	if report, ok := ctx.Value(progressKey{}).(func(string)); ok {
		report("linking the standard library as a base")
	}
	return c.useBase(ctx, base.Make, sandbox.Limits{Yield: aside})
}

func (c *Compiler) useBase(ctx context.Context, provide func(context.Context, *kit.Kit, []string) (*base.Base, error), l sandbox.Limits) error {
	k := *c.kit
	var err error
	if k.Work, _, err = kit.Workspace(); err != nil {
		return err
	}
	defer k.Close()
	k.Runner = k.Runner.Within(l)
	if c.base, err = provide(ctx, &k, c.prepared.importable()); err != nil {
		return err
	}
	c.identity += "\non base " + c.base.Digest()
	return nil
}

// importable are the packages of the standard library and of the kit that functions, or their
// wrappers, can import.
func (p *prepared) importable() []string {
	var names []string
	for path, pkg := range p.packages {
		if !isInternal(path) && (pkg.Std || strings.HasPrefix(path, kit.ModulePath+"/")) {
			names = append(names, path)
		}
	}
	return names
}

// Base returns the base of a digest, if it is the compiler's.
func (c *Compiler) Base(digest string) (*Compiled, error) {
	if c.base == nil || c.base.Digest() != digest {
		return nil, &RequestError{fmt.Sprintf("the compiler does not have the base %s", digest)}
	}
	packed, data, err := c.base.Packed()
	if err != nil {
		return nil, err
	}
	return &Compiled{Target: c.kit.Target, Data: data, Packed: packed, Digest: digest, Go: c.kit.Golang.Version, Kit: pgstd.Version, Cached: true}, nil
}

// onBase reports whether a function that imports packages can be a module: what only its set of
// modules has is not in the base.
func (c *Compiler) onBase(imports []string) bool {
	for _, path := range imports {
		if !c.base.Has(path) {
			return false
		}
	}
	return true
}

// buildModule compiles a function for the base. Two functions are in packages of two paths, so that a
// type of one is no type of the other, and tracebacks tell whose code it is: the first part of a
// path says whether that is the author's (host/postgres/calls/traceback.c). It returns nil for a
// function that cannot be a module.
func (c *Compiler) buildModule(ctx context.Context, k *kit.Kit, f *Function) ([]byte, error) {
	author := c.authorPath(f)
	front, err := c.look(ctx, k, f, author)
	if err != nil || !c.onBase(front.Imports) {
		return nil, err
	}
	data, err := c.base.Module(ctx, k, []base.Package{
		{Path: author, File: "plgo.go", Text: front.Source},
		{Path: "main" + strings.TrimPrefix(author, "plgo"), File: "main.go", Text: front.Main},
	})
	// What the library's generic code needs for some types is not offered to modules. An object is judged
	// for itself.
	var refused *object.RefusedError
	if errors.Is(err, base.ErrTooLarge) || errors.As(err, &refused) {
		return nil, nil
	}
	var failed *base.PackageError
	if errors.As(err, &failed) && failed.Path == author {
		return nil, compileError(f, err)
	}
	if err != nil {
		return nil, fmt.Errorf("compiling function %s for a base: %w", f.Name, err)
	}
	return data, nil
}

// authorPath is the import path of the package of a function: another one for each text and
// signature.
func (c *Compiler) authorPath(f *Function) string {
	h := sha256.Sum256(c.cacheKey(f))
	return "plgo/" + hex.EncodeToString(h[:8])
}
