package stdprobe

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/rpc"
	"os"
	"os/exec"
	"path"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"
	"time"
)

// What needs no outside works whole.

//go:embed go.mod
var embedded embed.FS

func TestEmbedded(t *testing.T) {
	data, err := fs.ReadFile(embedded, "go.mod")
	if err != nil || !bytes.HasPrefix(data, []byte("module ")) {
		t.Errorf("%q, %v", data, err)
	}
	if err := fstest.TestFS(embedded, "go.mod"); err != nil {
		t.Error(err)
	}
	tmpl, err := template.ParseFS(embedded, "go.*")
	if err != nil || tmpl.Name() != "go.mod" {
		t.Errorf("%v, %v", tmpl, err)
	}
}

func TestZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(fstest.MapFS{"a/b.txt": {Data: []byte(strings.Repeat("zip ", 1000))}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(r, "a/b.txt")
	if err != nil || len(data) != 4000 || b.Len() > 1000 {
		t.Errorf("%d bytes of %d, %v", len(data), b.Len(), err)
	}
	var found []string
	err = fs.WalkDir(r, ".", func(p string, _ fs.DirEntry, err error) error { found = append(found, p); return err })
	if err != nil || path.Join(found...) != "a/a/b.txt" {
		t.Errorf("%q, %v", found, err)
	}
}

func TestRecorder(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "n", Value: r.PathValue("name")})
		http.ServeFileFS(w, r, embedded, "go.mod")
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "module ") || w.Result().Cookies()[0].Value != "x" {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p pipes) Close() error   { return nil }
func (p pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// A server and its client, TLS and HTTP/2 between them, in one world.
func TestInMemory(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "memory"}, DNSNames: []string{"memory.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)

	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprint("http", version), func(t *testing.T) {
			listener := pipes{make(chan net.Conn, 1)}
			server := &http.Server{
				Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.ProtoMajor) }),
				TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
			}
			served := make(chan error)
			go func() { served <- server.ServeTLS(listener, "", "") }()
			client := &http.Client{Transport: &http.Transport{
				DialContext:       func(context.Context, string, string) (net.Conn, error) { return listener.dial(), nil },
				TLSClientConfig:   &tls.Config{RootCAs: roots},
				ForceAttemptHTTP2: version == 2,
			}}
			response, err := client.Get("https://memory.example/")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if want := fmt.Sprint("memory.example", version); err != nil || string(body) != want {
				t.Errorf("%q, %v, want %s", body, err, want)
			}
			client.CloseIdleConnections()
			close(listener.conns)
			if err := <-served; !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			server.Close()
		})
	}
}

// Sum is a remote procedure.
type Sum struct{}

// Of adds.
func (Sum) Of(terms []int, sum *int) error {
	for _, n := range terms {
		*sum += n
	}
	return nil
}

func TestRPC(t *testing.T) {
	here, there := net.Pipe()
	server := rpc.NewServer()
	if err := server.Register(Sum{}); err != nil {
		t.Fatal(err)
	}
	go server.ServeConn(there)
	client := rpc.NewClient(here)
	var sum int
	if err := client.Call("Sum.Of", []int{1, 2, 39}, &sum); err != nil || sum != 42 {
		t.Errorf("%d, %v", sum, err)
	}
	client.Close()
}

func TestPipeDeadline(t *testing.T) {
	a, _ := net.Pipe()
	a.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := bufio.NewReader(a).ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// fakeDB is a database that has one answer.
type fakeDB struct{ rows int }

func (*fakeDB) Open(string) (driver.Conn, error)           { return &fakeDB{}, nil }
func (d *fakeDB) Prepare(string) (driver.Stmt, error)      { return d, nil }
func (d *fakeDB) Begin() (driver.Tx, error)                { return d, nil }
func (*fakeDB) Close() error                               { return nil }
func (*fakeDB) Commit() error                              { return nil }
func (*fakeDB) Rollback() error                            { return nil }
func (*fakeDB) NumInput() int                              { return -1 }
func (*fakeDB) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(7), nil }
func (*fakeDB) Query([]driver.Value) (driver.Rows, error)  { return &fakeDB{rows: 3}, nil }
func (*fakeDB) Columns() []string                          { return []string{"n"} }
func (d *fakeDB) Next(row []driver.Value) error {
	if d.rows == 0 {
		return io.EOF
	}
	row[0] = int64(d.rows)
	d.rows--
	return nil
}

func TestDatabaseSQL(t *testing.T) {
	sql.Register("fake", &fakeDB{})
	db, err := sql.Open("fake", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if result, err := tx.Exec("update"); err != nil {
		t.Error(err)
	} else if n, _ := result.RowsAffected(); n != 7 {
		t.Errorf("%d rows", n)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	rows, err := db.QueryContext(t.Context(), "select")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Error(err)
		}
		sum += n
	}
	if sum != 6 || rows.Err() != nil {
		t.Errorf("%d, %v", sum, rows.Err())
	}
}

// Literal addresses and well-known names need no network.
func TestAddresses(t *testing.T) {
	if a, err := net.ResolveTCPAddr("tcp", "[fe80::1%eth0]:https"); err != nil || a.String() != "[fe80::1%eth0]:443" {
		t.Errorf("%v, %v", a, err)
	}
	if a, err := net.ResolveIPAddr("ip4:icmp", "192.0.2.1"); err != nil || a.String() != "192.0.2.1" {
		t.Errorf("%v, %v", a, err)
	}
	if addrs, err := net.LookupHost("192.0.2.1"); err != nil || len(addrs) != 1 {
		t.Errorf("%v, %v", addrs, err)
	}
	if port, err := net.LookupPort("udp", "domain"); err != nil || port != 53 {
		t.Errorf("%d, %v", port, err)
	}
	var unknown net.UnknownNetworkError
	if _, err := net.Dial("carrier pigeon", "a"); !errors.As(err, &unknown) {
		t.Error(err)
	}
	var address *net.AddrError
	if _, err := net.Listen("tcp", "no port"); !errors.As(err, &address) {
		t.Error(err)
	}
}

// The standard files behave as files do.
func TestStandardFiles(t *testing.T) {
	if data, err := io.ReadAll(os.Stdin); err != nil || len(data) > 0 {
		t.Errorf("%q, %v", data, err)
	}
	var n int
	if _, err := fmt.Scan(&n); err != io.EOF {
		t.Error(err)
	}
	if _, err := os.Stdin.Write([]byte("x")); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if _, err := os.Stdout.Read(make([]byte, 1)); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if err := os.Stdout.SetDeadline(time.Now()); !errors.Is(err, os.ErrNoDeadline) {
		t.Error(err)
	}
	if n, err := io.Copy(os.Stderr, strings.NewReader("copied\n")); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := os.Stdout.Sync(); err != nil {
		t.Error(err)
	}
	f := os.NewFile(1, "mine")
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if err := f.Close(); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	var none *os.File
	if _, err := none.Write(nil); !errors.Is(err, os.ErrInvalid) {
		t.Error(err)
	}
	if _, err := os.Stdout.Seek(0, io.SeekStart); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

// The documentation has more to say of errors than their types.
func TestDocumentedErrors(t *testing.T) {
	if err := os.RemoveAll(""); err != nil {
		t.Error(err)
	}
	if !os.IsPermission(os.Mkdir("a", 0)) || os.IsNotExist(os.Remove("a")) {
		t.Error("errors are of the wrong kind")
	}
	cmd := exec.Command("/bin/true")
	if cmd.Start(); cmd.Start() == nil || !strings.Contains(cmd.Start().Error(), "already started") {
		t.Error("Start works twice")
	}
	if err := cmd.Wait(); err == nil {
		t.Error("Wait works")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := exec.CommandContext(ctx, "/bin/true").Run(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if p, err := os.FindProcess(1); err != nil || p.Release() != nil {
		t.Error(err)
	}
}

// With the collector off, the memory limit still starts it.
func TestCollectorOff(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(32 << 20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var keep []byte
	for range 256 {
		keep = make([]byte, 1<<20)
	}
	runtime.ReadMemStats(&after)
	if after.NumGC == before.NumGC || after.HeapSys > 128<<20 {
		t.Errorf("%d collections, heap of %d (%d)", after.NumGC-before.NumGC, after.HeapSys, len(keep))
	}
}

func TestOneProcessor(t *testing.T) {
	runtime.SetDefaultGOMAXPROCS()
	if n := runtime.GOMAXPROCS(4); n != 1 {
		t.Errorf("GOMAXPROCS is %d", n)
	}
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("GOMAXPROCS has become %d", n)
	}
}

func TestLockOSThread(t *testing.T) {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		go func() { done <- true }()
		done <- true
		runtime.UnlockOSThread()
	}()
	<-done
	<-done
}

func TestProfile(t *testing.T) {
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 2); err != nil || !strings.Contains(b.String(), "TestProfile") {
		t.Errorf("%v: %s", err, b.String())
	}
	if err := pprof.WriteHeapProfile(&b); err != nil {
		t.Error(err)
	}
}

// Nothing of what only others need is left running.
func TestNoGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	net.LookupHost(host)
	net.Dial("tcp", host+":80")
	exec.Command("/bin/true").Run()
	http.Get(page)
	http.DefaultClient.CloseIdleConnections()
	runtime.Gosched()
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines more", n-before)
	}
}
