package source_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/source"
)

// What is found in a file that no build can take in is reported, and refuses nothing; what
// some build of the kit's could take in is refused, however it is written.
func TestReach(t *testing.T) {
	const unsafe = "package m\n\nimport _ \"unsafe\"\n"
	leftOut := map[string]string{
		"a_windows.go":     unsafe,
		"a_plan9_amd64.go": unsafe,
		"a_linux_386.go":   unsafe,
		"a_wasm.go":        unsafe,
		"icu.go":           "//go:build icu\n\n" + unsafe,
		"ignore.go":        "//go:build ignore && linux\n\npackage main\n\nimport \"C\"\n",
		"not.go":           "//go:build !linux\n\n" + unsafe,
		"impossible.go":    "//go:build amd64 && arm64\n\n" + unsafe,
		"old.go":           "//go:build !go1.21\n\n" + unsafe,
		"gccgo.go":         "//go:build gccgo\n\n" + unsafe,
		"oldform.go":       "// +build icu\n\n" + unsafe,
		"nopure.go":        "//go:build !purego || !appengine\n\n" + unsafe,
		"noasm.go":         "// +build !noasm,!gccgo,!safe\n\n" + unsafe,
		"nonsense_js.go":   "package m\n\nfunc (",
		"cgo_never.go":     "//go:build cgo && windows\n\npackage m\n\nimport \"C\"\n",
	}
	refused := map[string]string{
		"plain_arm64.go":        unsafe,
		"linux_arm64.go":        unsafe,
		"b_linux.go":            unsafe,
		"c_unix.go":             unsafe, // no constraint
		"windows.go":            unsafe, // nor this
		"nonet.go":              "//go:build !netgo\n\n" + unsafe,
		"pure.go":               "//go:build purego && safe\n\n" + unsafe,
		"stock.go":              "//go:build !postgres && arm64\n\n" + unsafe,
		"race.go":               "//go:build race\n\n" + unsafe,
		"cgo.go":                "//go:build !cgo\n\n" + unsafe,
		"cgo2.go":               "//go:build cgo\n\npackage m\n\nimport \"C\"\n",
		"next.go":               "//go:build go1.27\n\n" + unsafe,
		"later.go":              "//go:build go1.31 && !go1.32\n\n" + unsafe,
		"levels.go":             "//go:build amd64.v3\n\n" + unsafe,
		"experiment.go":         "//go:build goexperiment.jsonv2\n\n" + unsafe,
		"either.go":             "//go:build windows || arm64\n\n" + unsafe,
		"two.go":                "//go:build windows\n//go:build linux\n\n" + unsafe,
		"malformed.go":          "//go:build windows &&\n\n" + unsafe,
		"behind.go":             "package m\n\n//go:build windows\n\nimport _ \"unsafe\"\n",
		"glued.go":              "//go:build windows\n" + unsafe[:9] + unsafe[9:],
		"spaced.go":             "// go:build windows\n\n" + unsafe,
		"many.go":               "//go:build windows && (race || msan || asan || cgo || boringcrypto || netgo || osusergo || postgres || timetzdata)\n\n" + unsafe,
		"trojan_windows.go":     "package m\n\n// \u202e\n",
		"same_WINDOWS.go":       unsafe, // names are exact
		"test_windows_test2.go": unsafe,
	}
	delete(refused, "glued.go") // a constraint that no blank line ends is one for go1.26
	files := map[string]string{"go.mod": goMod, "m.go": "package m\n"}
	for name, text := range leftOut {
		files[name] = text
	}
	for name, text := range refused {
		files[name] = text
	}
	cfg := config(t, write(t, files))
	cfg.StrictFiles = false
	result, err := source.Run(t.Context(), cfg, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	has := func(findings []source.Finding, name string) bool {
		return slices.ContainsFunc(findings, func(f source.Finding) bool { return filepath.Base(f.Pos.File) == name })
	}
	for name := range leftOut {
		if has(result.Findings, name) || !has(result.LeftOut, name) {
			t.Errorf("%s is refused, or not reported", name)
		}
	}
	for name := range refused {
		if !has(result.Findings, name) {
			t.Errorf("%s is not refused", name)
		}
	}
	if t.Failed() {
		t.Log(result.Findings)
	}

	// Of other languages, all or nothing: what is beside assembly can be included by it.
	for _, c := range []struct {
		names []string
		ok    bool
	}{
		{[]string{"a_windows.s", "b_386.s", "c_windows.c", "d_arm.syso"}, true},
		{[]string{"a_windows.s", "a_arm64.s"}, false},
		{[]string{"a_windows.s", "a_windows.h"}, false},
		{[]string{"a_windows.syso", "b.o"}, false},
		{[]string{"noasm_amd64.s", "noasm_arm64.s"}, true},
		{[]string{"noasm_amd64.s", "noasm_arm64.s", "c.s"}, false},
	} {
		files := map[string]string{"go.mod": goMod, "m.go": "package m\n"}
		for _, name := range c.names {
			files[name] = ""
			if strings.HasPrefix(name, "noasm") {
				files[name] = "//go:build !noasm && !gccgo\n\nTEXT x(SB),4,$0\n"
			}
		}
		cfg := config(t, write(t, files))
		cfg.StrictFiles = false
		result, err := source.Run(t.Context(), cfg, nil, "")
		if err != nil || result.OK() != c.ok || !c.ok && len(result.Findings) != len(c.names) {
			t.Errorf("%v: %v, %v", c.names, result.Findings, err)
		}
	}
}
