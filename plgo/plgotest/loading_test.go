package plgotest

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplacedWhileLoading: a function that is replaced while another session waits for
// its first compile is the new one at that session's next call.
func TestReplacedWhileLoading(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "loading")
	asked, answer := make(chan struct{}), make(chan struct{})
	slow := delayed(t, s.Compiler, asked, answer)
	a, b := connect(t, s, "loading"), connect(t, s, "loading")
	b.exec("set check_function_bodies = off; create function f() returns text language plgo as $$ return \"old\" $$; reset check_function_bodies")
	a.exec("create table result (s text); set plgo.compiler = '" + slow + "'")
	running := a.begin("insert into result select f()")
	<-asked
	b.exec("create or replace function f() returns text language plgo as $$ return \"new\" $$")
	close(answer)
	if err := <-running; err != nil {
		t.Fatal(err)
	}
	a.want("select s from result", "old")
	a.want("select f()", "new")
}

// delayed offers a compiler that says when it is asked, and answers when it is told to.
func delayed(t *testing.T, compiler string, asked chan<- struct{}, answer <-chan struct{}) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgstd-delayed-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	// The server is another user.
	for name, mode := range map[string]os.FileMode{dir: 0o711, socket: 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "compiler"})
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(compiler, "unix:"))
	}}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		case <-answer: // a later request
		}
		<-answer
		proxy.ServeHTTP(w, r)
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "unix:" + socket
}
