// Package compile compiles single functions whose bodies are Go: what a database knows
// of a function goes in, an object comes out. It is for those who write a handler of
// their own, or a compiler server; package compileapi puts it behind JSON.
package compile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/plgo/body"
	"github.com/pgstd/pgstd/trust/provenance"
)

// Function is what a database knows of a function whose body is Go: the request of a
// procedural language to its compiler. Its JSON form is described in docs/compile.md.
type Function struct {
	Name   string `json:"name"` // for messages and tracebacks
	Source string `json:"source"`
	Kind   Kind   `json:"kind,omitempty"`
	// Args are all arguments as declared, OUT and TABLE columns too.
	Args []Argument `json:"args,omitempty"`
	// Returns is the type of RETURNS; nil for void, and where OUT arguments say it.
	Returns *SQLType `json:"returns,omitempty"`
	Set     bool     `json:"set,omitempty"`    // RETURNS SETOF or TABLE
	Strict  bool     `json:"strict,omitempty"` // arguments are never NULL
	// Parts are the functions of an aggregate that its object is to have, in this order.
	Parts []Part `json:"parts,omitempty"`
	// Direct is how many of an aggregate's arguments stand before WITHIN GROUP; nil for an
	// aggregate that is called without it.
	Direct *int `json:"direct,omitempty"`
	// Debug is the file in which a debugger finds the text, with an absolute path: the function is
	// compiled for that, with symbols and without optimizations. Empty: it is not.
	Debug string `json:"debug,omitempty"`
}

// Kind is what a function is called as.
type Kind string

// The kinds of functions.
const (
	KindFunction     Kind = "function" // the empty Kind is this one
	KindProcedure    Kind = "procedure"
	KindTrigger      Kind = "trigger"
	KindEventTrigger Kind = "event_trigger"
	KindInline       Kind = "inline" // DO
	// KindAggregate is no function, but all those of an aggregate: arguments and result are
	// the aggregate's.
	KindAggregate Kind = "aggregate"
)

// Part is a function of an aggregate.
type Part string

// The parts of aggregates.
const (
	PartStep    Part = "step"
	PartFinal   Part = "final"
	PartInverse Part = "inverse"
	PartMerge   Part = "merge"
)

// Argument is one argument of a Function.
type Argument struct {
	Name string  `json:"name,omitempty"`
	Mode Mode    `json:"mode,omitempty"`
	Type SQLType `json:"type"`
}

// Mode is the direction of an argument.
type Mode string

// The modes of arguments.
const (
	ModeIn       Mode = "in" // the empty Mode is this one
	ModeOut      Mode = "out"
	ModeInOut    Mode = "inout"
	ModeVariadic Mode = "variadic"
	ModeTable    Mode = "table"
)

// Compiled is a function's object.
type Compiled struct {
	Target   kit.Target
	Data     []byte
	Packed   []byte // of a base: what gzip makes of Data
	Digest   string // SHA-256 of Data, in hexadecimal
	Modules  string // that are linked in besides the standard library and the kit: PATH VERSION, one a line
	Go       string // release that compiled it
	Kit      string // version of this kit
	Cached   bool   // it was there already
	OnBase   bool   // it is a module, for one of the compiler's bases
	Instead  string // why it is an object, where the compiler makes modules
	Duration time.Duration
}

// SourceError says what is wrong with a function's text. Its diagnostics have positions
// in that text.
type SourceError struct{ Diagnostics body.Diagnostics }

func (e *SourceError) Error() string { return e.Diagnostics.Error() }

// RequestError says what is wrong with a request besides the function's text.
type RequestError struct{ Message string }

func (e *RequestError) Error() string { return e.Message }

// Compiler compiles functions of a procedural language. It can be used by several
// goroutines.
type Compiler struct {
	kit      *kit.Kit
	prepared *prepared
	cache    *functionCache
	places   places
	bases    atomic.Pointer[bases] // that functions are compiled for; never nil
	set      *moduleSet            // of modules that functions can import; nil: none
	origin   link.Origin           // of what is in it
	identity string                // of everything but bases and the function that decides what an object is
}

// New makes a compiler for one target. The first one on a machine compiles the
// standard library.
//
// If modules is not empty, it is the folder of a Go module, and functions can import
// its packages and what they import. The source gate has to pass them all, under the
// policy in that folder.
func New(ctx context.Context, o kit.Options, modules string) (*Compiler, error) {
	k, err := kit.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer k.Close() // each function has a private folder of its own
	var set *moduleSet
	// No function comes as far as the linker that the source gate has not passed.
	from := link.Origin{Verdict: &provenance.Source{Verdict: "passed"}}
	if modules != "" {
		if set, err = openModules(ctx, k, modules); err != nil {
			return nil, err
		}
		from.Verdict, from.Judged = set.verdict, set.judged
	}
	p, err := prepare(ctx, k, set)
	if err != nil {
		return nil, err
	}
	if from.Judged != nil {
		if err := from.Judged.Unchanged(); err != nil {
			return nil, err
		}
	}
	id, err := k.LinkerID(ctx)
	if err != nil {
		return nil, err
	}
	self, err := kit.ProgramID()
	if err != nil {
		return nil, err
	}
	c := &Compiler{kit: k, prepared: p, set: set, origin: from, cache: newFunctionCache(filepath.Join(k.CacheDir, "functions"), cacheSize)}
	c.bases.Store(&bases{})
	verdict, err := json.Marshal(from.Verdict)
	if err != nil {
		return nil, err
	}
	c.places.make = c.makePlace
	c.identity = fmt.Sprintf("%s\n%s\n%s\n%s\n%s", pgstd.Version, self, filepath.Base(p.dir), id, verdict)
	return c, nil
}

// Options say how to compile one function.
type Options struct {
	Anew bool // even if it has been compiled before
	// Limits are further ones, besides those of the compiler itself: of two, the lower
	// one holds. Timeout is for the function as a whole.
	Limits sandbox.Limits
}

// Wrap returns the Go source that a function becomes, for people to read.
func (c *Compiler) Wrap(ctx context.Context, f *Function, o Options) (string, error) {
	if err := f.check(); err != nil {
		return "", err
	}
	var source string
	err := c.within(ctx, o.Limits, c.bases.Load(), func(ctx context.Context, k *kit.Kit) error {
		front, err := c.look(ctx, k, f, link.FunctionPath)
		if err == nil {
			source = string(front.Source)
		}
		return err
	})
	return source, err
}

// maxOutput is how large a file may be that a tool makes of a function. Objects are of one
// or a few MB; what is in them crosses to the server and back.
const maxOutput = 64 << 20

// within does the work on one function, under limits: with a kit that has a place of its own, where some
// bases can be read, and for a limited time.
func (c *Compiler) within(ctx context.Context, l sandbox.Limits, on *bases, work func(context.Context, *kit.Kit) error) error {
	p, err := c.places.take(on)
	if err != nil {
		return err
	}
	defer p.close()
	k := p.work
	k.Runner = k.Runner.Within(l).Within(sandbox.Limits{Output: maxOutput}).In(p.worker)
	if l.Timeout <= 0 {
		return work(ctx, &k)
	}
	over := &sandbox.LimitError{Program: "the compiler", What: "time", Limit: l.Timeout.String()}
	limited, stop := context.WithTimeoutCause(ctx, l.Timeout, over)
	defer stop()
	err = work(limited, &k)
	if err != nil && context.Cause(limited) == over {
		return over
	}
	return err
}

// Compile makes a function's object, or finds it among those made before. An error is a
// *SourceError where the text is at fault, a *RequestError where the rest of the request
// is, and else about the machine or the context.
func (c *Compiler) Compile(ctx context.Context, f *Function, o Options) (*Compiled, error) {
	start := time.Now()
	if err := f.check(); err != nil {
		return nil, err
	}
	on := c.bases.Load()
	key := c.cacheKey(f, on)
	var b *built
	if !o.Anew {
		data, err := c.cache.get(key)
		if err != nil {
			return nil, err
		}
		b = decodeBuilt(data)
	}
	cached := b != nil
	if !cached {
		err := c.within(ctx, o.Limits, on, func(ctx context.Context, k *kit.Kit) (err error) {
			b, err = c.build(ctx, k, f, on)
			return err
		})
		if err != nil {
			return nil, err
		}
		if err := c.cache.put(key, b.encode()); err != nil {
			return nil, err
		}
	}
	digest := sha256.Sum256(b.data)
	return &Compiled{
		Target: c.kit.Target, Data: b.data, Digest: hex.EncodeToString(digest[:]), Modules: b.Modules, Instead: b.Instead,
		Go: c.kit.Golang.Version, Kit: pgstd.Version, Cached: cached, OnBase: base.IsModule(b.data), Duration: time.Since(start),
	}, nil
}

// cacheKey is all that decides the content of an object.
func (c *Compiler) cacheKey(f *Function, on *bases) []byte {
	request, err := json.Marshal(f)
	if err != nil {
		panic(err) // a Function has no value that JSON lacks
	}
	return fmt.Appendf(nil, "%s%s\n%s", c.identity, on.identity(), request)
}

// build compiles and links one function, as a module if it can be one.
func (c *Compiler) build(ctx context.Context, k *kit.Kit, f *Function, on *bases) (*built, error) {
	k.Symbols = f.Debug != ""
	why := ""
	if on.plain != nil && !k.Symbols {
		b, err := c.buildModule(ctx, k, f, on)
		if err != nil || b.data != nil {
			return b, err
		}
		why = b.Instead
	}
	front, err := c.look(ctx, k, f, link.FunctionPath)
	if err != nil {
		return nil, err
	}
	config, err := c.prepared.compilePackage(ctx, k, link.FunctionPath, front.Source, front.Profile, "")
	if err != nil {
		return nil, compileError(f, err)
	}
	if config, err = c.prepared.compilePackage(ctx, k, mainPath(link.FunctionPath), front.Main, front.Profile, config); err != nil {
		return nil, fmt.Errorf("compiling the wrapper of function %s: %w", f.Name, err)
	}
	modules, reached := c.prepared.modulesOf(front.Imports)
	from := c.origin
	from.Reached = reached
	goObject, err := c.prepared.linkArchive(ctx, k, config, modules)
	if err != nil {
		return nil, err
	}
	data, err := link.Object(ctx, k, k.Work, goObject, from)
	if err != nil {
		return nil, err
	}
	lines, err := linkedModules(data)
	return &built{Modules: lines, Instead: why, data: data}, err
}

// Close gives back what a compiler holds.
func (c *Compiler) Close() error { return errors.Join(c.places.close(), c.kit.Close()) }
