package compileapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/plgo/compile"
	"github.com/pgstd/pgstd/target"
)

// What a service does about bases. A compiler with a base is another one than that without, as it is there later; the base
// of its set of modules, the same compiler gets when that is there. So nobody waits for a set who has no use for it.

// provider gets a compiler its base, or the one of its set of modules.
type provider interface {
	find(ctx context.Context, c *compile.Compiler, ofSet bool) error // base.ErrNone: it has not been made
	make(ctx context.Context, c *compile.Compiler, ofSet, aside bool) error
}

// machine has the bases of this machine.
type machine struct{}

func (machine) find(ctx context.Context, c *compile.Compiler, ofSet bool) error {
	if ofSet {
		return c.FindSetBase(ctx)
	}
	return c.FindBase(ctx)
}

func (machine) make(ctx context.Context, c *compile.Compiler, ofSet, aside bool) error {
	if ofSet {
		return c.MakeSetBase(ctx, aside)
	}
	return c.MakeBase(ctx, aside)
}

// PrepareBase makes the bases of a target's functions, for all sets of modules.
func (s *Service) PrepareBase(ctx context.Context, t target.Target) error {
	for _, policy := range s.policies() {
		for _, key := range s.onBase(t, policy) {
			if _, err := s.compiler(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// onBase are the keys of a compiler with a base, and with that of its set of modules, if it has one.
func (s *Service) onBase(t target.Target, policy string) []compilerKey {
	keys := []compilerKey{{wanted: wanted{t, true}, policy: policy}}
	if s.Modules[policy] != "" {
		keys = append(keys, compilerKey{wanted{t, true}, policy, true})
	}
	return keys
}

// lookForBase has a service that stays get ready for a base that has been made, before anybody asks.
func (s *Service) lookForBase(key compilerKey) {
	if s.FindBase || !s.WorkAhead {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compilers[key] == nil {
		s.begin(key, toFind)
	}
}

// hasBase reports whether there is a compiler for a base, for whom it waits as long as it takes to look for a base that
// has been made. If none has, it has that made for those who come later, unless it is only to be found; that it
// could not be made is for those to hear who wait for it.
func (s *Service) hasBase(ctx context.Context, key compilerKey) bool {
	s.mu.Lock()
	m := s.compilers[key]
	switch {
	case m == nil && s.FindBase:
		m = s.begin(key, toFind)
	case m == nil, !s.FindBase && m.isDone() && errors.Is(m.err, base.ErrNone):
		m = s.begin(key, forLater)
	}
	s.mu.Unlock()
	select {
	case <-m.lacking:
	case <-m.done:
	case <-ctx.Done():
	}
	return m.isDone() && m.err == nil
}

// purpose says what a compiler for a base is made for, and so what becomes of it if there is no base.
type purpose int

const (
	toFind   purpose = iota // a base that has been made: there is no compiler
	forLater                // those who come: the base is made aside
	forNow                  // somebody who waits: the base is made
)

// getBase finds a compiler's base, or has it made for those who want that.
func (s *Service) getBase(ctx context.Context, c *compile.Compiler, m *making, key compilerKey, p purpose) error {
	err := s.bases.find(ctx, c, key.ofSet)
	if errors.Is(err, base.ErrNone) && p != toFind {
		close(m.lacking)
		err = s.bases.make(ctx, c, key.ofSet, p == forLater)
	}
	return err
}

// addSet gives a compiler that has a base, or gets one, the base of its set of modules.
func (s *Service) addSet(key compilerKey, m *making, p purpose) (*compile.Compiler, error) {
	var c *compile.Compiler
	var err error
	if p == forNow {
		c, err = s.compiler(s.ctx, key.plain())
	} else {
		c, err = s.found(key.plain())
	}
	if err != nil {
		return nil, err
	}
	ctx := compile.Reporting(s.ctx, func(what string) { m.what.Store(what) })
	if err := s.getBase(ctx, c, m, key, p); err != nil {
		return nil, err
	}
	if why := c.Lacks(); why != "" && s.options.Warn != nil {
		s.options.Warn(fmt.Sprintf("functions that import modules of %s have objects of their own: %s", s.Modules[key.policy], why))
	}
	if s.WorkAhead {
		c.WorkAhead()
	}
	return c, nil
}

// found waits for a compiler that is there, or is looked for.
func (s *Service) found(key compilerKey) (*compile.Compiler, error) {
	s.mu.Lock()
	m := s.compilers[key]
	if m == nil {
		m = s.begin(key, toFind)
	}
	s.mu.Unlock()
	<-m.done
	return m.compiler, m.err
}
