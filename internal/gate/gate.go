// Package gate has the source gate judge what a build takes in while the compiler works,
// and keeps what comes out of the compiler back until there is a verdict.
package gate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/provenance"
	"github.com/pgstd/pgstd/trust/source"
)

// Gate is the source gate at work beside the compiler, which runs none of the code
// that it compiles: what it makes gets its name only if the gate is content.
type Gate struct {
	compile  context.Context // of the compiler: done if there is no use in going on
	compiled chan struct{}   // closed when the compiler is done
	cancel   context.CancelFunc
	done     chan struct{} // closed when result and err are there
	Policy   *policy.Policy
	Result   *source.Result
	err      error
	all      bool // findings are listed one by one
}

// Start begins to judge what a build takes in; names in findings are relative to
// base. Nil, if nobody wants to know.
func Start(ctx context.Context, k *kit.Kit, m *extension.Module, base, dir, pattern string, moduleFlags []string) (*Gate, error) {
	if k.Unchecked {
		return nil, nil
	}
	p, err := policy.Find(k.Policy, m.Dir, source.Acceptable())
	if err != nil {
		return nil, err
	}
	k.Reviewed = Reviewed(p)
	if special := source.Special(k.Sources...); special != nil {
		result := &source.Result{Findings: special}
		result.Relative(base)
		return nil, &source.Refused{Result: result}
	}
	compile, refuse := context.WithCancelCause(ctx)
	ctx, stop := context.WithCancel(ctx)
	cancel := func() { stop(); refuse(nil) }
	g := &Gate{Policy: p, all: k.AllFindings, compile: compile, compiled: make(chan struct{}), done: make(chan struct{}), cancel: cancel}
	cfg := Config(k, m, dir, moduleFlags, pattern)
	cfg.Compiled = g.compiled
	go func() {
		defer close(g.done)
		defer g.tell(refuse)
		g.Result, g.err = Judge(ctx, k, cfg, p)
		if g.err == nil && LacksModules(g.Result) != nil && !k.Offline {
			// The build fetches them, if it can, and then there is more to judge.
			select {
			case <-g.compiled:
				g.Result, g.err = Judge(ctx, k, cfg, p)
			case <-ctx.Done():
			}
		}
	}()
	return g, nil
}

// Judge runs the source gate, for as long as a tool may run. What it computes cannot be
// interrupted: it is left behind, and has no effect.
func Judge(ctx context.Context, k *kit.Kit, cfg source.Config, p *policy.Policy) (*source.Result, error) {
	limit := cmp.Or(k.Limits.Timeout, sandbox.DefaultLimits.Timeout)
	over := &sandbox.LimitError{Program: "the source gate", What: "time", Limit: limit.String(), Flag: "--timeout"}
	limited, stop := context.WithTimeoutCause(ctx, limit, over)
	defer stop()
	type outcome struct {
		result *source.Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := source.Run(limited, cfg, p, k.Deps)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		if o.err != nil && limited.Err() != nil {
			o.err = context.Cause(limited)
		}
		return o.result, o.err
	case <-limited.Done():
		return nil, context.Cause(limited)
	}
}

// Context is for a compiler that works beside the gate.
func (g *Gate) Context(ctx context.Context) context.Context {
	if g == nil {
		return ctx
	}
	return g.compile
}

// compilerSays reports whether the compiler stumbles over a finding too: it, and what is
// made of its errors, explains better.
func compilerSays(f source.Finding) bool { return f.Rule == "types" || f.Rule == "absent-package" }

var errRefused = errors.New("the source is refused")

// tell ends the compiler if the source is refused for what the compiler would not
// mind: that may have been written to keep it busy.
func (g *Gate) tell(refuse context.CancelCauseFunc) {
	if g.err == nil && slices.ContainsFunc(g.Result.Findings, func(f source.Finding) bool { return !compilerSays(f) }) {
		refuse(errRefused)
	}
}

// Refused reports whether the gate has ended the compiler.
func (g *Gate) Refused() bool { return g != nil && context.Cause(g.compile) == errRefused }

// Stop ends a gate, whether somebody still wants its verdict or not. When it
// returns, nothing of the gate runs any more.
func (g *Gate) Stop() {
	if g != nil {
		g.cancel()
		<-g.done
	}
}

// Pass waits for the verdict; names in it are relative to base. failed is what the
// compiler has to say, which explains better than the gate what does not type-check.
func (g *Gate) Pass(base string, failed error) error {
	if g == nil {
		return failed
	}
	close(g.compiled)
	<-g.done
	if g.err != nil {
		return errors.Join(failed, g.err)
	}
	if g.Refused() {
		failed = nil
	}
	if failed != nil {
		g.Result.Findings = slices.DeleteFunc(g.Result.Findings, compilerSays)
	}
	if g.Result.OK() {
		if failed == nil {
			failed = g.Result.Unchanged()
		}
		return failed
	}
	g.Result.Relative(base)
	return errors.Join(failed, &source.Refused{Result: g.Result, All: g.all})
}

// Record is a verdict that was good, for the provenance; nil without a gate.
func (g *Gate) Record() *provenance.Source {
	if g == nil {
		return nil
	}
	s := &provenance.Source{Verdict: "passed"}
	if text := g.Policy.Text(); len(text) > 0 {
		s.Policy = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	for _, f := range g.Result.Accepted {
		s.Accepted = append(s.Accepted, f.Module+": "+f.Rule)
	}
	slices.Sort(s.Accepted)
	s.Accepted = slices.Compact(s.Accepted)
	return s
}

// LacksModules returns what the go command says of modules that are not there.
func LacksModules(r *source.Result) error {
	for _, f := range r.Findings {
		err := errors.New(f.Message)
		if _, some := kit.Missing(err); some && f.Rule == "types" {
			return err
		}
	}
	return nil
}

func Config(k *kit.Kit, m *extension.Module, dir string, moduleFlags []string, patterns ...string) source.Config {
	return source.Config{
		Dir:      dir,
		Patterns: patterns,
		Go:       k.Run,
		// As the build has it: without, the go command would compile all packages once more, to
		// know their types.
		BuildFlags:  slices.Concat([]string{"-buildmode=c-archive"}, k.Flags(k.Overlay.JSON), moduleFlags),
		GOARCH:      k.Target.GOARCH(),
		Library:     k.Types(),
		ModuleDir:   m.Dir,
		ModCache:    k.Golang.ModCache,
		Vendored:    k.Vendored,
		Kit:         k.Carried,
		MaxTime:     k.Limits.CPU,
		MaxMemory:   k.Limits.Memory,
		CacheDir:    filepath.Join(k.CacheDir, "gate"),
		StrictFiles: k.StrictFiles,
		Key: fmt.Sprintf("%s %s %s %q %q", k.Golang.Version, k.Golang.Root, k.Overlay.Hash,
			strings.Join(overlay.Tags, ","), k.Target),
	}
}
