package target_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/plgo/compile"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/provenance"
	"github.com/pgstd/pgstd/trust/source"
	"golang.org/x/mod/module"
)

var (
	reviewed = module.Version{Path: "example.org/reviewed", Version: "v1.0.0"}
	text1    = module.Version{Path: "example.org/text", Version: "v0.3.8"}
	text2    = module.Version{Path: "example.org/text", Version: "v0.43.0"}
)

// unsafeText reads any address; who may do that is what the policy says.
const unsafeText = "import \"unsafe\"\n\nfunc Peek(n int64) int64 { return *(*int64)(unsafe.Pointer(uintptr(n))) }\n"

const assembly = "#include \"textflag.h\"\n\nTEXT ·Asm(SB), NOSPLIT, $0-8\n\tMOVQ $7, ret+0(FP)\n\tRET\n"

// identityModules are what the tests below take in, and policyText is the administrator's
// policy for them.
func identityModules(t *testing.T) (sums, policyText string, hashes map[module.Version]string) {
	t.Helper()
	url, sums, hashes := proxyOf(t, map[module.Version]map[string]string{
		reviewed: {
			"r.go":       "package reviewed\n\n" + strings.Replace(unsafeText, "import \"unsafe\"", "import (\n\t_ \"embed\"\n\t\"unsafe\"\n)\n\n//go:embed data/d.bin\nvar Data string", 1),
			"r_amd64.go": "package reviewed\n\nfunc Asm() int64\n", "r_amd64.s": assembly, "data/d.bin": "seven",
		},
		text1: {"t.go": "package text\n\nfunc Old() int64 { return 1 }\n"},
		text2: {"t.go": "package text\n\nfunc Old() int64 { return 1 }\n"},
	})
	t.Setenv("GOPROXY", url)
	t.Setenv("GONOSUMDB", "*")
	cache := t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	t.Cleanup(func() {
		clean := exec.Command("go", "clean", "-modcache")
		clean.Env = append(os.Environ(), "GOMODCACHE="+cache)
		if out, err := clean.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	for m := range hashes {
		download := exec.Command("go", "mod", "download", m.String())
		download.Dir = t.TempDir()
		if out, err := download.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	policyText = "version = 1\n[[module]]\npath = \"example.org/text\"\nversions = \">=v0.43.0\"\n[[module]]\npath = \"example.org/reviewed\"\nversions = \"v1.0.0\"\nsums = [\"" + hashes[reviewed] + "\"]\n"
	for _, rule := range []string{"unsafe-import", "unsafe-pointer", "no-body", "foreign-file", "hidden-instruction"} {
		policyText += "[[module.accept]]\nrule = \"" + rule + "\"\nreason = \"reviewed\"\n"
	}
	return sums, policyText, hashes
}

func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIdentity: what a module may do goes by what it is. Neither its own name nor the one
// that a replace gives it makes it another.
func TestIdentity(t *testing.T) {
	sums, policyText, _ := identityModules(t)
	const head = "package ext\n\nimport \"example.org/reviewed\"\n\n//pg:function\nfunc Seven() int64 { return reviewed."
	local := map[string]string{"evil/go.mod": "module example.org/reviewed\n\ngo 1.26\n", "evil/e.go": "package reviewed\n\n" + unsafeText}
	with := func(files map[string]string, more map[string]string) map[string]string {
		all := map[string]string{}
		for _, m := range []map[string]string{files, more} {
			for name, text := range m {
				all[name] = text
			}
		}
		return all
	}
	for _, test := range []struct {
		name, module string
		files        map[string]string
		rules        string // that refuse it; empty: good
	}{
		{"as it is", "module example.org/ext\n\ngo 1.26\n\nrequire example.org/reviewed v1.0.0\n",
			map[string]string{"ext.go": head + "Asm() }\n"}, ""},
		{"under another name", "module example.org/ext\n\ngo 1.26\n\nrequire example.org/other v0.0.1\n\nreplace example.org/other => example.org/reviewed v1.0.0\n",
			map[string]string{"ext.go": strings.Replace(head, "\"example.org/reviewed\"", "reviewed \"example.org/other\"", 1) + "Asm() }\n"}, ""},
		{"a folder under its name", "module example.org/ext\n\ngo 1.26\n\nrequire example.org/reviewed v1.0.0\n\nreplace example.org/reviewed => ./evil\n",
			with(local, map[string]string{"ext.go": head + "Peek(7) }\n"}), "unsafe-import unsafe-pointer"},
		{"a folder under its name, and itself under another", "module example.org/ext\n\ngo 1.26\n\nrequire (\n\texample.org/a v0.0.1\n\texample.org/reviewed v1.0.0\n)\n\nreplace example.org/a => example.org/reviewed v1.0.0\n\nreplace example.org/reviewed => ./evil\n",
			with(local, map[string]string{"ext.go": head + "Peek(7) }\n", "a.go": "package ext\n\nimport _ \"example.org/a\"\n"}), "unsafe-import unsafe-pointer"},
		{"the author's own under its name", "module example.org/reviewed\n\ngo 1.26\n\nrequire example.org/a v0.0.1\n\nreplace example.org/a => example.org/reviewed v1.0.0\n",
			map[string]string{"ext.go": "package ext\n\nimport (\n\t_ \"example.org/a\"\n\t\"unsafe\"\n)\n\n//pg:function\nfunc Peek(n int64) int64 { return *(*int64)(unsafe.Pointer(uintptr(n))) }\n"}, "unsafe-import unsafe-pointer"},
		{"an old release under another name", "module example.org/ext\n\ngo 1.26\n\nrequire example.org/old v0.99.0\n\nreplace example.org/old => example.org/text v0.3.8\n",
			map[string]string{"ext.go": "package ext\n\nimport text \"example.org/old\"\n\n//pg:function\nfunc F() int64 { return text.Old() }\n"}, "dependency"},
		{"an old release beside a new one", "module example.org/ext\n\ngo 1.26\n\nrequire (\n\texample.org/old v0.99.0\n\texample.org/text v0.43.0\n)\n\nreplace example.org/old => example.org/text v0.3.8\n",
			map[string]string{"ext.go": "package ext\n\nimport (\n\ttext \"example.org/old\"\n\t_ \"example.org/text\"\n)\n\n//pg:function\nfunc F() int64 { return text.Old() }\n"}, "dependency"},
		{"an old release in the place of a new one", "module example.org/ext\n\ngo 1.26\n\nrequire example.org/text v0.43.0\n\nreplace example.org/text v0.43.0 => example.org/text v0.3.8\n",
			map[string]string{"ext.go": "package ext\n\nimport \"example.org/text\"\n\n//pg:function\nfunc F() int64 { return text.Old() }\n"}, "dependency"},
		{"a folder with the name of a listed one", "module example.org/ext\n\ngo 1.26\n\nrequire example.org/text v0.43.0\n\nreplace example.org/text => ./evil\n",
			map[string]string{"evil/go.mod": "module example.org/text\n\ngo 1.26\n", "evil/e.go": "package text\n\n" + unsafeText,
				"ext.go": "package ext\n\nimport \"example.org/text\"\n\n//pg:function\nfunc F() int64 { return text.Peek(1) }\n"}, "unsafe-import unsafe-pointer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeAll(t, dir, test.files)
			writeAll(t, dir, map[string]string{"go.mod": test.module, "go.sum": sums, "p.toml": policyText})
			r := target.Request{Dir: dir, Options: target.Options{Policy: filepath.Join(dir, "p.toml")}}
			result, err := target.Check(t.Context(), r, ".")
			if err != nil {
				t.Fatal(err)
			}
			rules := map[string]bool{}
			for _, f := range result.Findings {
				rules[f.Rule] = true
			}
			for _, rule := range strings.Fields(test.rules) {
				if !rules[rule] {
					t.Errorf("rule %s does not refuse it: %v", rule, result.Findings)
				}
			}
			if test.rules == "" && !result.OK() {
				t.Errorf("refused: %v", result.Findings)
			}
			if test.rules != "" {
				var refused *source.Refused
				if err := target.BuildObject(t.Context(), r, filepath.Join(t.TempDir(), "x.so")); !errors.As(err, &refused) {
					t.Errorf("the build: %v", err)
				}
			}
		})
	}
}

// note reads the provenance of a file.
func note(t *testing.T, file string) *provenance.Record {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	report := object.Verify(data, "")
	if err := report.Err(); err != nil {
		t.Fatal(err)
	}
	return report.Provenance
}

// TestVendoredContent: a vendored module is compared file by file, whatever a file's name
// ends in, and the note says what it is, as if it had not been vendored.
func TestVendoredContent(t *testing.T) {
	sums, policyText, hashes := identityModules(t)
	dir := t.TempDir()
	writeAll(t, dir, map[string]string{
		"go.mod": "module example.org/ext\n\ngo 1.26\n\nrequire (\n\texample.org/old v0.99.0\n\texample.org/reviewed v1.0.0\n)\n\nreplace example.org/old => example.org/text v0.43.0\n",
		"go.sum": sums, "p.toml": policyText,
		"ext.go": "package ext\n\nimport (\n\ttext \"example.org/old\"\n\t\"example.org/reviewed\"\n)\n\n//pg:function\nfunc F() int64 { return text.Old() + reviewed.Asm() + int64(len(reviewed.Data)) }\n",
	})
	r := target.Request{Dir: dir, Options: target.Options{Policy: filepath.Join(dir, "p.toml")}}
	build := func(name string) (string, error) {
		out := filepath.Join(t.TempDir(), name)
		return out, target.BuildObject(t.Context(), r, out)
	}
	first, err := build("first.so")
	if err != nil {
		t.Fatal(err)
	}
	vendor := exec.Command("go", "mod", "vendor")
	vendor.Dir = dir
	vendor.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	if out, err := vendor.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	second, err := build("second.so")
	if err != nil {
		t.Fatal(err)
	}
	a, b := note(t, first), note(t, second)
	for _, record := range []*provenance.Record{a, b} {
		for _, m := range record.Modules {
			switch m.Path {
			case reviewed.Path:
				if m.Version != reviewed.Version || m.Sum != hashes[reviewed] || m.Replace != nil {
					t.Errorf("%+v", m)
				}
			case "example.org/old":
				if m.Version != "v0.99.0" || m.Sum != hashes[text2] || m.Replace == nil || m.Replace.Version != text2.Version {
					t.Errorf("%+v", m)
				}
			case "example.org/ext":
				if !strings.HasPrefix(m.Sum, "h1:") {
					t.Errorf("%+v", m)
				}
			}
		}
		if len(record.Packages) != 3 || len(record.Packages[2].Accepted) != 5 || !record.Packages[2].Assembly {
			t.Errorf("%+v", record.Packages)
		}
	}
	if x, y := a.Packages, b.Packages; x[1].Sum != y[1].Sum || x[2].Sum != y[2].Sum {
		t.Errorf("the same packages, vendored: %+v, %+v", x, y)
	}
	if err := target.Rebuild(t.Context(), r, second); err != nil {
		t.Error(err)
	}

	// What hides in constants is refused with assembly, if the policy does not say otherwise.
	accept := "[[module.accept]]\nrule = \"hidden-instruction\"\nreason = \"reviewed\"\n"
	writeAll(t, dir, map[string]string{"p.toml": strings.Replace(policyText, accept, "", 1)})
	if _, err := build("x.so"); err == nil || !strings.Contains(err.Error(), "package example.org/reviewed has assembly") {
		t.Errorf("hidden instructions: %v", err)
	}
	writeAll(t, dir, map[string]string{"p.toml": policyText})

	at := filepath.Join("vendor", reviewed.Path)
	for name, text := range map[string]string{
		"r.go":        "package reviewed\n\nvar Data string\n\nfunc Peek(n int64) int64 { return 0 }\n",
		"r_amd64.s":   strings.Replace(assembly, "$7", "$0xc3050f", 1),
		"data/d.bin":  "eight",
		"more.s":      "",
		"more.h":      "",
		"more.syso":   "",
		"more_bsd.go": "package reviewed\n",
		"LICENSE":     "none",
	} {
		path := filepath.Join(at, name)
		before, err := os.ReadFile(filepath.Join(dir, path))
		writeAll(t, dir, map[string]string{path: text})
		var refused *source.Refused
		if _, err := build("x.so"); !errors.As(err, &refused) || !strings.Contains(err.Error(), name+": a vendored file that differs") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			writeAll(t, dir, map[string]string{path: string(before)})
		} else if err := os.Remove(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(dir, "vendor", "modules.txt")
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		"# example.org/old v0.99.0 => example.org/text v0.43.0": "# example.org/old v0.99.0 => example.org/text v0.3.8",
		"# example.org/reviewed v1.0.0":                         "# example.org/reviewed v1.0.0 => ./evil",
	} {
		if !strings.Contains(string(text), from) {
			t.Fatalf("%s", text)
		}
		writeAll(t, dir, map[string]string{"vendor/modules.txt": strings.Replace(string(text), from, to, 1)})
		var refused *source.Refused
		if _, err := build("x.so"); !errors.As(err, &refused) {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// TestFolderByHash: an administrator can accept what a folder of the author's does, by
// naming its content: Go, assembly, and what it embeds.
func TestFolderByHash(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"go.mod":    "module example.org/ext\n\ngo 1.26\n",
		"ext.go":    "package ext\n\nimport _ \"embed\"\n\n//go:embed data\nvar data string\n\nfunc Asm() int64\n\n//pg:function\nfunc F() int64 { return Asm() }\n",
		"a_amd64.s": assembly, "data": "seven", "h.h": "/* */\n",
	}
	writeAll(t, dir, files)
	rules := []string{"no-body", "foreign-file"}
	accept := func() {
		result, err := target.Check(t.Context(), target.Request{Dir: dir}, ".")
		if err != nil {
			t.Fatal(err)
		}
		text := "version = 1\n[[module]]\npath = \"example.org/ext\"\nsums = [\"" + result.Modules[0].Sum + "\"]\n"
		for _, rule := range rules {
			text += "[[module.accept]]\nrule = \"" + rule + "\"\nreason = \"reviewed\"\n"
		}
		writeAll(t, dir, map[string]string{"p.toml": text})
	}
	check := func() bool {
		result, err := target.Check(t.Context(), target.Request{Dir: dir, Options: target.Options{Policy: filepath.Join(dir, "p.toml"), Deps: policy.Listed}}, ".")
		if err != nil {
			t.Fatal(err)
		}
		return result.OK()
	}
	accept()
	if !check() {
		t.Fatal("what the policy names is refused")
	}
	for name, text := range map[string]string{"a_amd64.s": strings.Replace(assembly, "$7", "$8", 1), "data": "eight", "h.h": "/* more */\n", "ext.go": files["ext.go"] + "\n", "go.mod": files["go.mod"] + "\n"} {
		writeAll(t, dir, map[string]string{name: text})
		if check() {
			t.Errorf("%s is another, and the exception counts", name)
		}
		writeAll(t, dir, map[string]string{name: files[name]})
	}
	if !check() {
		t.Error("not restored")
	}
}

// TestGateTimeout: the time that tools may take holds for what this process does, too.
func TestGateTimeout(t *testing.T) {
	dir := writePackage(t, "small", "package small\n\n//pg:function\nfunc One() int64 { return 1 }\n")
	o := target.Options{Limits: sandbox.Limits{Timeout: time.Nanosecond}}
	var over *sandbox.LimitError
	if _, err := target.Check(t.Context(), target.Request{Dir: dir, Options: o}, "."); !errors.As(err, &over) || over.Flag != "--timeout" {
		t.Error(err)
	}
}

// TestFunctionIdentity: the object of a function says of the modules of its set what they
// are, and of their packages only those that it has.
func TestFunctionIdentity(t *testing.T) {
	sums, policyText, hashes := identityModules(t)
	dir := t.TempDir()
	writeAll(t, dir, map[string]string{
		"go.mod": "module example.org/set\n\ngo 1.26\n\nrequire (\n\texample.org/old v0.99.0\n\texample.org/reviewed v1.0.0\n)\n\nreplace example.org/old => example.org/text v0.43.0\n",
		"go.sum": sums, "pgtrust.toml": policyText,
		"text/t.go": "// Package text is plain.\npackage text\n\nimport \"example.org/old\"\n\nfunc F() int64 { return text.Old() }\n",
		"asm/a.go":  "// Package asm has assembly.\npackage asm\n\nimport \"example.org/reviewed\"\n\nfunc F() int64 { return reviewed.Asm() }\n",
	})
	compile := func(pkg string) (*compile.Compiled, error) {
		c, err := compile.New(t.Context(), target.Options{}, dir)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		bigint := compile.SQLType{Name: "bigint"}
		return c.Compile(t.Context(), &compile.Function{Name: "f", Returns: &bigint, Strict: true,
			Source: "import \"example.org/set/" + pkg + "\"\n\nreturn " + pkg + ".F()"}, compile.Options{})
	}
	for pkg, want := range map[string]string{"text": "example.org/old example.org/set/text", "asm": "example.org/reviewed example.org/set/asm"} {
		o, err := compile(pkg)
		if err != nil {
			t.Fatal(err)
		}
		record := object.Verify(o.Data, "").Provenance
		var paths []string
		for _, p := range record.Packages {
			paths = append(paths, p.Path)
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s: packages %s, want %s", pkg, got, want)
		}
		for _, m := range record.Modules {
			if m.Path == "example.org/old" && (m.Sum != hashes[text2] || m.Replace == nil || m.Replace.Path != text2.Path) || m.Path == reviewed.Path && m.Sum != hashes[reviewed] {
				t.Errorf("%+v", m)
			}
		}
		if pkg == "text" && o.Modules != "example.org/old v0.99.0 => example.org/text v0.43.0\nexample.org/set" {
			t.Errorf("%q", o.Modules)
		}
	}
	accept := "[[module.accept]]\nrule = \"hidden-instruction\"\nreason = \"reviewed\"\n"
	writeAll(t, dir, map[string]string{"pgtrust.toml": strings.Replace(policyText, accept, "", 1)})
	if _, err := compile("asm"); err == nil || !strings.Contains(err.Error(), "package example.org/reviewed has assembly") {
		t.Errorf("hidden instructions: %v", err)
	}
	if _, err := compile("text"); err != nil {
		t.Error(err)
	}
}

// TestPipesElsewhere: the go command would wait for a pipe in a folder that a replace names
// outside of the module, too.
func TestPipesElsewhere(t *testing.T) {
	for _, name := range []string{"go.mod", "x.go", "x_amd64.s"} {
		elsewhere, dir := t.TempDir(), t.TempDir()
		writeAll(t, elsewhere, map[string]string{"go.mod": "module example.org/e\n\ngo 1.26\n", "e.go": "package e\n"})
		os.Remove(filepath.Join(elsewhere, name))
		if err := syscall.Mkfifo(filepath.Join(elsewhere, name), 0o644); err != nil {
			t.Fatal(err)
		}
		writeAll(t, dir, map[string]string{
			"go.mod": "module example.org/ext\n\ngo 1.26\n\nrequire example.org/e v1.0.0\n\nreplace example.org/e => " + elsewhere + "\n",
			"ext.go": "package ext\n\nimport _ \"example.org/e\"\n\n//pg:function\nfunc F() int64 { return 1 }\n",
		})
		r := target.Request{Dir: dir, Options: target.Options{Limits: sandbox.Limits{Timeout: time.Minute}}}
		result, err := target.Check(t.Context(), r, ".")
		if err != nil || len(result.Findings) != 1 || result.Findings[0].Rule != "irregular-file" {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
		var refused *source.Refused
		if err := target.BuildObject(t.Context(), r, filepath.Join(t.TempDir(), "x.so")); !errors.As(err, &refused) {
			t.Errorf("%s: the build: %v", name, err)
		}
	}
}

// TestPipesHidden: nor is a folder of a replacement passed by for its name, or for how much
// lies before it.
func TestPipesHidden(t *testing.T) {
	for _, folder := range []string{".git", "sub/.git", "vendor/e", "_e", "testdata"} {
		for _, name := range []string{"go.mod", "go.sum"} {
			dir := t.TempDir()
			writeAll(t, dir, map[string]string{
				"go.mod":           "module example.org/ext\n\ngo 1.26\n\nrequire example.org/e v1.0.0\n\nreplace example.org/e => ./" + folder + "\n",
				"ext.go":           "package ext\n\nimport _ \"example.org/e\"\n\n//pg:function\nfunc F() int64 { return 1 }\n",
				folder + "/e.go":   "package e\n",
				folder + "/go.mod": "module example.org/e\n\ngo 1.26\n",
				folder + "/go.sum": "",
			})
			at := filepath.Join(dir, folder, name)
			os.Remove(at)
			if err := syscall.Mkfifo(at, 0o644); err != nil {
				t.Fatal(err)
			}
			r := target.Request{Dir: dir, Options: target.Options{Limits: sandbox.Limits{Timeout: time.Minute}}}
			result, err := target.Check(t.Context(), r, ".")
			if err != nil || len(result.Findings) != 1 || result.Findings[0].Rule != "irregular-file" {
				t.Errorf("%s/%s: %+v, %v", folder, name, result, err)
			}
		}
	}
}
