package inspect

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/provenance"
)

// TestTreemap: every item has an area in proportion to its size, inside of what it
// belongs to, and shares none with another.
func TestTreemap(t *testing.T) {
	items := []Item{
		{Name: "a", Size: 500, Items: []Item{{Name: "a1", Size: 300}, {Name: "a2", Size: 150}, {Name: "a3", Size: 50}}},
		{Name: "b", Size: 300}, {Name: "c", Size: 150}, {Name: "d", Size: 49}, {Name: "e", Size: 1}, {Name: "none", Size: 0},
	}
	in := rect{0, 0, 1000, 500}
	checkTiles(t, treemap(items, in), in, 1000)
	if got := treemap(nil, in); len(got) != 0 {
		t.Errorf("nothing, but %d tiles", len(got))
	}
	if got := treemap(items, rect{}); len(got) != 0 {
		t.Errorf("no room, but %d tiles", len(got))
	}
}

func checkTiles(t *testing.T, tiles []Tile, in rect, total float64) {
	t.Helper()
	const slack = 1e-6
	for i, a := range tiles {
		if want := float64(a.Size) / total * in.w * in.h; math.Abs(a.W*a.H-want) > slack*want+slack {
			t.Errorf("%s has %g, want %g", a.Name, a.W*a.H, want)
		}
		if a.X < in.x-slack || a.Y < in.y-slack || a.X+a.W > in.x+in.w+slack || a.Y+a.H > in.y+in.h+slack {
			t.Errorf("%s lies outside: %+v", a.Name, a)
		}
		for _, b := range tiles[:i] {
			if a.X+slack < b.X+b.W && b.X+slack < a.X+a.W && a.Y+slack < b.Y+b.H && b.Y+slack < a.Y+a.H {
				t.Errorf("%s and %s overlap", a.Name, b.Name)
			}
		}
		if len(a.Items) > 0 {
			checkTiles(t, a.Tiles, rect{a.X + padding, a.Y + titleHeight, a.W - 2*padding, a.H - titleHeight - padding}, float64(a.Size))
		}
	}
}

// example is a file with names that want to be markup.
func example() *File {
	return &File{
		Name: "<b>.so", Size: 5 << 20, Good: true, Findings: []object.Finding{},
		Origin: &provenance.Record{
			Kind: "module", Target: "linux-postgres-amd64", ABI: 2, Postgres: 15, Kit: provenance.Kit{Version: "0.1.0", Digest: "0123456789abcdef0123"},
			Go: "go1.26.8", Overlay: "abc", Package: "example.org/a",
			Functions: []string{`f("<i>" text) RETURNS text`},
			Modules:   []provenance.Module{{Path: "example.org/a"}, {Path: "example.org/dep", Version: "v1.2.3", Sum: "h1:x="}},
		},
		Std: []string{"fmt", "internal/abi", "runtime", "vendor/golang.org/x/net/idna"},
		Contents: &object.Contents{
			Packages: []object.Package{
				{Path: "runtime", Module: "std", Functions: 10, Size: 1000}, {Path: "fmt", Module: "std", Functions: 3, Size: 500},
				{Path: "example.org/dep/x", Module: "example.org/dep", Size: 300}, {Path: "example.org/a", Module: "example.org/a", Size: 200},
				{Path: object.HostCode, Size: 100}, {Path: object.CompilerCode, Size: 10},
			},
			Sections: []object.Section{{Name: ".text", Size: 2200, File: 2200}, {Name: ".rodata", Size: 700, File: 700}, {Name: ".bss", Size: 9000}},
		},
		Imports: []string{"memcpy"}, Exports: []string{"_PG_init"}, Hidden: []object.Hidden{{Address: 1, Function: "f"}},
		report: &object.Report{Instructions: 77}, functions: 13,
	}
}

func TestHTML(t *testing.T) {
	var b strings.Builder
	if err := example().WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, bad := range []string{"<b>.so", "<i>", "<script", "<link", "<img", "@import", "url(", "http:", "https:", "src=", "NaN", "Inf"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, want := range []string{
		"&lt;b&gt;.so", "good: 13 functions, 77 instructions, no system call (1 hidden", "v1.2.3", "h1:x=",
		"prefers-color-scheme: dark", `<rect class="c-own"`, `<rect class="c-dependency"`, `<rect class="c-std"`, `<rect class="c-host"`, `<rect class="c-rest"`,
		"<title>runtime: 1000 bytes</title>", "<li>fmt</li>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "<li>internal/abi") {
		t.Error("an internal package is listed among those that people know")
	}
	refused := example()
	refused.Good, refused.Findings = false, []object.Finding{{Rule: "kernel", What: "enters & leaves"}}
	b.Reset()
	if err := refused.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "enters &amp; leaves") || !strings.Contains(text, `class="verdict bad"`) || strings.Contains(text, "<svg") {
		t.Errorf("a refused file: %s", text)
	}
}

func TestText(t *testing.T) {
	var b strings.Builder
	if err := example().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^<b>.so$`, `(?m)^verdict +good: 13 functions`, `(?m)^kind +module for linux-postgres-amd64, PostgreSQL 15$`,
		`(?m)^modules +example.org/a\n +example.org/dep v1.2.3 h1:x=$`, `(?m)^std +fmt runtime$`, `(?m)^code +1000 bytes  runtime$`, `(?m)^source gate +not asked$`,
	} {
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("no %s in:\n%s", want, b.String())
		}
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h float64
		want string
	}{
		{"encoding/json", 200, 20, "encoding/json"},
		{"encoding/json", 50, 20, "json"},
		{"encoding/json", 30, 20, "js…"},
		{"encoding/json", 20, 20, ""},
		{"encoding/json", 200, 10, ""},
	} {
		if got := label(Tile{Item: Item{Name: c.name}, W: c.w, H: c.h}, plainLetter); got != c.want {
			t.Errorf("%s in %gx%g: %q, want %q", c.name, c.w, c.h, got, c.want)
		}
	}
}
