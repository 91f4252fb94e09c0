package language

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/compileserver"
)

// slow takes the compiler longer than anybody waits: one function that is long.
var slow = "x, y := 1, 2\n" + strings.Repeat("x = x*31 + y%7; if x > y { y, x = x^5, y<<3 }\n", 20000) + "_ = x\n"

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
	address := "unix:" + filepath.Join(s.dir, "busy")
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
