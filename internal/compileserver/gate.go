package compileserver

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// gate lets a bounded number of requests in.
type gate struct {
	options Options
	slots   chan struct{}

	mu       sync.Mutex
	inside   int            // waiting or compiling
	clients  map[string]int // of each client
	stopping bool
}

func newGate(o Options) *gate {
	return &gate{options: o, slots: make(chan struct{}, o.Workers), clients: map[string]int{}}
}

// enter waits until a request that was admitted may compile, and returns what to call
// afterwards.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-ctx.Done():
		return nil, errors.New("the compiler has been too busy to begin; try again later")
	}
}

// admit takes a request of a client in. It fails at once if there are too many already.
// Whoever was admitted is to be dismissed.
func (g *gate) admit(client string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.stopping:
		return errors.New("the compiler is stopping")
	case g.inside >= g.options.Workers+g.options.Queue:
		return fmt.Errorf("the compiler is busy: %d requests compile and %d wait; try again later", g.options.Workers, g.options.Queue)
	case g.clients[client] >= g.options.PerClient:
		return fmt.Errorf("the compiler is busy with as many requests of this client as it takes (%d); try again later", g.options.PerClient)
	}
	g.inside++
	g.clients[client]++
	return nil
}

func (g *gate) dismiss(client string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.clients[client]--; g.clients[client] == 0 {
		delete(g.clients, client)
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopping = true
}

func (g *gate) closed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopping
}

// load returns how many requests wait or compile.
func (g *gate) load() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside
}
