package object

import "testing"

func TestPackageOf(t *testing.T) {
	for name, want := range map[string]string{
		"main.main":                                  "main",
		"runtime.(*mheap).alloc":                     "runtime",
		"encoding/json.Marshal":                      "encoding/json",
		"example.org/a/b.F":                          "example.org/a/b",
		"gopkg.in/yaml%2ev3.Unmarshal":               "gopkg.in/yaml.v3",
		"slices.SortFunc[go.shape.struct { a/b.T }]": "slices",
		"type:.eq.example.org/a.T":                   CompilerCode,
		"go:buildid":                                 CompilerCode,
		"_rt0_amd64_linux_lib":                       "runtime",
	} {
		if got := packageOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"it imports ü, which": "it imports ü, which", "a\x1b[31mb": `a\x1b[31mb`, "a\xf5b": `a\xf5b`, "a\nb\r": `a\nb\r`,
		"\u202e": `\u202e`, "\ufffd": "\ufffd", "\u009b": `\u009b`,
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := packageOf("a/\x1bcb.F"); got != `a/\x1bcb` {
		t.Errorf("%q", got)
	}
}
