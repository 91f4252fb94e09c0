package target_test

import (
	"debug/elf"
	"regexp"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/test/releases"
	"github.com/pgstd/pgstd/target"
)

// TestConstants: what an object says of where its constants with addresses are holds all of
// those that the Go linker has made, in whatever sections, and none of the host, which are
// addresses of the server.
func TestConstants(t *testing.T) {
	here, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range releases.PerMinor(here.Version) {
		for _, on := range target.Supported {
			t.Run(release+"/"+on.GOARCH(), func(t *testing.T) {
				requireCompiler(t, on)
				if _, err := gocmd.Find(t.Context(), release); err != nil {
					t.Skipf("%s cannot be had: %v", release, err)
				}
				e, err := target.BuildExtension(t.Context(), target.Request{
					Options: target.Options{Target: on, Go: release, Symbols: true},
					Dir:     writePackage(t, "constant", constant),
					OutDir:  t.TempDir(),
				})
				if err != nil {
					t.Fatal(err)
				}
				checkConstants(t, openELF(t, e.Module))
			})
		}
	}
}

// inC matches names in C, with the number that tells apart what functions have of the same name.
var inC = regexp.MustCompile(`^[A-Za-z_]\w*(\.\d+)?$`)

func checkConstants(t *testing.T, f *elf.File) {
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]uint64{}
	for _, s := range symbols {
		named[s.Name] = s.Value
	}
	start, end := named["pgstd_relro"], named["pgstd_erelro"]
	if start == 0 || start >= end {
		t.Fatalf("they are %#x-%#x", start, end)
	}
	ofGo, ofHost := 0, 0
	for _, s := range symbols {
		if int(s.Section) >= len(f.Sections) || f.Sections[s.Section].Name != ".data.rel.ro" || elf.ST_TYPE(s.Info) != elf.STT_OBJECT {
			continue
		}
		isGo := !inC.MatchString(s.Name) || s.Name == "pgstd_object"
		inside := s.Value >= start && s.Value+s.Size <= end
		switch {
		case isGo && inside:
			ofGo++
		case !isGo && (s.Value+s.Size <= start || s.Value >= end):
			ofHost++
		case s.Size > 0:
			t.Errorf("%s is at %#x-%#x, and Go's constants are %#x-%#x", s.Name, s.Value, s.Value+s.Size, start, end)
		}
	}
	if ofGo < 10 || ofHost < 10 {
		t.Errorf("%d constants of Go and %d of the host: have all been seen?", ofGo, ofHost)
	}
}
