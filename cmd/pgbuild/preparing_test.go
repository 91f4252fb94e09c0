package main

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"
)

// TestSayPreparing: lines as the handler reads them, and none after the end.
func TestSayPreparing(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	stop := sayPreparing(w, time.Millisecond, func() string { return "the library" })
	lines := bufio.NewScanner(r)
	for range 3 {
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), "pgbuild: preparing: ") || len(lines.Text()) > 200 {
			t.Fatalf("line %q", lines.Text())
		}
	}
	go io.Copy(io.Discard, r)
	stop()
	sayPreparing(failing{t}, time.Hour, func() string { return "the library" })()
}

type failing struct{ t *testing.T }

func (f failing) Write(data []byte) (int, error) {
	f.t.Errorf("written: %q", data)
	return len(data), nil
}
