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
