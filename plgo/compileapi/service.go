package compileapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/plgo/compile"
	"github.com/pgstd/pgstd/target"
)

// Service compiles for all targets. Its compilers are made when they are first needed,
// one for each target and set of modules. The first one on a machine compiles the
// standard library, which takes minutes: no request has the time, so the service goes
// on with it when who has asked is gone.
type Service struct {
	// Sign, if not nil, makes the signature of an object. It is set before the
	// service is used.
	Sign func(data []byte, comment string) []byte
	// Modules are the sets of modules that functions may import: the name that a
	// request has for it, and its folder. That of the empty name is the default. It is
	// set before the service is used.
	Modules map[string]string
	// FindBase has a service begin no base that nobody waits for: it uses those that there are. One that ends
	// soon would begin it in vain. It is set before the service is used.
	FindBase bool
	// WorkAhead has each compiler keep a process ready for the next function, which takes some 30 MB of
	// memory. It is set before the service is used.
	WorkAhead bool

	options target.Options
	bases   provider
	ctx     context.Context // of what outlives requests
	stop    context.CancelFunc

	mu        sync.Mutex
	compilers map[compilerKey]*making
	working   sync.WaitGroup
}

type compilerKey struct {
	wanted
	policy string
	// ofSet says that the compiler, which is the same one, has the base of its set of modules, too.
	ofSet bool
}

// plain is the key of the compiler itself.
func (k compilerKey) plain() compilerKey {
	k.ofSet = false
	return k
}

// wanted is what a request compiles for.
type wanted struct {
	target target.Target
	onBase bool // modules, and not objects
}

func (w wanted) String() string {
	if w.onBase {
		return string(w.target) + OnBase
	}
	return string(w.target)
}

// making is a compiler that is being made. Compiler and err are there when done is closed.
type making struct {
	start    time.Time
	what     atomic.Value  // string: what it is at
	lacking  chan struct{} // closed when there turns out to be no base yet
	done     chan struct{}
	compiler *compile.Compiler
	err      error
}

func (m *making) isDone() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// preparingError says that a request came before the compiler.
type preparingError struct{ target wanted }

func (e *preparingError) Error() string {
	return fmt.Sprintf("the compiler for %s is being made ready; try again later", e.target)
}

// NewService makes a service with the options of every compiler; their target is not
// looked at.
func NewService(o target.Options) *Service {
	s := &Service{options: o, bases: machine{}, compilers: map[compilerKey]*making{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Prepare makes the compilers of targets before they are needed, for all sets of
// modules; without a target, for that of this machine.
func (s *Service) Prepare(ctx context.Context, targets ...target.Target) error {
	if len(targets) == 0 {
		targets = []target.Target{target.Host()}
	}
	for _, t := range targets {
		for _, policy := range s.policies() {
			if _, err := s.compiler(ctx, compilerKey{wanted: wanted{target: t}, policy: policy}); err != nil {
				return err
			}
			for _, key := range s.onBase(t, policy) {
				s.lookForBase(key)
			}
		}
	}
	return nil
}

// Ready waits until the compilers are there that a request needs, but not for longer
// than the request has time.
func (s *Service) Ready(ctx context.Context, r *Request) error {
	_, err := s.await(ctx, r)
	return err
}

// Preparing says what is being made that a request waits for, and how far that is: one
// line in ASCII. It is empty if there is nothing to wait for.
func (s *Service) Preparing(r *Request) string {
	targets, err := r.targets()
	if err != nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range targets {
		keys := []compilerKey{{wanted: wanted{target: t.target}, policy: r.Policy}}
		if t.onBase && r.Waits() {
			keys = s.onBase(t.target, r.Policy)
		}
		for _, key := range keys {
			if m := s.compilers[key]; m != nil && !m.isDone() {
				return fmt.Sprintf("%s for %s, once on this machine, for %.0f s so far", m.what.Load(), key.wanted, time.Since(m.start).Seconds())
			}
		}
	}
	return ""
}

// await returns the compilers of a request, in the order of its targets.
func (s *Service) await(ctx context.Context, r *Request) ([]*compile.Compiler, error) {
	if l := r.Limits.sandbox(); l.Timeout > 0 && !r.Prepare {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Timeout)
		defer cancel()
	}
	if names := s.policies(); !slices.Contains(names, r.Policy) {
		message := fmt.Sprintf("the compiler knows no policy %q", r.Policy)
		if len(names) > 1 {
			message += "; it knows " + strings.Join(names[1:], ", ")
		}
		return nil, &compile.RequestError{Message: message}
	}
	targets, err := r.targets()
	if err != nil {
		return nil, err
	}
	compilers := make([]*compile.Compiler, len(targets))
	for i, t := range targets {
		compilers[i], err = s.compilerFor(ctx, r, &t)
		if err != nil && ctx.Err() != nil {
			return nil, &preparingError{t}
		}
		if err != nil {
			return nil, err
		}
	}
	return compilers, nil
}

// compilerFor returns the compiler of one target of a request. Without a base, the target becomes one without.
func (s *Service) compilerFor(ctx context.Context, r *Request, t *wanted) (*compile.Compiler, error) {
	if t.onBase && !r.Waits() {
		t.onBase = s.hasBase(ctx, compilerKey{wanted: *t, policy: r.Policy})
	}
	c, err := s.compiler(ctx, compilerKey{wanted: *t, policy: r.Policy})
	if err != nil || !t.onBase || s.Modules[r.Policy] == "" {
		return c, err
	}
	// Who asks for a base has had a function compiled for it: it is there.
	if ofSet := (compilerKey{*t, r.Policy, true}); r.Waits() && r.Base == "" {
		_, err = s.compiler(ctx, ofSet)
	} else {
		s.hasBase(ctx, ofSet)
	}
	return c, err
}

// targets are those of a request.
func (r *Request) targets() ([]wanted, error) {
	if len(r.Targets) == 0 {
		return []wanted{{target: target.Host()}}, nil
	}
	targets := make([]wanted, len(r.Targets))
	for i, name := range r.Targets {
		name, onBase := strings.CutSuffix(name, OnBase)
		t, err := target.Parse(name)
		if err != nil {
			return nil, &compile.RequestError{Message: err.Error()}
		}
		w := wanted{t, onBase}
		if slices.Contains(targets[:i], w) {
			return nil, &compile.RequestError{Message: fmt.Sprintf("the request names target %s twice", w)}
		}
		targets[i] = w
	}
	return targets, nil
}

// policies are the names of all sets of modules, sorted; the empty one is always
// among them.
func (s *Service) policies() []string {
	names := slices.Collect(maps.Keys(s.Modules))
	if !slices.Contains(names, "") {
		names = append(names, "")
	}
	slices.Sort(names)
	return names
}

// begin has a compiler made. It is called with the lock held.
func (s *Service) begin(key compilerKey, p purpose) *making {
	m := &making{start: time.Now(), lacking: make(chan struct{}), done: make(chan struct{})}
	m.what.Store("looking for the standard library")
	s.compilers[key] = m
	s.working.Go(func() {
		m.compiler, m.err = s.make(key, m, p)
		close(m.done)
	})
	return m
}

// compiler waits for a compiler, and has it made if nobody has yet. One that could not
// be made is tried anew by the next who waits.
func (s *Service) compiler(ctx context.Context, key compilerKey) (*compile.Compiler, error) {
	for {
		s.mu.Lock()
		m := s.compilers[key]
		if m == nil || m.isDone() && m.err != nil {
			m = s.begin(key, forNow)
		}
		s.mu.Unlock()
		select {
		case <-m.done:
		default:
			select {
			case <-m.done:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		// Somebody who would not wait has only looked.
		if !errors.Is(m.err, base.ErrNone) {
			return m.compiler, m.err
		}
	}
}

// make makes a compiler.
func (s *Service) make(key compilerKey, m *making, p purpose) (*compile.Compiler, error) {
	if key.ofSet {
		return s.addSet(key, m, p)
	}
	o := s.options
	o.Target = key.target
	ctx := compile.Reporting(s.ctx, func(what string) { m.what.Store(what) })
	c, err := compile.New(ctx, o, s.Modules[key.policy])
	if err != nil {
		return nil, err
	}
	if key.onBase {
		err = s.getBase(ctx, c, m, key, p)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if s.WorkAhead {
		c.WorkAhead()
	}
	return c, nil
}

// Close ends what is being made and gives back what the compilers hold. The service is
// of no use afterwards.
func (s *Service) Close() error {
	s.stop()
	s.working.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for key, m := range s.compilers {
		if m.err == nil && !key.ofSet {
			errs = append(errs, m.compiler.Close())
		}
		delete(s.compilers, key)
	}
	return errors.Join(errs...)
}
