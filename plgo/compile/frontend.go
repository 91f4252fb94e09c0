package compile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/kit"
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
	if len(os.Args) == 4 && os.Args[1] == frontendName {
		if err := frontend(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// frontRequest is what the process reads.
type frontRequest struct {
	Function *Function
	Path     string // import path of the function's package
	Prepared string // folder
}

// front is what the process finds out about a text: the source files of a function, or
// what is wrong with it.
type front struct {
	Source      []byte
	Imports     []string
	Main        []byte
	Diagnostics body.Diagnostics
	Request     string // what is wrong with the request
}

// frontend reads a request from a file and writes the answer to another.
func frontend(in, out string) error {
	data, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var r frontRequest
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	p, err := readPrepared(r.Prepared)
	if err != nil {
		return err
	}
	answer, err := look(r.Function, r.Path, newPackageImporter(p))
	if err != nil {
		return err
	}
	if data, err = json.Marshal(answer); err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o600)
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
	return &front{Source: author.Source, Imports: author.Imports, Main: main.Main()}, nil
}

// look has a process look at a function's text.
func (c *Compiler) look(ctx context.Context, k *kit.Kit, f *Function, path string) (*front, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("looking for this program: %w", err)
	}
	data, err := json.Marshal(frontRequest{Function: f, Path: path, Prepared: c.prepared.dir})
	if err != nil {
		return nil, err
	}
	in, out := filepath.Join(k.Work, "request.json"), filepath.Join(k.Work, "front.json")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		return nil, err
	}
	said, err := k.Runner.With([]string{c.prepared.dir, self}, []string{k.Work}).
		Command(ctx, k.Work, append(k.ToolEnviron(k.Work), frontendEnviron...), self, frontendName, in, out).CombinedOutput()
	switch limit := (*sandbox.LimitError)(nil); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &limit):
		return nil, limit
	case err != nil:
		return nil, fmt.Errorf("looking at the text of function %s: %w: %s", f.Name, err, said)
	}
	var answer front
	if data, err = os.ReadFile(out); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, err
	}
	switch {
	case answer.Request != "":
		return nil, &RequestError{answer.Request}
	case answer.Diagnostics != nil:
		return nil, &SourceError{answer.Diagnostics}
	}
	return &answer, nil
}
