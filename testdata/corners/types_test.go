package corners

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"debug/gosym"
	"debug/pe"
	"encoding/binary"
	"encoding/gob"
	"expvar"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/rpc"
	"net/textproto"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unique"
	"weak"
)

func TestPutBack(t *testing.T) {
	yield := runtime.Gosched
	putBack(t, nil,
		func(m *sync.Mutex) {
			if m.TryLock() {
				m.Unlock()
			}
		},
		func(m *sync.Mutex) { m.Lock(); yield(); yield() },
		func(m *sync.Mutex) { m.Lock() })
	putBack(t, nil, func(m *sync.RWMutex) { m.TryRLock() }, func(m *sync.RWMutex) { m.RLock() }, func(m *sync.RWMutex) { m.Lock() })
	putBack(t, nil, func(w *sync.WaitGroup) { w.Add(1) }, func(w *sync.WaitGroup) { w.Wait() }, func(w *sync.WaitGroup) { w.Done() })
	putBack(t, nil, func(o *sync.Once) { o.Do(yield) })
	putBack(t, func(p *sync.Pool) { p.New = func() any { return new([3]int) } },
		func(p *sync.Pool) { p.Put(new([3]int)); p.Put("text"); runtime.GC() },
		func(p *sync.Pool) {
			for range 40 {
				_ = fmt.Sprint(p.Get())
			}
		})
	putBack(t, nil, func(m *sync.Map) {
		for i := range 100 {
			m.Store(i, fmt.Sprint(i))
			m.LoadAndDelete(i - 50)
		}
	}, func(m *sync.Map) { m.Range(func(k, v any) bool { m.Swap(v, k); return true }) }, func(m *sync.Map) { m.Clear() })
	putBack(t, func(c *sync.Cond) { c.L = new(sync.Mutex) },
		func(c *sync.Cond) { c.L.Lock(); c.Wait(); c.L.Unlock() },
		func(c *sync.Cond) { c.Signal() }, func(c *sync.Cond) { c.Broadcast() })
	putBack(t, nil, func(v *atomic.Value) { v.Store("text") }, func(v *atomic.Value) { v.CompareAndSwap("text", "more") },
		func(v *atomic.Value) { _ = fmt.Sprint(v.Load()) })
	putBack(t, nil, func(v *atomic.Pointer[string]) { v.Store(new(string)); _ = *v.Load() })
	putBack(t, nil, func(v *atomic.Uintptr) { v.Add(7) }, func(v *atomic.Uintptr) { v.Or(v.Load()) })
	putBack(t, nil, func(v *atomic.Int64) { v.Add(7) })

	putBack(t, func(r *time.Timer) { *r = *time.NewTimer(time.Nanosecond) },
		func(r *time.Timer) { r.Reset(time.Nanosecond) }, func(r *time.Timer) { <-r.C }, func(r *time.Timer) { r.Stop() })
	putBack(t, func(r *time.Ticker) { *r = *time.NewTicker(time.Millisecond) },
		func(r *time.Ticker) { r.Reset(time.Microsecond) }, func(r *time.Ticker) { <-r.C }, func(r *time.Ticker) { r.Stop() })
	putBack(t, nil, func(b *strings.Builder) { b.WriteString("abcdefgh") }, func(b *strings.Builder) { b.Grow(100) },
		func(b *strings.Builder) { b.WriteByte('x'); b.WriteRune('€'); _ = strings.Clone(b.String()) }, (*strings.Builder).Reset)
	putBack(t, func(r *strings.Replacer) { *r = *strings.NewReplacer("a", "b", "c", "") }, func(r *strings.Replacer) { r.Replace("abcabc") })
	putBack(t, nil, func(p *runtime.Pinner) { p.Pin(new(string)) }, func(p *runtime.Pinner) { p.Unpin() })
	putBack(t, func(f *runtime.Frames) { *f = *runtime.CallersFrames([]uintptr{1, poison, ^uintptr(0)}) }, func(f *runtime.Frames) { f.Next() })
	putBack(t, func(f *runtime.Func) { *f = *here() }, func(f *runtime.Func) { f.FileLine(poison) }, func(f *runtime.Func) { _ = f.Name(); _ = f.Entry() })
	putBack(t, func(w *weak.Pointer[string]) { *w = weak.Make(new(string)) }, func(w *weak.Pointer[string]) { _ = *w.Value() }, func(*weak.Pointer[string]) { runtime.GC() })

	putBack(t, nil, func(m *expvar.Map) { m.Add("a", 1); m.Delete("a"); m.Init() }, func(m *expvar.Map) { m.Do(func(expvar.KeyValue) {}) })
	putBack(t, nil, func(v *expvar.Float) { v.Add(1) })
	putBack(t, nil, func(v *expvar.Int) { v.Add(1) })
	putBack(t, func(s *token.FileSet) { s.AddFile("a", -1, 10) }, func(s *token.FileSet) { s.AddFile("b", -1, 10).AddLine(3) }, func(s *token.FileSet) { s.Position(5) })
	putBack(t, func(l *log.Logger) { *l = *log.New(io.Discard, "", log.Lshortfile) }, func(l *log.Logger) { l.Print("text") }, func(l *log.Logger) { l.SetPrefix("p") })
	putBack(t, nil, func(l *slog.LevelVar) { l.Set(3); l.Level() })
	putBack(t, nil, func(p *http.CrossOriginProtection) { _ = p.AddTrustedOrigin("https://a.example") }, func(p *http.CrossOriginProtection) { _ = p.Check(request()) })
	putBack(t, nil, func(m *http.ServeMux) { m.Handle("/a", http.NotFoundHandler()) }, func(m *http.ServeMux) { m.ServeHTTP(httptest.NewRecorder(), request()) })
	putBack(t, nil, func(s *http.Server) { _ = s.Close(); s.SetKeepAlivesEnabled(false) })
	putBack(t, nil, func(tr *http.Transport) { tr.CloseIdleConnections() }, func(tr *http.Transport) { _, _ = tr.RoundTrip(request()) })
	putBack(t, nil, func(s *rpc.Server) { _ = s.Register(new(big.Int)) })
	putBack(t, nil, func(p *textproto.Pipeline) { p.StartRequest(p.Next()) })
	putBack(t, nil, func(j *cookiejar.Jar) { j.Cookies(request().URL) })
	putBack(t, func(e *gob.Encoder) { *e = *gob.NewEncoder(io.Discard) }, func(e *gob.Encoder) { _ = e.Encode([]string{"a"}) })
	putBack(t, func(d *gob.Decoder) { *d = *gob.NewDecoder(bytes.NewReader(gobbed())) }, func(d *gob.Decoder) { _ = d.Decode(new([]string)) })
	putBack(t, nil, func(db *sql.DB) { _ = db.Close() }, func(db *sql.DB) { _ = db.Stats() })
	putBack(t, nil, func(r *sql.Rows) { r.Next(); _ = r.Close() })
	putBack(t, nil, func(c *tls.Config) { c.Clone().SetSessionTicketKeys([][32]byte{{}}) })
	putBack(t, nil, func(r *zip.Reader) { _, _ = r.Open("a") })
	putBack(t, nil, func(l *gosym.LineTable) { l.PCToLine(poison) }, func(l *gosym.LineTable) { l.LineToPC(3, poison) })
	putBack(t, func(c *types.Context) { *c = *types.NewContext() }, func(c *types.Context) { _, _ = types.Instantiate(c, types.Typ[1], nil, true) })
	putBack(t, func(p *pprof.Profile) { *p = *pprof.Lookup("heap") }, func(p *pprof.Profile) { _ = p.WriteTo(io.Discard, 1) }, func(p *pprof.Profile) { p.Count() })
	putBack(t, nil, func(f *trace.FlightRecorder) { f.Stop(); f.Enabled() })
	putBack(t, nil, func(r *io.PipeReader) { _, _ = r.Read(nil) })
}

func TestZero(t *testing.T) {
	zero(t, func(v *metrics.Value) { _ = v.Float64Histogram() }, func(v *metrics.Value) { _ = v.Uint64() })
	zero(t, func(c *runtime.Cleanup) { c.Stop() })
	zero(t, func(e *runtime.TypeAssertionError) { _ = e.Error() })
	zero(t, func(r *runtime.MemProfileRecord) { _ = r.Stack() })
	zero(t, func(h *unique.Handle[string]) { _ = h.Value() })
	zero(t, func(h *unique.Handle[[2]any]) { _ = h.Value() })
	zero(t, func(a *netip.Addr) { _ = a.Zone(); _ = a.Next().String() })
	zero(t, func(v *slog.Value) { _ = v.Group(); _ = v.String() })
	zero(t, func(r *slog.Record) { _ = r.Source() })
	zero(t, zeroCrypto...)
}

// TestMethods calls the methods of what has no size.
func TestMethods(t *testing.T) {
	zero(t, func(e *x509.ConstraintViolationError) { _ = e.Error() })
	zero(t, func(e *x509.UnhandledCriticalExtension) { _ = e.Error() })
	zero(t, func(e *pe.FormatError) { _ = e.Error() })
	zero(t, func(e *runtime.PanicNilError) { _ = e.Error() })
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian, binary.NativeEndian} {
		for n := range 9 {
			attempt(func() { order.PutUint64(make([]byte, n), order.Uint64(make([]byte, n))) })
			attempt(func() { order.PutUint32(make([]byte, n), uint32(order.Uint16(make([]byte, n)))) })
		}
	}
	for _, c := range []driver.ValueConverter{driver.Bool, driver.Int32, driver.String, driver.DefaultParameterConverter} {
		for _, v := range []any{nil, 1, "1", []byte{1}, struct{}{}, big.NewInt(1)} {
			attempt(func() { _, _ = c.ConvertValue(v) })
		}
	}
	for _, d := range []time.Duration{0, -1, 1, 1<<63 - 1, -1 << 63} {
		attempt(func() { time.NewTimer(d).Stop() })
		attempt(func() { time.NewTicker(d).Reset(d) })
		attempt(func() { _ = time.Unix(int64(d), int64(d)).Add(d).Round(d).String() })
	}
}

func here() *runtime.Func {
	pc, _, _, _ := runtime.Caller(0)
	return runtime.FuncForPC(pc)
}

func request() *http.Request { return httptest.NewRequest("POST", "/a", nil) }

func gobbed() []byte {
	var b bytes.Buffer
	e := gob.NewEncoder(&b)
	for range 10 {
		_ = e.Encode([]string{"a", "bc"})
	}
	return b.Bytes()
}
