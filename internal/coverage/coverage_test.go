package coverage

import (
	"os"
	"path/filepath"
	"testing"
)

func TestProfile(t *testing.T) {
	var p Profile
	p.Add("a.org/x/f.go:1.11,3.2 2 0\nsomething else\na.org/x/f.go:5.11,5.12 1 1\n")
	p.Add("NOTICE:  a.org/x/f.go:9.1,9.2 1 1\na.org/x/f.go:5.11,5.12 1 0\n")
	if got, want := p.String(), "mode: set\na.org/x/f.go:1.11,3.2 2 0\na.org/x/f.go:5.11,5.12 1 1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	source := filepath.Join(t.TempDir(), "f.go")
	if err := os.WriteFile(source, []byte("func a() {\n1\n}\n\nfunc b() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := p.Files(map[string]string{"a.org/x/f.go": source})
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	f := files[0]
	if f.Ran != 1 || f.Of != 3 || int(Percent(f)) != 33 {
		t.Errorf("%d of %d", f.Ran, f.Of)
	}
	want := []Part{{"func a() ", ""}, {"{\n1\n}", "not"}, {"\n\nfunc b() {", ""}, {"}", "ran"}, {"\n", ""}}
	if len(f.Parts) != len(want) {
		t.Fatalf("%q", f.Parts)
	}
	for i := range want {
		if f.Parts[i] != want[i] {
			t.Errorf("part %d is %q, want %q", i, f.Parts[i], want[i])
		}
	}
}

func TestNothing(t *testing.T) {
	var p Profile
	files, err := p.Files(nil)
	if err != nil || len(files) != 0 || Percent(files...) != 0 {
		t.Error(files, err)
	}
}
