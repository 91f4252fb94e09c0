package compileserver

import (
	"context"
	"net"
	"sync"
)

// intake is a listener that bounds what is connected and has not sent a request whole:
// connections, and bytes of them in memory. When there is too much of it, the oldest
// goes: whoever means it sends his request at once.
type intake struct {
	net.Listener
	connections int
	bytes       int64

	mu     sync.Mutex
	halves []*conn // that are not whole, the oldest first
	held   int64   // bytes of theirs
}

// conn is one connection.
type conn struct {
	net.Conn
	intake *intake
	peer   string
	size   int64 // read of the request that is not whole yet
}

// largeHalf is how much of a request makes it one that takes memory.
const largeHalf = 64 << 10

func (in *intake) Accept() (net.Conn, error) {
	raw, err := in.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, intake: in, peer: peerOf(raw)}
	in.begin(c)
	return c, nil
}

// begin notes that the next request of a connection is waited for.
func (in *intake) begin(c *conn) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.remove(c)
	in.halves = append(in.halves, c)
	if len(in.halves) > in.connections {
		in.evict(func(*conn) bool { return true })
	}
}

// evict closes the oldest connection among those of the peer that has most of them.
func (in *intake) evict(counts func(*conn) bool) {
	numbers := map[string]int{}
	most := 0
	for _, c := range in.halves {
		if counts(c) {
			numbers[c.peer]++
			most = max(most, numbers[c.peer])
		}
	}
	for _, c := range in.halves {
		if counts(c) && numbers[c.peer] == most {
			in.remove(c)
			c.Conn.Close()
			return
		}
	}
}

// whole notes that a request has been read.
func (in *intake) whole(c *conn) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.remove(c)
}

func (in *intake) remove(c *conn) {
	for i, h := range in.halves {
		if h == c {
			in.halves = append(in.halves[:i], in.halves[i+1:]...)
			in.held -= c.size
			break
		}
	}
	c.size = 0
}

func (in *intake) count(c *conn, n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, h := range in.halves {
		if h == c {
			c.size += int64(n)
			in.held += int64(n)
		}
	}
	if in.held > in.bytes {
		in.evict(func(c *conn) bool { return c.size > largeHalf })
	}
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.intake.count(c, n)
	return n, err
}

func (c *conn) Close() error {
	c.intake.whole(c)
	return c.Conn.Close()
}

type connKey struct{}

// withConn gives requests their connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf returns a request's connection.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}
