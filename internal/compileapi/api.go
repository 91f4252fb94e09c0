// Package compileapi is the compiler for functions of a procedural language over a
// process boundary: JSON in, JSON out, as docs/compile.md describes it. It decodes and
// encodes, and picks the compiler of each target; package target does the work.
package compileapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/pgstd/pgstd/internal/body"
	"github.com/pgstd/pgstd/target"
)

// Version is that of the requests and responses.
const Version = 1

// MaxRequest is how long a request may be, in bytes.
const MaxRequest = 16 << 20

// Request asks for a function's objects.
type Request struct {
	Version int `json:"version"`
	// Targets are what to compile for; none is the machine that the compiler runs on.
	Targets  []string        `json:"targets,omitempty"`
	Function target.Function `json:"function"`
}

// Response is the answer to a Request: objects, or an error.
type Response struct {
	Version  int      `json:"version"`
	Go       string   `json:"go,omitempty"`
	Kit      string   `json:"kit,omitempty"`
	Objects  []Object `json:"objects,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Error    *Error   `json:"error,omitempty"`
}

// Object is a function's object for one target.
type Object struct {
	Target       string  `json:"target"`
	Digest       string  `json:"digest"` // SHA-256, hexadecimal
	Milliseconds float64 `json:"milliseconds"`
	Cached       bool    `json:"cached"`
	Data         []byte  `json:"data"` // base64
}

// ErrorKind says whose fault an error is.
type ErrorKind string

// The kinds of errors.
const (
	SourceFault  ErrorKind = "source"  // of the function's text
	RequestFault ErrorKind = "request" // of the rest of the request
	Cancelled    ErrorKind = "cancelled"
	Busy         ErrorKind = "busy"     // try again later
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
}

// Service compiles for all targets. Its compilers are made when they are first needed.
type Service struct {
	options target.Options

	mu        sync.Mutex
	compilers map[target.Target]*target.Compiler
}

// NewService makes a service with the options of every compiler; their target is not
// looked at.
func NewService(o target.Options) *Service {
	return &Service{options: o, compilers: map[target.Target]*target.Compiler{}}
}

// Decode reads a request. What it does not know it refuses: a field that is not
// understood may be one that matters.
func Decode(data []byte) (*Request, error) {
	if len(data) > MaxRequest {
		return nil, &target.RequestError{Message: fmt.Sprintf("the request is longer than %d MB", MaxRequest>>20)}
	}
	var r Request
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, &target.RequestError{Message: "the request is no JSON of the known form: " + err.Error()}
	}
	if r.Version != Version {
		return nil, &target.RequestError{Message: fmt.Sprintf("the request has version %d; this compiler knows version %d", r.Version, Version)}
	}
	return &r, nil
}

// Compile answers a request.
func (s *Service) Compile(ctx context.Context, r *Request) *Response {
	response := &Response{Version: Version}
	targets := r.Targets
	if len(targets) == 0 {
		targets = []string{string(target.Host())}
	}
	for _, name := range targets {
		t, err := target.Parse(name)
		if err != nil {
			return Failure(&target.RequestError{Message: err.Error()})
		}
		c, err := s.compiler(ctx, t)
		if err != nil {
			return Failure(err)
		}
		o, err := c.Compile(ctx, &r.Function)
		if err != nil {
			return Failure(err)
		}
		response.Go, response.Kit, response.Warnings = o.Go, o.Kit, o.Warnings
		response.Objects = append(response.Objects, Object{
			Target: string(t), Digest: o.Digest, Cached: o.Cached, Data: o.Data,
			Milliseconds: float64(o.Duration.Microseconds()) / 1000,
		})
	}
	return response
}

// compiler returns the compiler of a target. One that could not be made is tried anew.
func (s *Service) compiler(ctx context.Context, t target.Target) (*target.Compiler, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.compilers[t]; c != nil {
		return c, nil
	}
	o := s.options
	o.Target = t
	c, err := target.NewCompiler(ctx, o)
	if err == nil {
		s.compilers[t] = c
	}
	return c, err
}

// Failure makes the response for an error.
func Failure(err error) *Response {
	e := &Error{Kind: MachineFault, Message: err.Error()}
	var source *target.SourceError
	var request *target.RequestError
	switch {
	case errors.As(err, &source):
		e.Kind = SourceFault
		e.Message = source.Diagnostics[0].Message
		e.Diagnostics = diagnostics(source.Diagnostics)
	case errors.As(err, &request):
		e.Kind = RequestFault
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		e.Kind = Cancelled
	}
	return &Response{Version: Version, Error: e}
}

func diagnostics(list body.Diagnostics) []Diagnostic {
	out := make([]Diagnostic, len(list))
	for i, d := range list {
		out[i] = Diagnostic{Line: d.Line, Column: d.Column, Offset: d.Offset, Message: d.Message}
	}
	return out
}
