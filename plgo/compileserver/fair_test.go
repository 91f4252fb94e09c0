package compileserver

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whoever has many requests keeps nobody else waiting who has none there.
func TestFairToNewcomers(t *testing.T) {
	r := start(t, Options{Workers: 2}, time.Minute)
	var many []chan answer
	for i := range 12 {
		many = append(many, r.compileFor("many", fmt.Sprint("many ", i)))
	}
	for range 2 {
		<-r.begun
	}
	r.await("pgbuild_requests_now 12")
	for _, name := range []string{"alice", "bob", "carol", "dan"} {
		r.compileFor(name, name)
		if got := <-r.begun; got != name {
			t.Fatalf("%s begins, and not %s", got, name)
		}
	}
	// All places are taken: the next one comes to the first that is free.
	r.compileFor("late", "late")
	r.await("pgbuild_requests_now 17")
	for range 5 {
		r.leave <- struct{}{}
	}
	var begun []string
	for len(begun) == 0 || begun[len(begun)-1] != "late" {
		begun = append(begun, <-r.begun)
	}
	if len(begun) > 2 {
		t.Errorf("%q begin before the one that has nothing there", begun)
	}
	close(r.leave)
	for _, a := range many {
		if got := <-a; got.status != http.StatusOK {
			t.Errorf("%+v", got)
		}
	}
}

// Clients take turns, however many requests each has.
func TestTurns(t *testing.T) {
	g := newGate(Options{Workers: 1, Queue: 64, PerClient: 64}.withDefaults())
	g.options.Spare = 0
	enter := func(peer, name string) *ticket {
		ticket, err := g.admit(client{peer, name})
		if err != nil {
			t.Fatal(err)
		}
		g.mu.Lock()
		ticket.queued = true
		g.waiting = append(g.waiting, ticket)
		g.begin()
		g.mu.Unlock()
		return ticket
	}
	current := enter("server", "first")
	var waiting []*ticket
	for range 6 {
		waiting = append(waiting, enter("server", "many"))
	}
	waiting = append(waiting, enter("server", "few"), enter("server", "few"))
	// A stranger with many names is one stranger.
	for i := range 6 {
		waiting = append(waiting, enter("stranger", fmt.Sprint(i)))
	}
	var order []string
	for range 8 {
		g.leave(current)
		i := slices.IndexFunc(waiting, func(t *ticket) bool { return t.running })
		current = waiting[i]
		waiting = slices.Delete(waiting, i, i+1)
		order = append(order, current.client.peer[:2]+current.client.name)
	}
	// The server has had a turn, that of "first".
	if got, want := strings.Join(order, " "), "st0 semany st1 sefew st2 semany st3 sefew"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A full queue takes somebody with little in it, and refuses whoever has most of it.
func TestFullQueue(t *testing.T) {
	r := start(t, Options{Workers: 1, Spare: -1, Queue: 4, PerClient: 10}, time.Minute)
	var many []chan answer
	for i := range 5 {
		many = append(many, r.compileFor("many", fmt.Sprint(i)))
		r.await(fmt.Sprint("pgbuild_requests_now ", i+1))
		if i == 0 {
			<-r.begun
		}
	}
	if a := <-r.compileFor("many", "one more"); a.status != http.StatusServiceUnavailable {
		t.Errorf("%+v", a)
	}
	few := r.compileFor("few", "few")
	if a := <-many[4]; a.status != http.StatusServiceUnavailable {
		t.Errorf("the last of the many: %+v", a)
	}
	r.leave <- struct{}{}
	if name := <-r.begun; name != "few" {
		t.Errorf("%s begins", name)
	}
	close(r.leave)
	if a := <-few; a.status != http.StatusOK {
		t.Errorf("%+v", a)
	}
}

// Requests that are there in half keep no whole one out, wherever they have stopped.
func TestHalfRequests(t *testing.T) {
	r := start(t, Options{}, time.Minute)
	close(r.leave)
	for _, half := range []string{
		"",
		"POST /v1/comp",
		"POST /v1/compile HTTP/1.1\r\nHost: x\r\n",
		"POST /v1/compile HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
		"POST /v1/compile HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", // and then nothing
	} {
		for range 400 {
			c, err := net.Dial("unix", r.path)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, half)
		}
		if a := <-r.compile("f"); a.status != http.StatusOK {
			t.Errorf("after 400 times %q: %+v", half, a)
		}
		r.client.CloseIdleConnections()
	}
}

// The oldest go first, of the peer that has most, and with them what they hold.
func TestIntake(t *testing.T) {
	in := &intake{connections: 4, bytes: 3 * largeHalf}
	add := func(peer string) *conn {
		mine, other := net.Pipe()
		t.Cleanup(func() { other.Close() })
		c := &conn{Conn: mine, intake: in, peer: peer}
		in.begin(c)
		return c
	}
	open := func(c *conn) bool { return slices.Contains(in.halves, c) }
	a1, b1, a2, a3 := add("a"), add("b"), add("a"), add("a")
	add("a")
	if open(a1) || !open(b1) || !open(a2) {
		t.Error("not the oldest of the one with most has gone")
	}
	in.count(b1, largeHalf)
	in.count(a2, 2*largeHalf)
	in.count(a3, 1)
	if !open(b1) || open(a2) || !open(a3) || in.held != largeHalf+1 {
		t.Errorf("after too many bytes: %v, %d held", in.halves, in.held)
	}
	in.whole(b1)
	in.count(b1, 100*largeHalf)
	if in.held != 1 {
		t.Errorf("%d bytes are held", in.held)
	}
}
