// Package compileapi is the compiler for functions of a procedural language over a
// process boundary: JSON in, JSON out, as docs/compile.md describes it. It decodes and
// encodes, and picks the compiler of each target; package compile does the work. It is for
// programs that stand between a handler and the compiler, as pgbuild compile and serve do.
package compileapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/body"
	"github.com/pgstd/pgstd/plgo/compile"
)

// Version is that of the requests and responses.
const Version = 1

// MaxRequest is how long a request may be, in bytes.
const MaxRequest = 16 << 20

// MaxFunctions is how many functions a request may be about: their objects are all in
// memory before the response begins.
const MaxFunctions = 64

// Request asks for the objects of functions.
type Request struct {
	Version int `json:"version"`
	// Targets are what to compile for; none is the machine that the compiler runs on.
	Targets   []string           `json:"targets,omitempty"`
	Functions []compile.Function `json:"functions,omitempty"`
	// Anew compiles even what has been compiled before.
	Anew bool `json:"anew,omitempty"`
	// Wrap asks for the Go source that functions become, and no objects.
	Wrap bool `json:"wrap,omitempty"`
	// Prepare asks for nothing but that the compilers are ready. There are no functions
	// then, and the limits say nothing.
	Prepare bool `json:"prepare,omitempty"`
	// Base asks for nothing but the base of that digest, which the compiler has compiled modules
	// for: an object of the one target, which ends with OnBase. There are no functions then.
	Base string `json:"base,omitempty"`
	// Policy names a set of modules that functions may import, one that the compiler
	// was started with; empty: its default set.
	Policy string `json:"policy,omitempty"`
	// Attached asks for the objects' data as they are, behind the response and not in it.
	Attached bool    `json:"attached,omitempty"`
	Limits   *Limits `json:"limits,omitempty"`

	texts []json.RawMessage // of the functions, as they came
}

// OnBase is what the name of a target ends with to say that modules are wanted, which run on a
// base of that target. A function that cannot be one gets an object.
const OnBase = "+base"

// TextRules says by which rules a text is understood, by which it is refused, and what the runtime
// that it brings along has to hold against it. They are part of a function's key: what was compiled
// by others is compiled anew, if it still can be.
const TextRules = 7

// Key is what a server knows the objects of a function by: a digest of the rules, of the
// policy and of the function as the request has it.
func (r *Request) Key(i int) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s\n%s", TextRules, r.Policy, r.texts[i])
	return hex.EncodeToString(h.Sum(nil))
}

// Limits are those of each function. They are further ones: what the compiler has been
// started with holds besides.
type Limits struct {
	Seconds  int `json:"seconds,omitempty"`   // from its turn to its objects
	MemoryKB int `json:"memory_kb,omitempty"` // address space of each process
}

// sandbox converts limits, which may be nil.
func (l *Limits) sandbox() sandbox.Limits {
	if l == nil {
		return sandbox.Limits{}
	}
	const most = 1 << 31 // seconds and kB: beyond all limits of machines, and no overflow
	return sandbox.Limits{
		Timeout: time.Duration(min(l.Seconds, most)) * time.Second,
		Memory:  int64(min(l.MemoryKB, most)) << 10,
	}
}

// Response is the answer to a Request: a result for each function, or an error that
// concerns them all.
type Response struct {
	Version int      `json:"version"`
	Results []Result `json:"results,omitempty"`
	Error   *Error   `json:"error,omitempty"`

	attached bool // the objects' data are not part of the JSON
}

// Write writes a response on one line. Data that are attached follow a zero byte, which no JSON
// has, one object's after the other's.
func (r *Response) Write(w io.Writer) error {
	if !r.attached {
		return json.NewEncoder(w).Encode(r)
	}
	line := *r
	line.Results = slices.Clone(r.Results)
	attached := [][]byte{{0}}
	for i := range line.Results {
		objects := slices.Clone(line.Results[i].Objects)
		for j := range objects {
			o := &objects[j]
			attached = append(attached, o.Data)
			o.Size, o.Data = len(o.Data), nil
		}
		line.Results[i].Objects = objects
	}
	if err := json.NewEncoder(w).Encode(line); err != nil {
		return err
	}
	for _, data := range attached {
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return nil
}

// Failed reports whether there is an error anywhere in a response.
func (r *Response) Failed() bool {
	return r.Error != nil || slices.ContainsFunc(r.Results, func(f Result) bool { return f.Error != nil })
}

// Result is what has become of one function: objects in the order of the targets, or an
// error.
type Result struct {
	Go      string   `json:"go,omitempty"`  // release that has compiled it
	Kit     string   `json:"kit,omitempty"` // version of the compiler
	Objects []Object `json:"objects,omitempty"`
	Wrapped string   `json:"wrapped,omitempty"`
	Error   *Error   `json:"error,omitempty"`
}

// Object is a function's object for one target.
type Object struct {
	Target       string  `json:"target"`
	Digest       string  `json:"digest"` // SHA-256, hexadecimal
	Milliseconds float64 `json:"milliseconds"`
	Cached       bool    `json:"cached"`
	Modules      string  `json:"modules"`        // as PATH VERSION, one a line
	Data         []byte  `json:"data,omitempty"` // base64; of a base, compressed with gzip
	Size         int     `json:"size,omitempty"` // of data that are attached, in bytes
	// Instead says why this is an object, where a module was asked for.
	Instead string `json:"instead,omitempty"`
	// Signature of the object, as the text of a file of minisign; empty without a key.
	Signature string `json:"signature,omitempty"`
}

// ErrorKind says whose fault an error is.
type ErrorKind string

// The kinds of errors.
const (
	SourceFault  ErrorKind = "source"  // of the function's text
	RequestFault ErrorKind = "request" // of the rest of the request
	Cancelled    ErrorKind = "cancelled"
	Busy         ErrorKind = "busy"     // try again later
	LimitFault   ErrorKind = "limit"    // the compiler would have taken more than it may
	MachineFault ErrorKind = "internal" // of the machine that compiles
)

// Error says why there are no objects.
type Error struct {
	Kind    ErrorKind `json:"kind"`
	Message string    `json:"message"`
	// Diagnostics stand for SourceFault. The first one is the most important.
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
}

// Diagnostic is an error in the function's text.
type Diagnostic struct {
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // in bytes, from 1
	Offset  int    `json:"offset"` // in bytes, from 0
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to write instead
}

// Decode reads a request. What it does not know it refuses: a field that is not
// understood may be one that matters.
func Decode(data []byte) (*Request, error) {
	if len(data) > MaxRequest {
		return nil, &compile.RequestError{Message: fmt.Sprintf("the request is longer than %d MB", MaxRequest>>20)}
	}
	// The version comes first: another one has other fields.
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, &compile.RequestError{Message: "the request is no JSON of the known form: " + err.Error()}
	}
	if v.Version != Version {
		return nil, &compile.RequestError{Message: fmt.Sprintf("the request has version %d; this compiler knows version %d", v.Version, Version)}
	}
	var r Request
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, &compile.RequestError{Message: "the request is no JSON of the known form: " + err.Error()}
	}
	if (r.Prepare || r.Base != "") && len(r.Functions) > 0 {
		return nil, &compile.RequestError{Message: "the request has functions, and asks for none to be compiled"}
	}
	if r.Base != "" && len(r.Targets) != 1 {
		return nil, &compile.RequestError{Message: "the request asks for a base, and has not one target"}
	}
	if len(r.Functions) == 0 && !r.Prepare && r.Base == "" {
		return nil, &compile.RequestError{Message: "the request has no functions"}
	}
	if len(r.Functions) > MaxFunctions {
		return nil, &compile.RequestError{Message: fmt.Sprintf("the request has %d functions; send at most %d at a time", len(r.Functions), MaxFunctions)}
	}
	if l := r.Limits; l != nil && (l.Seconds < 0 || l.MemoryKB < 0) {
		return nil, &compile.RequestError{Message: "the request has a limit below zero; leave it out for none"}
	}
	var raw struct{ Functions []json.RawMessage }
	if err := json.Unmarshal(data, &raw); err != nil || len(raw.Functions) != len(r.Functions) {
		return nil, &compile.RequestError{Message: "the request names its functions twice"}
	}
	r.texts = raw.Functions
	return &r, nil
}

// Waits reports whether a request waits for a base to be made: whoever asks for it, or for functions to be compiled
// once more. Others get objects meanwhile.
func (r *Request) Waits() bool { return r.Prepare || r.Anew || r.Base != "" }

// Compile answers a request.
func (s *Service) Compile(ctx context.Context, r *Request) *Response {
	compilers, err := s.await(ctx, r)
	if err != nil {
		return Failure(err)
	}
	if r.Base != "" {
		return s.answerBase(compilers[0], r)
	}
	response := &Response{Version: Version, Results: make([]Result, len(r.Functions)), attached: r.Attached}
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range r.Functions {
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wait.Done() }()
			response.Results[i] = compileOne(ctx, compilers, r, &r.Functions[i])
			s.sign(r, i, response.Results[i].Objects)
		}()
	}
	wait.Wait()
	return response
}

// answerBase answers a request for a base, which is compressed. What is signed, as it is run, names its digest, which
// is the key of its row.
func (s *Service) answerBase(c *compile.Compiler, r *Request) *Response {
	o, err := c.Base(r.Base)
	if err != nil {
		return Failure(err)
	}
	answer := Object{Target: string(o.Target), Digest: o.Digest, Cached: o.Cached, Modules: o.Modules, Data: o.Packed}
	if s.Sign != nil {
		answer.Signature = string(s.Sign(o.Data, fmt.Sprintf("pgstd %s object %s for %s", o.Target, o.Digest, o.Digest)))
	}
	return &Response{Version: Version, Results: []Result{{Go: o.Go, Kit: o.Kit, Objects: []Object{answer}}}, attached: r.Attached}
}

// sign adds signatures, if there is a key for them. What is signed with an object names
// the function, so that the object counts for no other (plgo/handler/files.c). A request that
// was not decoded has no text that a server could know it by.
func (s *Service) sign(r *Request, i int, objects []Object) {
	if s.Sign == nil {
		return
	}
	for j := range objects {
		o := &objects[j]
		comment := fmt.Sprintf("pgstd %s object %s", o.Target, o.Digest)
		if i < len(r.texts) {
			comment += " for " + r.Key(i)
		}
		o.Signature = string(s.Sign(o.Data, comment))
	}
}

// compileOne makes the objects of one function.
func compileOne(ctx context.Context, compilers []*compile.Compiler, r *Request, f *compile.Function) Result {
	options := compile.Options{Anew: r.Anew, Limits: r.Limits.sandbox()}
	var result Result
	for i, c := range compilers {
		if r.Wrap {
			source, err := c.Wrap(ctx, f, options)
			if err != nil {
				return Result{Error: failure(err)}
			}
			return Result{Wrapped: source}
		}
		o, err := c.Compile(ctx, f, options)
		if err != nil {
			return Result{Error: failure(err)}
		}
		result.Go, result.Kit = o.Go, o.Kit
		target, instead := string(o.Target), o.Instead
		if o.OnBase {
			target += OnBase
		} else if instead == "" && i < len(r.Targets) && strings.HasSuffix(r.Targets[i], OnBase) {
			instead = "no base has been made yet"
		}
		result.Objects = append(result.Objects, Object{
			Target: target, Digest: o.Digest, Cached: o.Cached, Data: o.Data, Modules: o.Modules, Instead: instead,
			Milliseconds: float64(o.Duration.Microseconds()) / 1000,
		})
	}
	return result
}

// Failure makes the response for an error.
func Failure(err error) *Response {
	return &Response{Version: Version, Error: failure(err)}
}

func failure(err error) *Error {
	e := &Error{Kind: MachineFault, Message: err.Error()}
	var source *compile.SourceError
	var request *compile.RequestError
	var limit *sandbox.LimitError
	var busy *preparingError
	switch {
	case errors.As(err, &source):
		e.Kind = SourceFault
		e.Message = source.Diagnostics[0].Message
		e.Diagnostics = diagnostics(source.Diagnostics)
	case errors.As(err, &request):
		e.Kind = RequestFault
	case errors.As(err, &busy):
		e.Kind = Busy
	case errors.As(err, &limit):
		// Not its own words: they name flags of a command that nobody has given here.
		e.Kind = LimitFault
		e.Message = fmt.Sprintf("compiling the function takes more than %s of %s", limit.Limit, limit.What)
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		e.Kind = Cancelled
	}
	return e
}

func diagnostics(list body.Diagnostics) []Diagnostic {
	out := make([]Diagnostic, len(list))
	for i, d := range list {
		out[i] = Diagnostic{Line: d.Line, Column: d.Column, Offset: d.Offset, Message: d.Message, Hint: d.Hint}
	}
	return out
}
