package compile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/loops"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/body"
)

// Type-checking a text takes as much time and memory as its author likes: constants and
// types can grow without bounds, and go/types cannot be interrupted. So what looks at a
// text is a process of its own, under the limits of all tools: this program, which finds
// out by its first argument that it is to be that.
const frontendName = "pgstd-frontend"

// frontendEnviron keeps the address space small that the process reserves and does not
// use, for a limit on it to mean something: libc's for each thread.
var frontendEnviron = []string{"MALLOC_ARENA_MAX=1", "GOMAXPROCS=2"}

func init() {
	if len(os.Args) >= 3 && os.Args[1] == frontendName {
		if err := frontend(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// frontRequest is what the process is asked.
type frontRequest struct {
	Function *Function
	Path     string // import path of the function's package
}

// front is what the process finds out about a text: the source files of a function, or
// what is wrong with it.
type front struct {
	Source      []byte
	Imports     []string
	Main        []byte
	Profile     []byte // of both, for the compiler
	Diagnostics body.Diagnostics
	Request     string // what is wrong with the request
}

// frontend is the process, which also runs the tools that compile what it has looked at. It reads
// beforehand what some packages have.
func frontend(prepared string, packages []string) error {
	// The garbage collector runs first when there are as many bytes again: it would go over what a few packages have
	// several times, and find nothing.
	ballast := make([]byte, 32<<20)
	defer runtime.KeepAlive(ballast)
	p, err := readPrepared(prepared)
	if err != nil {
		return err
	}
	importer := newPackageImporter(p)
	for _, path := range append(packages, kit.ModulePath+"/pg") {
		importer.Import(path) // who imports it hears what is wrong with it
	}
	return sandbox.Serve(func(request []byte) (any, error) {
		var r frontRequest
		if err := json.Unmarshal(request, &r); err != nil {
			return nil, err
		}
		return look(r.Function, r.Path, importer)
	})
}

// look makes the sources of a function, whose package has a path.
func look(f *Function, path string, importer *packageImporter) (*front, error) {
	author, main, err := wrap(f, importer)
	var source *SourceError
	var request *RequestError
	switch {
	case errors.As(err, &source):
		return &front{Diagnostics: source.Diagnostics}, nil
	case errors.As(err, &request):
		return &front{Request: request.Message}, nil
	case err != nil:
		return nil, err
	}
	main.ImportPath = path
	wrapper := main.Main()
	profile, err := loops.Profile(loops.Package{Path: path, File: author.Source}, loops.Package{Path: mainPath(path), File: wrapper})
	if err != nil {
		return nil, err
	}
	return &front{Source: author.Source, Imports: author.Imports, Main: wrapper, Profile: profile}, nil
}

// look has a process look at a function's text.
func (c *Compiler) look(ctx context.Context, k *kit.Kit, f *Function, path string) (*front, error) {
	var answer front
	err := k.Runner.Ask(ctx, frontRequest{f, path}, &answer)
	// Who makes many functions makes those that are like each other one after another.
	c.places.prepare(answer.Imports, c.bases.Load())
	switch limit := (*sandbox.LimitError)(nil); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &limit):
		return nil, limit
	case err != nil:
		return nil, fmt.Errorf("looking at the text of function %s: %w", f.Name, err)
	case answer.Request != "":
		return nil, &RequestError{answer.Request}
	case answer.Diagnostics != nil:
		return nil, &SourceError{answer.Diagnostics}
	}
	return &answer, nil
}
