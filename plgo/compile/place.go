package compile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/sandbox"
)

// place is where one function is compiled: a private folder, and a sandbox in which the process that
// looks at texts waits for this one. It is never used for another function.
type place struct {
	work   kit.Kit // that has them
	worker *sandbox.Worker
	bases  *bases // that can be read there
}

// places makes them, and if it works ahead, keeps one ready.
type places struct {
	make func(imports []string, on *bases) (*place, error)

	mu      sync.Mutex
	ahead   bool
	next    chan *place // gets one that is being made; nil: none is
	working sync.WaitGroup
}

// take returns a place for one function, where some bases can be read.
func (p *places) take(on *bases) (*place, error) {
	p.mu.Lock()
	next := p.next
	p.next = nil
	p.mu.Unlock()
	if next != nil {
		if ready := <-next; ready != nil {
			if ready.bases == on && ready.usable() {
				return ready, nil
			}
			ready.close()
		}
	}
	return p.make(nil, on)
}

// prepare has a place made for the next function, if there is none, where what some packages have
// has been read before anybody asks.
func (p *places) prepare(imports []string, on *bases) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ahead || p.next != nil {
		return
	}
	next := make(chan *place, 1)
	p.next = next
	p.working.Go(func() {
		ready, err := p.make(imports, on)
		if err != nil {
			ready = nil // who takes it tries again, and hears what is wrong
		}
		next <- ready
	})
}

// workAhead has a place made now, and one whenever a text has been looked at.
func (p *places) workAhead(ahead bool, on *bases) {
	p.mu.Lock()
	p.ahead = ahead
	p.mu.Unlock()
	p.prepare(nil, on)
}

// close gives back what is ready.
func (p *places) close() error {
	p.workAhead(false, nil)
	p.working.Wait()
	if p.next == nil {
		return nil
	}
	ready := <-p.next
	if ready == nil {
		return nil
	}
	return ready.close()
}

// WorkAhead has a compiler make ready now, and again whenever it has begun a function, what it takes to compile the
// next one: a process that waits; and it reads its bases. It is called after FindBase, MakeBase and the like.
func (c *Compiler) WorkAhead() {
	on := c.bases.Load()
	c.places.workAhead(true, on)
	for _, b := range on.all() {
		c.places.working.Go(func() { b.Load() }) // that it cannot be read, the first function says
	}
}

// makePlace makes a place. What runs there sees the compiled packages, Go and the linker.
func (c *Compiler) makePlace(imports []string, on *bases) (*place, error) {
	p := &place{work: *c.kit, bases: on}
	k := &p.work
	var err error
	if k.Work, _, err = kit.Workspace(); err != nil {
		return nil, err
	}
	readOnly := []string{c.prepared.dir, k.Golang.Root, k.Linker, filepath.Dir(k.Linker)}
	for _, b := range on.all() {
		readOnly = append(readOnly, filepath.Dir(b.Path()))
	}
	p.worker, err = k.Runner.Within(sandbox.Limits{Output: maxOutput}).With(readOnly, []string{k.Work}).
		Worker(k.Work, append(k.ToolEnviron(k.Work), frontendEnviron...), slices.Concat([]string{frontendName, c.prepared.dir}, imports)...)
	if err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return p, nil
}

// usable reports whether a place is still there, which may have waited for days: its process, and the
// folder, which may lie where old things are cleared away.
func (p *place) usable() bool {
	info, err := os.Lstat(p.work.Work)
	return err == nil && info.IsDir() && p.worker.Alive()
}

// close ends what runs in a place, and removes the folder.
func (p *place) close() error { return errors.Join(p.worker.Close(), p.work.Close()) }
