// Package compileserver offers the compiler of package compileapi over HTTP, on a Unix
// socket or a loopback address: the form in which a handler uses it that must not
// compile by itself. It runs as a user of its own, so that nothing that compiles sees
// the database's files.
//
// It bounds what it takes in: how many requests compile, wait, come from one client, and
// are there in half. It is fair: those who share it come to the compiler in turn. It is for
// programs that serve, as pgbuild serve does.
package compileserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/pgstd/pgstd/plgo/compileapi"
)

// Options say how much a Server takes in. Zero values are replaced by defaults.
type Options struct {
	Workers int // requests that compile at the same time; 2
	// Spare is how many more may compile at the same time, each of a client that has
	// none there: twice Workers. Below zero: none.
	Spare     int
	Queue     int           // requests that wait; 64. Below zero: none
	PerClient int           // requests of one client that wait or compile; 16
	Timeout   time.Duration // of one request; 2 minutes
}

const (
	// halfRequests is how many connections may be there that have not sent a request.
	halfRequests = 128
	// halfBytes is how much may have been read of requests that are not whole.
	halfBytes = 256 << 20
)

func (o Options) withDefaults() Options {
	if o.Workers == 0 {
		o.Workers = 2
	}
	o.Queue = orDefault(o.Queue, 64)
	o.Spare = orDefault(o.Spare, 2*o.Workers)
	if o.PerClient == 0 {
		o.PerClient = 16
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	return o
}

// orDefault reads a number for which what is below zero stands for zero.
func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return max(n, 0)
}

// Compiler answers requests; [compileapi.Service] is one.
type Compiler interface {
	// Ready waits until a request can be compiled, or fails.
	Ready(ctx context.Context, r *compileapi.Request) error
	// Preparing says what Ready waits for; empty: for nothing.
	Preparing(r *compileapi.Request) string
	Compile(ctx context.Context, r *compileapi.Request) *compileapi.Response
}

// Server serves requests.
type Server struct {
	options  Options
	compiler Compiler
	gate     *gate
	counts   counts
	http     http.Server
}

// New makes a server.
func New(c Compiler, o Options) *Server {
	o = o.withDefaults()
	s := &Server{options: o, compiler: c, gate: newGate(o)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/compile", s.compile)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /metrics", s.metrics)
	s.http = http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ConnContext:       withConn,
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateIdle {
				c.(*conn).intake.begin(c.(*conn))
			}
		},
	}
	return s
}

// Serve answers requests until ctx is done. Those that are being compiled then are
// answered; Serve returns after them, or after grace.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	done := make(chan error, 1)
	go func() {
		done <- s.http.Serve(&intake{Listener: l, connections: halfRequests, bytes: halfBytes})
	}()
	select {
	case err := <-done:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	s.gate.close()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := s.http.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("stopping: requests were still being compiled after %v", grace), s.http.Close())
	}
	return err
}

func (s *Server) compile(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	response := s.answer(w, r)
	status := http.StatusOK
	if e := response.Error; e != nil {
		status = statuses[e.Kind]
	}
	s.counts.add(response, status, time.Since(start))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	response.Write(w) // whoever has gone does not need to hear it
}

var statuses = map[compileapi.ErrorKind]int{
	compileapi.RequestFault: http.StatusBadRequest,
	compileapi.Busy:         http.StatusServiceUnavailable,
	compileapi.Cancelled:    http.StatusGatewayTimeout,
	compileapi.LimitFault:   http.StatusUnprocessableEntity,
	compileapi.SourceFault:  http.StatusUnprocessableEntity,
	compileapi.MachineFault: http.StatusInternalServerError,
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) *compileapi.Response {
	data, err := io.ReadAll(io.LimitReader(r.Body, compileapi.MaxRequest+1))
	if err != nil {
		return compileapi.Failure(fmt.Errorf("reading the request: %w", err))
	}
	from := connOf(r.Context())
	from.intake.whole(from)
	t, err := s.gate.admit(client{peer: from.peer, name: r.Header.Get(ClientHeader)})
	if err != nil {
		return busy(err)
	}
	defer s.gate.leave(t)
	request, err := compileapi.Decode(data)
	if err != nil {
		return compileapi.Failure(err)
	}
	if r.Header.Get(WaitsHeader) != "" {
		if err := s.prepare(w, r, request); err != nil {
			return compileapi.Failure(err)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.options.Timeout)
	defer cancel()
	// What waits for a compiler must not keep those from work whose compiler is there.
	if err := s.compiler.Ready(ctx, request); err != nil {
		return compileapi.Failure(err)
	}
	if err := s.gate.wait(ctx, t); err != nil {
		return busy(err)
	}
	return s.compiler.Compile(ctx, request)
}

// ClientHeader is the field of a request's head that says for whom it is, among those
// that the peer works for. Any text will do; one text is one client.
const ClientHeader = "Pgbuild-Client"

// WaitsHeader is the field of a request's head that says that its client waits for as long
// as the compiler is made ready: the request's time begins after that. Once a second the
// client gets an interim response (102) meanwhile, with what is made and how far that is
// in PreparingHeader.
const (
	WaitsHeader     = "Pgbuild-Waits"
	PreparingHeader = "Pgbuild-Preparing"
)

// prepare waits until the compiler is ready for a request, and says so to the client.
func (s *Server) prepare(w http.ResponseWriter, r *http.Request, request *compileapi.Request) error {
	// Else the connection would have to say something meanwhile.
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	wanted := *request
	wanted.Limits = nil // which count from then
	ready := make(chan error, 1)
	go func() { ready <- s.compiler.Ready(r.Context(), &wanted) }()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case err := <-ready:
			w.Header().Del(PreparingHeader)
			return err
		case <-ticker.C:
			if what := s.compiler.Preparing(request); what != "" {
				w.Header().Set(PreparingHeader, what)
				w.WriteHeader(http.StatusProcessing)
			}
		}
	}
}

func busy(err error) *compileapi.Response {
	return &compileapi.Response{Version: compileapi.Version, Error: &compileapi.Error{Kind: compileapi.Busy, Message: err.Error()}}
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if s.gate.closed() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}
