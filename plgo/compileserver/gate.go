package compileserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// gate lets a bounded number of requests in, and to the compiler in turn: who has the
// fewest requests there comes first, so a client with many keeps those with one from
// nothing but their share.
type gate struct {
	options Options

	mu       sync.Mutex
	peers    map[string]*share
	clients  map[client]*share
	inside   int // waiting or compiling
	running  int
	turns    uint64
	waiting  []*ticket // by arrival
	stopping bool
}

// client is who a request is for.
type client struct {
	peer string // whom the kernel knows
	name string // of one that the peer works for
}

// share is what one client, or peer, has of the server.
type share struct {
	inside, running int
	turn            uint64 // when it had a turn the last time
}

// ticket is a request's place.
type ticket struct {
	client client
	// done is closed when the request may compile, or is refused for err.
	done    chan struct{}
	err     error
	queued  bool
	running bool
}

func newGate(o Options) *gate {
	return &gate{options: o, peers: map[string]*share{}, clients: map[client]*share{}}
}

var errTooBusy = errors.New("the compiler has been too busy to begin; try again later")

// admit takes a request in. It fails at once if there are too many already. Whoever was
// admitted is to leave.
func (g *gate) admit(c client) (*ticket, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.clients[c]
	if own == nil {
		own = &share{}
	}
	switch {
	case g.stopping:
		return nil, errors.New("the compiler is stopping")
	case own.inside >= g.options.PerClient:
		return nil, fmt.Errorf("the compiler is busy with as many requests of this client as it takes (%d); try again later", g.options.PerClient)
	case g.inside-g.running >= g.options.Queue+g.free(own) && !g.makeRoom(own):
		return nil, fmt.Errorf("the compiler is busy: %d requests compile and %d wait; try again later", g.options.Workers, g.options.Queue)
	}
	g.clients[c] = own
	if g.peers[c.peer] == nil {
		g.peers[c.peer] = &share{}
	}
	g.inside++
	own.inside++
	g.peers[c.peer].inside++
	return &ticket{client: c, done: make(chan struct{})}, nil
}

// free is how many more requests of a client could compile now.
func (g *gate) free(own *share) int {
	if n := g.options.Workers - g.running; n > 0 {
		return n
	}
	if own.running == 0 && g.running < g.options.Workers+g.options.Spare {
		return 1
	}
	return 0
}

// makeRoom refuses the last request of the client that has most of the queue, for one
// that would have less of it.
func (g *gate) makeRoom(own *share) bool {
	longest := own
	for _, t := range g.waiting {
		if s := g.clients[t.client]; s.inside > longest.inside {
			longest = s
		}
	}
	if longest.inside <= own.inside+1 {
		return false
	}
	for i, t := range slices.Backward(g.waiting) {
		if g.clients[t.client] == longest {
			g.waiting = slices.Delete(g.waiting, i, i+1)
			t.queued = false
			t.refuse(errTooBusy)
			g.forget(t)
			break
		}
	}
	return true
}

func (t *ticket) refuse(err error) {
	t.err = err
	close(t.done)
}

// wait returns when a request may compile.
func (g *gate) wait(ctx context.Context, t *ticket) error {
	g.mu.Lock()
	t.queued = true
	g.waiting = append(g.waiting, t)
	g.begin()
	g.mu.Unlock()
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return errTooBusy
	}
}

// begin lets as many requests to the compiler as there is room for.
func (g *gate) begin() {
	for {
		next := -1
		for i, t := range g.waiting {
			if g.free(g.clients[t.client]) > 0 && (next < 0 || g.before(t, g.waiting[next])) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		t := g.waiting[next]
		g.waiting = slices.Delete(g.waiting, next, next+1)
		t.queued, t.running = false, true
		g.running++
		g.turns++
		for _, s := range []*share{g.peers[t.client.peer], g.clients[t.client]} {
			s.running++
			s.turn = g.turns
		}
		close(t.done)
	}
}

// before says whether a request comes before an earlier one.
func (g *gate) before(t, earlier *ticket) bool {
	for _, s := range [][2]*share{
		{g.peers[t.client.peer], g.peers[earlier.client.peer]},
		{g.clients[t.client], g.clients[earlier.client]},
	} {
		if s[0].running != s[1].running {
			return s[0].running < s[1].running
		}
		if s[0].turn != s[1].turn {
			return s[0].turn < s[1].turn
		}
	}
	return false
}

// leave ends a request, whatever has become of it.
func (g *gate) leave(t *ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t.err != nil {
		return // it has been forgotten
	}
	if t.queued {
		g.waiting = slices.DeleteFunc(g.waiting, func(o *ticket) bool { return o == t })
	}
	if t.running {
		g.running--
		g.peers[t.client.peer].running--
		g.clients[t.client].running--
	}
	g.forget(t)
	g.begin()
}

func (g *gate) forget(t *ticket) {
	g.inside--
	if s := g.peers[t.client.peer]; s.inside == 1 {
		delete(g.peers, t.client.peer)
	} else {
		s.inside--
	}
	if s := g.clients[t.client]; s.inside == 1 {
		delete(g.clients, t.client)
	} else {
		s.inside--
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
