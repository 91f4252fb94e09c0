package plgotest

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/plgo/compileserver"
)

// slow takes the compiler longer than anybody waits: one function that is long.
var slow = "{\nx, y := 1, 2\n" + strings.Repeat("x = x*31 + y%7; if x > y { y, x = x^5, y<<3 }\n", 20000) + "_ = x\n}\n"

// TestCompileLimits: what compiling may take is the parameters' to say, and the message
// says which they are. Nothing is left of a function that takes more.
func TestCompileLimits(t *testing.T) {
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	for set, want := range map[string]string{
		"plgo.compile_timeout = '1s'":  "compiling the function takes more than 1s of time",
		"plgo.compile_memory = '64MB'": "compiling the function takes more than 64 MB of memory",
	} {
		_, err := s.Query(t.Context(), "set "+set+"; create function slow() returns void language plgo as $$ "+slow+" $$")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `A superuser can raise "plgo.compile_timeout" and "plgo.compile_memory"`) {
			t.Errorf("%s: %v", set, err)
		}
	}
	if out, err := s.Query(t.Context(), "select count(*) from pg_proc where proname = 'slow'"); err != nil || strings.TrimSpace(out) != "0" {
		t.Errorf("%q, %v", out, err)
	}
}

// TestFairToRoles: twelve sessions of one role that have the compiler busy for long keep
// another role from nothing.
func TestFairToRoles(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "fair_to_roles")
	boss := connect(t, s, "fair_to_roles")
	boss.exec("create role fair_many; create role fair_alice; grant create on schema public to fair_many, fair_alice")
	var ended []<-chan error
	for i := range 12 {
		c := connect(t, s, "fair_to_roles")
		c.exec("set session authorization fair_many")
		ended = append(ended, c.begin(fmt.Sprintf("create function slow%d() returns void language plgo as $$ %s%s $$", i, slow, slow)))
	}
	boss.until("select count(*) = 12 from pg_stat_activity where wait_event_type = 'Extension' and usename is not null and datname = current_database()")
	alice := connect(t, s, "fair_to_roles")
	alice.exec("set session authorization fair_alice; create function quick() returns int language plgo as $$ return 1 $$")
	alice.want("select quick()::text", "1")
	running := 0
	for _, e := range ended {
		select {
		case <-e:
		default:
			running++
		}
	}
	if running == 0 {
		t.Error("alice has waited for all the others")
	}
	boss.exec("select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and query like 'create function slow%'")
	for _, e := range ended {
		<-e
	}
}

// TestBusyCompiler: a compiler that has too much to do says so, and the function's
// author hears it.
func TestBusyCompiler(t *testing.T) {
	s, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	address := "unix:" + filepath.Join(s.dir.Path, "busy")
	l, err := compileserver.Listen(address, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, `{"version":1,"error":{"kind":"busy","message":"the compiler is busy: 2 requests compile and 64 wait; try again later"}}`)
	})}
	go server.Serve(l)
	defer server.Close()
	_, err = s.Query(ctx, "set plgo.compiler = '"+address+"'; create function f() returns int language plgo as $$ return 1 $$")
	if err == nil || !strings.Contains(err.Error(), "the compiler is busy: 2 requests compile and 64 wait; try again later") {
		t.Errorf("got %v", err)
	}
}
