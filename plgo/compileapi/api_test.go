package compileapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/plgo/body"
	"github.com/pgstd/pgstd/plgo/compile"
	"github.com/pgstd/pgstd/target"
)

func TestDecode(t *testing.T) {
	const ok = `{"version":1,"functions":[{"name":"f","source":""}]}`
	if _, err := Decode([]byte(ok)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ request, want string }{
		{``, "no JSON of the known form"},
		{`[]`, "no JSON of the known form"},
		{ok + `x`, "no JSON of the known form"},
		{`{"functions":[]}`, "version 0; this compiler knows version 1"},
		{`{"version":2,"functions":"other"}`, "version 2; this compiler knows version 1"},
		{`{"version":1}`, "has no functions"},
		{`{"version":1,"functions":[{"name":"f","source":"","colour":1}]}`, `unknown field "colour"`},
		{`{"version":1,"flags":["-x"],"functions":[{}]}`, `unknown field "flags"`},
		{`{"version":1,"functions":[{}],"limits":{"seconds":-1}}`, "limit below zero"},
		{`{"version":1,"functions":[{}],"limits":{"memory_kb":-1}}`, "limit below zero"},
		{strings.Repeat(" ", MaxRequest) + ok, "longer than 16 MB"},
	} {
		_, err := Decode([]byte(test.request))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.60q: %v, want %q", test.request, err, test.want)
		}
		if e := Failure(err).Error; e.Kind != RequestFault {
			t.Errorf("%.60q is of kind %s", test.request, e.Kind)
		}
	}
}

// TestAttached: data that are attached stand behind the JSON, in its order.
func TestAttached(t *testing.T) {
	r := &Response{Version: 1, Results: []Result{
		{Objects: []Object{{Target: "a", Data: []byte("one")}, {Target: "b", Data: []byte("two\x00\n2")}}},
		{Error: &Error{Kind: SourceFault}},
		{Objects: []Object{{Target: "c", Data: []byte("3")}}},
	}}
	for _, attached := range []bool{false, true} {
		r.attached = attached
		var out bytes.Buffer
		if err := r.Write(&out); err != nil {
			t.Fatal(err)
		}
		line, data, found := bytes.Cut(out.Bytes(), []byte{0})
		var got Response
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		if found != attached || attached && string(data) != "onetwo\x00\n23" {
			t.Errorf("attached %v: %q", attached, data)
		}
		for i, result := range r.Results {
			for j, o := range result.Objects {
				if attached {
					o.Size, o.Data = len(o.Data), nil
				}
				if g := got.Results[i].Objects[j]; g.Size != o.Size || !bytes.Equal(g.Data, o.Data) {
					t.Errorf("attached %v, object %s: %+v", attached, o.Target, g)
				}
			}
		}
	}
}

func TestLimits(t *testing.T) {
	if got := (*Limits)(nil).sandbox(); got != (sandbox.Limits{}) {
		t.Errorf("no limits are %+v", got)
	}
	got := (&Limits{Seconds: 3, MemoryKB: 1024}).sandbox()
	if got.Timeout != 3*time.Second || got.Memory != 1<<20 {
		t.Errorf("got %+v", got)
	}
	got = (&Limits{Seconds: 1 << 62, MemoryKB: 1 << 62}).sandbox()
	if got.Timeout <= 0 || got.Memory <= 0 {
		t.Errorf("huge limits are %+v", got)
	}
}

// A message about a limit says what was exceeded, in words that fit any handler.
func TestLimitMessage(t *testing.T) {
	e := Failure(&sandbox.LimitError{Program: "compile", What: "memory", Limit: "64 MB", Flag: "--limit-memory"}).Error
	if e.Kind != LimitFault || e.Message != "compiling the function takes more than 64 MB of memory" {
		t.Errorf("got %+v", e)
	}
}

func TestFailure(t *testing.T) {
	for _, test := range []struct {
		err  error
		want ErrorKind
	}{
		{&compile.SourceError{Diagnostics: body.Diagnostics{{Line: 1, Column: 2, Offset: 1, Message: "m"}}}, SourceFault},
		{&compile.RequestError{Message: "m"}, RequestFault},
		{context.Canceled, Cancelled},
		{context.DeadlineExceeded, Cancelled},
		{bytes.ErrTooLarge, MachineFault},
	} {
		if e := Failure(test.err).Error; e.Kind != test.want || e.Message == "" {
			t.Errorf("%v is %+v", test.err, e)
		}
	}
}

var bigint = compile.SQLType{Name: "bigint"}

func double(name, source string) compile.Function {
	return compile.Function{Name: name, Source: source, Args: []compile.Argument{{Name: "n", Type: bigint}}, Returns: &bigint, Strict: true}
}

// TestCompile asks one service all that a request can ask for.
func TestCompile(t *testing.T) {
	s := NewService(target.Options{CacheDir: ""})
	s.Sign = func(data []byte, comment string) []byte { return []byte("signed: " + comment) }
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx := t.Context()

	t.Run("batch", func(t *testing.T) {
		r := s.Compile(ctx, &Request{Version: 1, Functions: []compile.Function{
			double("double", "return 2 * n"), double("wrong", "return 2 * m"), double("treble", "\n\treturn 3 * n, nil\n"),
			{Name: "odd", Source: "", Kind: "sculpture"},
		}})
		if r.Error != nil || len(r.Results) != 4 || !r.Failed() {
			t.Fatalf("got %+v", r)
		}
		for _, i := range []int{0, 2} {
			f := r.Results[i]
			if f.Error != nil || len(f.Objects) != 1 || f.Go == "" || f.Kit == "" {
				t.Fatalf("result %d: %+v", i, f.Error)
			}
			o := f.Objects[0]
			digest := sha256.Sum256(o.Data)
			if o.Target != string(target.Host()) || o.Digest != hex.EncodeToString(digest[:]) || !bytes.HasPrefix(o.Data, []byte("\x7fELF")) {
				t.Errorf("result %d: object for %s with digest %s", i, o.Target, o.Digest)
			}
			if !strings.Contains(o.Signature, o.Digest) {
				t.Errorf("signature %q", o.Signature)
			}
		}
		e := r.Results[1].Error
		if e == nil || e.Kind != SourceFault || len(e.Diagnostics) != 1 || e.Diagnostics[0] != (Diagnostic{Line: 1, Column: 12, Offset: 11, Message: "undefined: m"}) {
			t.Errorf("got %+v", e)
		}
		if e := r.Results[3].Error; e == nil || e.Kind != RequestFault || !strings.Contains(e.Message, `kind "sculpture"`) {
			t.Errorf("got %+v", e)
		}
	})
	t.Run("again and anew", func(t *testing.T) {
		r := &Request{Version: 1, Functions: []compile.Function{double("double", "return 2 * n")}}
		first := s.Compile(ctx, r).Results[0]
		if first.Error != nil || !first.Objects[0].Cached {
			t.Errorf("compiled again: %+v", first.Error)
		}
		r.Anew = true
		anew := s.Compile(ctx, r).Results[0]
		if anew.Error != nil || anew.Objects[0].Cached {
			t.Fatalf("not compiled anew: %+v", anew.Error)
		}
		if anew.Objects[0].Digest != first.Objects[0].Digest {
			t.Error("the same source makes another object")
		}
	})
	t.Run("wrap", func(t *testing.T) {
		r := s.Compile(ctx, &Request{Version: 1, Wrap: true, Functions: []compile.Function{double("double", "return 2 * n")}})
		f := r.Results[0]
		if f.Error != nil || f.Objects != nil || !strings.Contains(f.Wrapped, "func Double(n int64) (int64, error) {") {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("many", func(t *testing.T) {
		text, err := json.Marshal(&Request{Version: 1, Functions: make([]compile.Function, MaxFunctions+1)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(text); err == nil || !strings.Contains(err.Error(), "send at most 64 at a time") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("targets twice", func(t *testing.T) {
		host := string(target.Host())
		r := s.Compile(ctx, &Request{Version: 1, Targets: []string{host, host}, Functions: []compile.Function{double("f", "return n")}})
		if r.Error == nil || r.Error.Kind != RequestFault {
			t.Errorf("got %+v", r.Error)
		}
	})
	t.Run("targets", func(t *testing.T) {
		r := s.Compile(ctx, &Request{Version: 1, Targets: []string{"linux-postgres-sparc"}, Functions: []compile.Function{double("f", "return n")}})
		if r.Error == nil || r.Error.Kind != RequestFault {
			t.Errorf("got %+v", r.Error)
		}
	})
	t.Run("limits", func(t *testing.T) {
		f := double("limited", "return 4 * n")
		for _, test := range []struct {
			limits Limits
			want   string
		}{
			{Limits{MemoryKB: 64 << 10}, "compiling the function takes more than 64 MB of memory"},
			{Limits{Seconds: 1}, "compiling the function takes more than 1s of time"},
		} {
			if test.limits.Seconds > 0 {
				f.Source = slow
			}
			got := s.Compile(ctx, &Request{Version: 1, Anew: true, Limits: &test.limits, Functions: []compile.Function{f}}).Results[0]
			if got.Error == nil || got.Error.Kind != LimitFault || got.Error.Message != test.want {
				t.Errorf("%+v: %+v", test.limits, got.Error)
			}
		}
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		got := s.Compile(ctx, &Request{Version: 1, Anew: true, Functions: []compile.Function{double("f", "return n")}}).Results[0]
		if got.Error == nil || got.Error.Kind != Cancelled {
			t.Errorf("got %+v", got.Error)
		}
	})
}

// slow takes the compiler far longer than a second: one function that is long.
var slow = "x, y := 1, 2\n" + strings.Repeat("x = x*31 + y%7; if x > y { y, x = x^5, y<<3 }\n", 40000) + "_ = x\nreturn n"

// A request that comes before its compiler has its time, and is told to try again. The
// compiler is made all the same; whoever closes the service ends that.
func TestPreparing(t *testing.T) {
	s := NewService(target.Options{CacheDir: t.TempDir()})
	r := &Request{Version: 1, Limits: &Limits{Seconds: 1}, Functions: []compile.Function{double("f", "return n")}}
	got := s.Compile(t.Context(), r)
	if got.Error == nil || got.Error.Kind != Busy || !strings.Contains(got.Error.Message, "the compiler for "+string(target.Host())+" is being made ready") {
		t.Fatalf("got %+v", got.Error)
	}
	waiting := make(chan error, 1)
	go func() { waiting <- s.Prepare(t.Context()) }()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waiting; err == nil {
		t.Error("a service that was closed has made a compiler")
	}
}

// Who wants a module has an object while there is no base, and does not wait for that, unless that is what is asked for.
func TestNoBaseYet(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes a base")
	}
	onBase := string(target.Host()) + OnBase
	get := func(s *Service, r *Request) string {
		t.Helper()
		r.Version, r.Targets = 1, []string{onBase}
		got := s.Compile(t.Context(), r)
		switch {
		case got.Failed():
			t.Fatalf("got %+v", got)
		case len(got.Results) > 0:
			return got.Results[0].Objects[0].Target
		}
		return ""
	}
	s := NewService(target.Options{})
	defer s.Close()
	function := func() *Request { return &Request{Functions: []compile.Function{double("f", "return n")}} }
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	get(s, function()) // as another one may have made a base
	if s.Preparing(function()) != "" {
		t.Error("a function waits for something")
	}
	get(s, &Request{Prepare: true})
	if got := get(s, function()); got != onBase {
		t.Errorf("a later one is for %s", got)
	}
	// One that begins none uses what there is.
	s = NewService(target.Options{})
	s.FindBase = true
	defer s.Close()
	if got := get(s, function()); got != onBase {
		t.Errorf("what is found is for %s", got)
	}
}

// noBases has none, and takes until the test has seen enough to make one.
type noBases struct {
	looking chan bool
	making  chan bool // whether it is made aside
}

func (b noBases) find(context.Context, *compile.Compiler, bool) error {
	b.looking <- true
	return base.ErrNone
}

func (b noBases) make(ctx context.Context, _ *compile.Compiler, _, aside bool) error {
	b.making <- aside
	<-ctx.Done()
	return ctx.Err()
}

// A base that nobody waits for is begun by a service that stays, giving way to others, and by no other; neither makes
// anybody wait. Who waits for it has it made by either.
func TestWhoMakesBase(t *testing.T) {
	onBase := string(target.Host()) + OnBase
	function := &Request{Version: 1, Targets: []string{onBase}, Functions: []compile.Function{double("f", "return n")}}
	for _, stays := range []bool{false, true} {
		bases := noBases{make(chan bool, 8), make(chan bool, 8)}
		s := NewService(target.Options{})
		s.FindBase, s.WorkAhead, s.bases = !stays, true, bases
		if err := s.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if stays {
			<-bases.looking // before anybody asks
		}
		for range 2 {
			if got := s.Compile(t.Context(), function); got.Failed() {
				t.Errorf("got %+v", got.Error)
			} else if got := got.Results[0].Objects[0].Target; got != string(target.Host()) {
				t.Errorf("it is for %s", got)
			}
		}
		waiting := make(chan *Response, 1)
		go func() {
			waiting <- s.Compile(t.Context(), &Request{Version: 1, Targets: []string{onBase}, Prepare: true})
		}()
		if aside := <-bases.making; aside != stays {
			t.Errorf("the one that is made gives way: %v; the service stays: %v", aside, stays)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := <-waiting; got.Error == nil || len(bases.making) > 0 {
			t.Errorf("got %+v; %d more were begun", got, len(bases.making))
		}
	}
}

// A compiler that cannot be made is an error of each request, and tried anew.
func TestNoCompiler(t *testing.T) {
	s := NewService(target.Options{Go: "/nowhere/go"})
	defer s.Close()
	for range 2 {
		got := s.Compile(t.Context(), &Request{Version: 1, Functions: []compile.Function{double("f", "return n")}})
		if got.Error == nil || got.Error.Kind != MachineFault || !strings.Contains(got.Error.Message, "/nowhere/go") {
			t.Errorf("got %+v", got.Error)
		}
	}
}

// TestKey: what is signed with an object names the function by what the server knows it
// by: the digest of the rules, the policy and the text in the request, byte by byte.
func TestKey(t *testing.T) {
	text := `{"name" : "double", "source":"return 2 * n","args":[{"name":"n","type":{"name":"bigint"}}],"returns":{"name":"bigint"},"strict":true}`
	r, err := Decode([]byte(`{"version":1,"policy":"numbers","functions":[{"name":"x"}, ` + text + ` ]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256([]byte("7\nnumbers\n" + text))
	if got := r.Key(1); got != hex.EncodeToString(want[:]) {
		t.Errorf("%s", got)
	}
	s := &Service{Sign: func(data []byte, comment string) []byte { return []byte(comment) }}
	objects := []Object{{Target: "t", Digest: "d"}}
	s.sign(r, 1, objects)
	if objects[0].Signature != "pgstd t object d for "+r.Key(1) {
		t.Errorf("%s", objects[0].Signature)
	}
}
