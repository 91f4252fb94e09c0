package compileapi

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/plgo/base"
	"github.com/pgstd/pgstd/plgo/compile"
	"github.com/pgstd/pgstd/target"
)

// lacksSet has the bases of this machine but those of sets, and makes none of these.
type lacksSet struct {
	machine
	making chan bool // whether one is made aside
}

func (b lacksSet) find(ctx context.Context, c *compile.Compiler, ofSet bool) error {
	if ofSet {
		return base.ErrNone
	}
	return b.machine.find(ctx, c, false)
}

func (b lacksSet) make(ctx context.Context, c *compile.Compiler, ofSet, aside bool) error {
	if !ofSet {
		return b.machine.make(ctx, c, false, aside)
	}
	b.making <- aside
	<-ctx.Done()
	return ctx.Err()
}

// setOfTwo is a folder with a set of modules.
func setOfTwo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.org/set\n\ngo 1.26\n", "two.go": "package two\n\nfunc Two() int64 { return 2 }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestWhileSetLacksBase: while the base of a set is not there, functions that import nothing of it are modules, and the others objects that
// say why; it is begun aside by a service that stays. Whoever asks for the base that there is gets it, and who wants all to be ready waits.
func TestWhileSetLacksBase(t *testing.T) {
	onBase := string(target.Host()) + OnBase
	for _, stays := range []bool{false, true} {
		bases := lacksSet{making: make(chan bool, 8)}
		s := NewService(target.Options{})
		s.Modules, s.FindBase, s.bases = map[string]string{"two": setOfTwo(t)}, !stays, bases
		if _, err := s.compiler(t.Context(), compilerKey{wanted: wanted{target.Host(), true}, policy: "two"}); err != nil {
			t.Fatal(err)
		}
		request := &Request{Version: 1, Policy: "two", Targets: []string{onBase}, Functions: []compile.Function{double("f", "return n"), double("g", "return n * two.Two()")}}
		var module []byte
		for range 2 {
			got := s.Compile(t.Context(), request)
			if got.Failed() {
				t.Fatalf("got %+v", got)
			}
			f, g := got.Results[0].Objects[0], got.Results[1].Objects[0]
			if f.Target != onBase || f.Instead != "" || f.Modules != "" {
				t.Errorf("without the set: %s, %q, %q", f.Target, f.Instead, f.Modules)
			}
			if g.Target != string(target.Host()) || !strings.HasPrefix(g.Instead, "no base has been made yet") || g.Modules != "example.org/set" {
				t.Errorf("with the set: %s, %q, %q", g.Target, g.Instead, g.Modules)
			}
			module = f.Data
		}
		if stays && !<-bases.making {
			t.Error("the base of the set is made as if somebody waited")
		}
		if len(bases.making) > 0 {
			t.Errorf("%d bases of the set are begun", len(bases.making))
		}
		if got := s.Compile(t.Context(), &Request{Version: 1, Policy: "two", Targets: []string{onBase}, Base: digestOf(module)}); got.Failed() || got.Results[0].Objects[0].Digest != digestOf(module) {
			t.Errorf("asked for the base: %+v", got.Error)
		}
		waiting := make(chan *Response, 1)
		go func() {
			waiting <- s.Compile(t.Context(), &Request{Version: 1, Policy: "two", Targets: []string{onBase}, Prepare: true})
		}()
		if !stays && <-bases.making {
			t.Error("what somebody waits for is made aside")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if got := <-waiting; got.Error == nil || len(bases.making) > 0 {
			t.Errorf("got %+v; %d more were begun", got, len(bases.making))
		}
	}
}

// digestOf is that of the base of a module: bytes 16 to 47 (host/modules.h).
func digestOf(module []byte) string { return hex.EncodeToString(module[16:48]) }
