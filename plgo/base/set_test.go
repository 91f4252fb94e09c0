package base

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gate"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/provenance"
	"github.com/pgstd/pgstd/trust/source"
)

// setBase makes a base with the set of modules in testdata. The source gate refuses one of its packages, which
// is what a policy would have to accept.
func setBase(t *testing.T, at kit.Target) (*kit.Kit, *Base) {
	t.Helper()
	k, _ := testBase(t, at)
	dir, err := filepath.Abs("testdata/set")
	if err != nil {
		t.Fatal(err)
	}
	m, err := extension.FindModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Find("", m.Dir, source.Acceptable())
	if err != nil {
		t.Fatal(err)
	}
	flags, err := k.Resolve(m, k.Work)
	if err != nil {
		t.Fatal(err)
	}
	judged, err := gate.Judge(t.Context(), k, gate.Config(k, m, m.Dir, flags, "./..."), p)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Make(t.Context(), k, testPackages, &Set{
		Dir: m.Dir, Packages: []string{"example.org/set", "example.org/set/alone", "example.org/set/keeps"}, Content: "test",
		Origin:  link.Origin{Verdict: &provenance.Source{Verdict: "passed"}, Judged: judged},
		Resolve: func(*kit.Kit) ([]string, error) { return flags, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, b
}

// setModule builds a file of testdata for that base.
func setModule(t *testing.T, k *kit.Kit, b *Base, name string) ([]byte, error) {
	t.Helper()
	text, err := fs.ReadFile(sources, "testdata/"+name+".go.txt")
	if err != nil {
		t.Fatal(err)
	}
	path := "plgo/" + name
	return b.Module(t.Context(), k, []Package{{Path: path, File: name + ".go", Text: text}, {Path: path + "/w", File: "w.go", Text: wrapper(path, string(text))}})
}

// TestSet: a module imports packages of a set from its base, which has them once.
func TestSet(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := setBase(t, at)
		data, err := setModule(t, k, b, "ofset")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "ofset")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		load := "load " + file
		all := "5 7 1 108 4 5 {2 a} true 1 1"
		out := host(t, k, nil, b.Path(), "modules", load, "All", "Give", "Type", load, "Type", "All", "restart", load, "All")
		expect(t, strings.Split(strings.TrimSpace(out), "\n"),
			all, "given", "true 2", "false 3", strings.Replace(all, "7 1", "7 2", 1), all)

		// An instance of a generic type that the set has.
		if _, err := setModule(t, k, b, "instance"); !errors.Is(err, ErrInstance) {
			t.Errorf("an instance with methods of the base's: %v", err)
		}

		_, plain := testBase(t, at)
		if err := plain.Verify(data); err == nil || !strings.Contains(err.Error(), "base") {
			t.Errorf("on a base without the set: %v", err)
		}
	})
}

// TestSetExports: what a set's packages export is offered, and what they inline; what they have for themselves is not, nor anything of the
// library that a base without the set does not offer.
func TestSetExports(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := setBase(t, at)
		_, plain := testBase(t, at)
		if err := errors.Join(b.Load(), plain.Load()); err != nil {
			t.Fatal(err)
		}
		offered := func(name string) bool { return slices.Contains(b.about.Exports, name) }
		for _, name := range []string{"example.org/set.Count", "example.org/set.Kept", "example.org/set.Inlined", "example.org/set.Made", "example.org/set/internal/inner.Much",
			"example.org/set/low%2ev1.(*Value).N", "example.org/set/low%2ev1.(*Value).count", "example.org/set/keeps.Now"} {
			if !offered(name) {
				t.Errorf("%s is not offered", name)
			}
		}
		for _, name := range []string{"example.org/set.kept", "example.org/set.look", "example.org/set/internal/inner.Little", "example.org/set/internal/inner.Never", "runtime.nanotime"} {
			if _, ok := b.symbols.byName[name]; ok && offered(name) {
				t.Errorf("%s is offered", name)
			}
		}
		for _, name := range b.about.Exports {
			if !strings.Contains(name, "example.org/set") && !strings.HasPrefix(name, "type:.") && !strings.HasSuffix(name, ".go") && !slices.Contains(plain.about.Exports, name) {
				t.Errorf("%s is offered, and is not without the set", name)
			}
		}
		// What a policy accepts of a set, it does not of functions: that is an object's.
		var refused *object.RefusedError
		if _, err := setModule(t, k, b, "keeping"); !errors.As(err, &refused) || !strings.Contains(err.Error(), "no function that a module may call") {
			t.Errorf("what a set has by go:linkname: %v", err)
		}
	})
}

// TestSetGate: a module that calls, reads or writes what the set has for itself is refused, whoever has made it.
func TestSetGate(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := setBase(t, at)
		good, err := setModule(t, k, b, "ofset")
		if err != nil {
			t.Fatal(err)
		}
		place := func(name string) uint32 {
			for _, n := range []string{name, name + ".abiinternal"} {
				if p, ok := b.symbols.byName[n]; ok {
					return uint32(p.value)
				}
			}
			t.Fatalf("the base has no %s", name)
			return 0
		}
		// The call of Kept leads to look, and what reads Count to kept and what Never reads.
		for _, forged := range []struct{ name, from, to, want string }{
			{"a call", "example.org/set.Kept", "example.org/set.look", "no function that a module may call"},
			{"a call into an internal package", "example.org/set.Kept", "example.org/set/internal/inner.Never", "no function that a module may call"},
			{"a variable", "example.org/set.Count", "example.org/set.kept", "not for modules"},
			{"a variable of an internal package", "example.org/set.Count", "example.org/set/internal/inner.Little", "not for modules"},
		} {
			f := forge(t, b, good)
			from, to, changed := place(forged.from), place(forged.to), 0
			for i := uint32(0); i < f.h.Tables[tableCalls].Count; i += 2 {
				// Addends are as they were.
				if n := f.number(tableCalls, i+1); n-from+8 <= 16 {
					f.putNumber(tableCalls, i+1, n-from+to)
					changed++
				}
			}
			if changed == 0 {
				t.Fatalf("%s: the module does not refer to %s", forged.name, forged.from)
			}
			if err := b.Verify(f.data); err == nil || !strings.Contains(err.Error(), forged.want) {
				t.Errorf("%s: %v", forged.name, err)
			}
		}
		if err := b.Verify(good); err != nil {
			t.Error(err)
		}
	})
}
