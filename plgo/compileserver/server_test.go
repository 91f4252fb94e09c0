package compileserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgstd/pgstd/plgo/compileapi"
)

// stub is a compiler whose requests wait until they are let go.
type stub struct {
	begun    chan string   // names of functions that are being compiled
	leave    chan struct{} // lets one request go
	prepared chan struct{} // closed when the compiler of function "slow" is ready
}

func newStub() *stub {
	return &stub{begun: make(chan string, 100), leave: make(chan struct{}, 100), prepared: make(chan struct{})}
}

func (s *stub) Preparing(*compileapi.Request) string { return "compiling the library" }

func (s *stub) Ready(ctx context.Context, r *compileapi.Request) error {
	switch r.Functions[0].Name {
	case "unprepared":
	case "slow":
		select {
		case <-s.prepared:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	default:
		return nil
	}
	s.begun <- "unprepared"
	<-ctx.Done()
	return ctx.Err()
}

func (s *stub) Compile(ctx context.Context, r *compileapi.Request) *compileapi.Response {
	s.begun <- r.Functions[0].Name
	select {
	case <-s.leave:
	case <-ctx.Done():
		return compileapi.Failure(ctx.Err())
	}
	response := &compileapi.Response{Version: compileapi.Version}
	for _, f := range r.Functions {
		result := compileapi.Result{Objects: []compileapi.Object{{Cached: f.Name == "cached"}}}
		if f.Name == "wrong" {
			result = compileapi.Result{Error: &compileapi.Error{Kind: compileapi.SourceFault, Message: "wrong"}}
		}
		response.Results = append(response.Results, result)
	}
	return response
}

// running is a server at a socket.
type running struct {
	*stub
	t      *testing.T
	path   string
	client http.Client
	stop   context.CancelFunc
	done   chan error
}

func start(t *testing.T, o Options, grace time.Duration) *running {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := Listen("unix:"+path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{stub: newStub(), t: t, path: path, done: make(chan error, 1)}
	r.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	server := New(r.stub, o)
	go func() { r.done <- server.Serve(ctx, l, grace) }()
	t.Cleanup(stop)
	return r
}

// TestPreparing: a client that waits for the compiler hears what is made, its time begins
// after that, and one that goes meanwhile takes its place with it.
func TestPreparing(t *testing.T) {
	r := start(t, Options{Timeout: time.Millisecond}, time.Minute)
	const body = `{"version":1,"functions":[{"name":"slow","source":""}],"limits":{"seconds":1}}`
	ask := func(ctx context.Context, heard func(string)) (*http.Response, error) {
		request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
				heard(header.Get(PreparingHeader))
				return nil
			},
		}), "POST", "http://compiler/v1/compile", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(WaitsHeader, "1")
		return r.client.Do(request)
	}
	gone, leave := context.WithCancel(t.Context())
	if _, err := ask(gone, func(string) { leave() }); err == nil {
		t.Error("a request that was given up has an answer")
	}
	var once sync.Once
	r.leave <- struct{}{}
	response, err := ask(t.Context(), func(what string) {
		once.Do(func() {
			if what != "compiling the library" {
				t.Errorf("heard %q", what)
			}
			close(r.prepared)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	// It has come to the compiler, or its own time was over before: both are after the wait.
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusGatewayTimeout && response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", response.StatusCode)
	}
	if response.Header.Get(PreparingHeader) != "" {
		t.Error("the answer says that it is being prepared")
	}
}

type answer struct {
	status int
	compileapi.Response
}

func (r *running) post(body string) answer { return r.postFor("", body) }

// postFor sends a request that is for a client.
func (r *running) postFor(client, body string) answer {
	request, err := http.NewRequest("POST", "http://compiler/v1/compile", strings.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return answer{}
	}
	request.Header.Set(ClientHeader, client)
	response, err := r.client.Do(request)
	if err != nil {
		r.t.Error(err)
		return answer{}
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&a.Response); err != nil {
		r.t.Error(err)
	}
	return a
}

// compile sends a request in the background.
func (r *running) compile(names ...string) chan answer { return r.compileFor("", names...) }

func (r *running) compileFor(client string, names ...string) chan answer {
	var functions []string
	for _, n := range names {
		functions = append(functions, fmt.Sprintf(`{"name":%q,"source":""}`, n))
	}
	answered := make(chan answer, 1)
	go func() {
		answered <- r.postFor(client, `{"version":1,"functions":[`+strings.Join(functions, ",")+`]}`)
	}()
	return answered
}

func (r *running) get(path string) (int, string) {
	response, err := r.client.Get("http://compiler" + path)
	if err != nil {
		r.t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body)
}

// await waits until a metric has a value.
func (r *running) await(metric string) {
	r.t.Helper()
	var body string
	for range 3000 {
		if _, body = r.get("/metrics"); strings.Contains(body, "\n"+metric+"\n") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("%s does not come:\n%s", metric, body)
}

func TestServe(t *testing.T) {
	r := start(t, Options{}, time.Minute)
	for range 2 {
		r.leave <- struct{}{}
	}
	if a := <-r.compile("a", "cached", "wrong"); a.status != http.StatusOK || len(a.Results) != 3 || a.Results[2].Error == nil {
		t.Errorf("got %+v", a)
	}
	if a := <-r.compile("cached"); a.status != http.StatusOK {
		t.Errorf("got %+v", a)
	}
	for body, want := range map[string]string{
		"{":               "no JSON of the known form",
		`{"version":3}`:   "version 3",
		`{"version":1}`:   "no functions",
		"\x00":            "no JSON",
		`{"version":"1"}`: "no JSON",
	} {
		if a := r.post(body); a.status != http.StatusBadRequest || a.Error == nil || a.Error.Kind != compileapi.RequestFault || !strings.Contains(a.Error.Message, want) {
			t.Errorf("%q: %d %+v", body, a.status, a.Error)
		}
	}
	if a := r.post(strings.Repeat(" ", compileapi.MaxRequest+1)); a.status != http.StatusBadRequest || !strings.Contains(a.Error.Message, "longer than 16 MB") {
		t.Errorf("got %+v", a)
	}
	if code, body := r.get("/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("health: %d %q", code, body)
	}
	for path, want := range map[string]int{"/": 404, "/v1/compile": 405, "/v2/compile": 404} {
		if code, _ := r.get(path); code != want {
			t.Errorf("GET %s: %d, want %d", path, code, want)
		}
	}
	for _, metric := range []string{
		"pgbuild_requests_total 8", "pgbuild_functions_total 4", "pgbuild_functions_failed_total 1",
		"pgbuild_functions_cached_total 2", "pgbuild_requests_refused_total 0", "pgbuild_requests_now 0",
	} {
		r.await(metric)
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

// One compiles, one waits, the third is refused.
func TestQueue(t *testing.T) {
	r := start(t, Options{Workers: 1, Queue: 1, PerClient: 10}, time.Minute)
	first := r.compile("first")
	<-r.begun
	second := r.compile("second")
	r.await("pgbuild_requests_now 2")
	third := <-r.compile("third")
	if third.status != http.StatusServiceUnavailable || third.Error == nil || third.Error.Kind != compileapi.Busy {
		t.Fatalf("got %+v", third)
	}
	r.leave <- struct{}{}
	if a := <-first; a.status != http.StatusOK {
		t.Errorf("first: %+v", a)
	}
	if name := <-r.begun; name != "second" {
		t.Errorf("%s is compiled", name)
	}
	r.leave <- struct{}{}
	if a := <-second; a.status != http.StatusOK {
		t.Errorf("second: %+v", a)
	}
	r.await("pgbuild_requests_refused_total 1")
}

// A request whose compiler is not there yet keeps nobody from work.
func TestUnprepared(t *testing.T) {
	r := start(t, Options{Workers: 1, Timeout: 30 * time.Second}, time.Minute)
	first := r.compile("unprepared")
	<-r.begun
	r.leave <- struct{}{}
	if a := <-r.compile("second"); a.status != http.StatusOK {
		t.Errorf("got %+v", a)
	}
	select {
	case a := <-first:
		t.Errorf("answered: %+v", a)
	default:
	}
}

func TestPerClient(t *testing.T) {
	r := start(t, Options{Workers: 4, Queue: 4, PerClient: 1}, time.Minute)
	first := r.compile("first")
	<-r.begun
	second := <-r.compile("second")
	if second.status != http.StatusServiceUnavailable || !strings.Contains(second.Error.Message, "as many requests of this client as it takes (1)") {
		t.Errorf("got %+v", second.Error)
	}
	r.leave <- struct{}{}
	<-first
	r.leave <- struct{}{}
	if a := <-r.compile("third"); a.status != http.StatusOK {
		t.Errorf("a client that has gone is still counted: %+v", a)
	}
}

// A request that waits for longer than it may has not been compiled.
func TestTimeout(t *testing.T) {
	r := start(t, Options{Workers: 1, Timeout: 300 * time.Millisecond}, time.Minute)
	first, second := r.compile("first"), r.compile("second")
	a, b := <-first, <-second
	if a.status == http.StatusServiceUnavailable {
		a, b = b, a
	}
	if a.status != http.StatusGatewayTimeout || a.Error.Kind != compileapi.Cancelled {
		t.Errorf("got %+v", a.Error)
	}
	if b.status != http.StatusServiceUnavailable && b.status != http.StatusGatewayTimeout {
		t.Errorf("got %d %+v", b.status, b.Error)
	}
}

// A client that goes away takes its request along.
func TestClientGone(t *testing.T) {
	r := start(t, Options{}, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "POST", "http://compiler/v1/compile", bytes.NewReader([]byte(`{"version":1,"functions":[{"name":"f","source":""}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { _, err := r.client.Do(request); gone <- err }()
	<-r.begun
	cancel()
	<-gone
	r.await("pgbuild_requests_now 0")
}

// What is being compiled is finished; nothing new begins.
func TestStop(t *testing.T) {
	r := start(t, Options{}, time.Minute)
	first := r.compile("first")
	<-r.begun
	r.stop()
	select {
	case err := <-r.done:
		t.Fatalf("the server does not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	r.leave <- struct{}{}
	if a := <-first; a.status != http.StatusOK || a.Error != nil {
		t.Errorf("got %+v", a)
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

// One that does not end is not waited for forever.
func TestStopGrace(t *testing.T) {
	r := start(t, Options{}, 50*time.Millisecond)
	go r.client.Post("http://compiler/v1/compile", "", strings.NewReader(`{"version":1,"functions":[{"name":"f","source":""}]}`))
	<-r.begun
	r.stop()
	if err := <-r.done; err == nil || !strings.Contains(err.Error(), "still being compiled") {
		t.Errorf("got %v", err)
	}
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "socket")
	l, err := Listen("unix:"+path, 0o660)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := Listen("unix:"+path, 0o660); err == nil || !strings.Contains(err.Error(), "another server listens") {
		t.Errorf("got %v", err)
	}
	// A server that was killed leaves its socket behind.
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	again, err := Listen("unix:"+path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"unix:" + file:                          "is no socket",
		"unix:" + filepath.Join(dir, "no", "x"): "no such file",
		"/run/socket":                           "neither unix:PATH nor HOST:PORT",
		"0.0.0.0:0":                             "not of this machine",
		":7070":                                 "not of this machine",
		"example.org:80":                        "not of this machine",
		"127.0.0.1:x":                           "listening at",
	} {
		if l, err := Listen(address, 0o600); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", address, l, err, want)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := Listen(address, 0)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}
