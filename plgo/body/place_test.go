package body

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var stringToString = Signature{
	Name: "f", Params: []Param{{Name: "s", Type: "string"}, {Name: "n", Type: "int"}}, Results: []Result{{Type: "string"}},
}

// program is one that calls functions of texts several times and prints what they return.
type program struct {
	dir, imports, calls string
	n                   int
}

func newProgram(t *testing.T) *program {
	p := &program{dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(p.dir, "go.mod"), []byte("module p\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) add(t *testing.T, source *Package) {
	name := fmt.Sprint("f", p.n)
	p.n++
	dir := filepath.Join(p.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "f.go"), source.Plain, 0o644); err != nil {
		t.Fatal(err)
	}
	p.imports += fmt.Sprintf("import %s \"p/%s\"\n", name, name)
	p.calls += fmt.Sprintf("\tcall(%s.%s)\n", name, source.Function)
}

// run returns a line for each function: what its calls returned.
func (p *program) run(t *testing.T) []string {
	source := "package main\n\nimport \"fmt\"\n" + p.imports + `
func try(f func(string, int) (string, error), s string, n int) (out string) {
	defer func() {
		if r := recover(); r != nil {
			out = fmt.Sprint("panic: ", r)
		}
	}()
	out, err := f(s, n)
	if err != nil {
		out += " " + err.Error()
	}
	return out
}

func call(f func(string, int) (string, error)) {
	fmt.Printf("%q\n", []string{try(f, "a", 1), try(f, "b 10.0.0.1", 0), try(f, "a", 1), try(f, "YWJj", 2)})
}

func main() {
` + p.calls + "}\n"
	if err := os.WriteFile(filepath.Join(p.dir, "main.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// wrapped wraps a text, with hoisting and without.
func wrapped(t *testing.T, text string, keep bool, l Importer) *Package {
	t.Helper()
	w := &wrapper{sig: stringToString, imp: l, text: newText(text), pointers: make([]bool, 1), keep: keep}
	p, diagnostics := w.wrap("plgo")
	if diagnostics != nil {
		t.Fatalf("%v\n%s", collect(diagnostics), text)
	}
	return p
}

// TestDeclarations: variables are the call's wherever they stand, and what stands in a
// group is kept.
func TestDeclarations(t *testing.T) {
	l := newLibrary(t)
	const abab = `["a" "b 10.0.0.1" "a" "YWJj"]`
	cases := []struct{ text, want string }{
		{"var x = strings.ToUpper(s)\nreturn x", `["A" "B 10.0.0.1" "A" "YWJJ"]`},
		{"var (\n\tx = strings.ToUpper(s)\n)\nreturn x", `["A" "B 10.0.0.1" "A" "YWJJ"]`},
		{"var h = sha256.New()\nh.Write([]byte(s))\nreturn hex.EncodeToString(h.Sum(nil))[:4]", `["ca97" "21cf" "ca97" "35d9"]`},
		{"var b = strings.Builder{}\nb.WriteString(s)\nreturn b.String()", abab},
		{"var b = &strings.Builder{}\nb.WriteString(s)\nreturn b.String()", abab},
		{"type R struct{ s string; n int }\nr := R{s: s, n: n}\nreturn r.s", abab},
		{"type R struct{ s string }\nfunc (r R) get() string { return r.s }\nvar r = R{s: s}\nreturn r.get()", abab},
		{"var a, b = s, n\n_ = b\nreturn a", abab},
		{"var _ = strings.ToUpper(s)\nreturn s", abab},
		{"var (_ = s; x = s)\nreturn x", abab},
		{"var ( kept int; x = s )\nkept++\nreturn fmt.Sprint(x, kept)", `["a1" "b 10.0.0.12" "a3" "YWJj4"]`},
		{"var (\n\tcache = map[string]int{} // per session\n\tkey = strings.ToLower(s) // per call\n)\ncache[key]++\nreturn fmt.Sprint(cache[key], len(cache))", `["1 1" "1 2" "2 2" "1 3"]`},
		{"var count int\nfunc next() int { count++; return count }\nnext()\nreturn fmt.Sprint(next())", `["2" "2" "2" "2"]`},
		{"var ( count int )\nfunc next() int { count++; return count }\nreturn fmt.Sprint(next())", `["1" "2" "3" "4"]`},
		{"func next() int { count++; return count }\nvar count int\nreturn fmt.Sprint(next())", `["1" "1" "1" "1"]`},
		{"func twice() string { return s + s }\nreturn twice()", `["aa" "b 10.0.0.1b 10.0.0.1" "aa" "YWJjYWJj"]`},
		{"func a(k int) int { if k == 0 { return n }; return b(k - 1) }\nfunc b(k int) int { return a(k) }\nreturn fmt.Sprint(a(3))", `["1" "0" "1" "2"]`},
		{"func a() string { return b() }\nfunc b() string { return x }\nvar x = s\nvar y = a()\nreturn y", abab},
		{"var x = s\nfunc unused() string { return x }\nreturn x", abab},
		{"const limit = 3\nvar x [limit]int\nreturn fmt.Sprint(len(x), s == \"\")", `["3 false" "3 false" "3 false" "3 false"]`},
		{"var x [3]int\nconst size = len(x)\ntype T [size]int\nvar t T\nreturn fmt.Sprint(len(t))", `["3" "3" "3" "3"]`},
		{"var x = 1\nif x := n; x > 5 { return \"\" }\nx++\nreturn fmt.Sprint(x)", `["2" "2" "2" "2"]`},
		{"var x = 1; var y = x + n /* c */ ; y++ ; return fmt.Sprint(x, y)", `["1 3" "1 2" "1 3" "1 4"]`},
		{"var x = s;;\n;var y = x;\nreturn y", abab},
		{"var f = func(x string) string { return x + s }\nreturn f(\"\")", abab},
		{"var at = time.Now()\ntime.Sleep(2)\nreturn fmt.Sprint(time.Since(at) < time.Second)", `["true" "true" "true" "true"]`},
		{"var m = map[string]bool{}\nm[s] = true\nreturn fmt.Sprint(len(m))", `["1" "1" "1" "1"]`},
		{"var l = []string{\"x\"}\nl[0] += s\nreturn l[0]", `["xa" "xb 10.0.0.1" "xa" "xYWJj"]`},
		{"var p = new(int)\n*p += n\nreturn fmt.Sprint(*p)", `["1" "0" "1" "2"]`},
		{"var mu sync.Mutex\nmu.Lock()\nreturn s", abab},
		{"var once sync.Once\nx := \"\"\nonce.Do(func() { x = s })\nreturn x", abab},
		{"var strings = strings.Fields(s)\nreturn strings[0]", `["a" "b" "a" "YWJj"]`},
		{"var m = map[string]int{s: n}\nfunc get() map[string]int { return map[string]int{s: n} }\nreturn fmt.Sprint(len(m), len(get()))", `["1 1" "1 1" "1 1" "1 1"]`},
		{"type T struct{ x int }\nvar x = n\nfunc (t T) get() int { return T{x: 7}.x }\nreturn fmt.Sprint(T{x: x}.get())", `["7" "7" "7" "7"]`},
	}
	program := newProgram(t)
	for _, c := range cases {
		program.add(t, wrapped(t, c.text, false, l))
	}
	for i, got := range program.run(t) {
		if got != cases[i].want {
			t.Errorf("%s\ngot  %s\nwant %s", cases[i].text, got, cases[i].want)
		}
	}
}

// TestMisplaced: what cannot be moved is named, at its line.
func TestMisplaced(t *testing.T) {
	l := newLibrary(t)
	for text, want := range map[string]string{
		"type T int\nvar x = n\nfunc (T) get() int { return x }\nreturn s": "3:1: method get uses x, which each call has anew",
		"func id[V any](v V) V { _ = s; return v }\nreturn id(s)":          "1:1: generic function id uses s, which each call has anew",
		"var x = s\nfunc init() { x = \"\" }\nreturn x":                    "2:1: function init uses x, which each call has anew",
		"var x = s\n\nvar x = s\nreturn x":                                 "3:5: x redeclared in this block",
		"var s = 1\nreturn s":                                              "1:5: s redeclared in this block",
		"var x = 1\nreturn s":                                              "1:5: declared and not used: x",
		"var x = y\nvar y = 1\nreturn s":                                   "1:9: undefined: y",
		"var re = regexp.MustCompile(`a`)\nreturn s":                       "1:5: declared and not used: re",
	} {
		_, err := Wrap(text, "plgo", stringToString, l)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}

// TestHoist: for each row of the tables, a value that is made once gives what one gives
// that is made in each call.
func TestHoist(t *testing.T) {
	l := newLibrary(t)
	rows := map[string]string{
		"regexp.MustCompile": "var re = regexp.MustCompile(`(?P<x>[a-c]+)|(a|ab)(c|bcd)*`)\n" + callAll("re", readsRegexp, map[string]string{
			"Expand": "string(re.Expand(nil, []byte(`$x`), []byte(`ab`), re.FindSubmatchIndex([]byte(`ab`))))", "ExpandString": "string(re.ExpandString(nil, `$x`, `ab`, re.FindSubmatchIndex([]byte(`ab`))))",
			"FindAll": "re.FindAll([]byte(s), -1)", "FindAllIndex": "re.FindAllIndex([]byte(s), -1)", "FindAllString": "re.FindAllString(s, -1)",
			"FindAllStringIndex": "re.FindAllStringIndex(s, -1)", "FindAllStringSubmatch": "re.FindAllStringSubmatch(s, -1)",
			"FindAllStringSubmatchIndex": "re.FindAllStringSubmatchIndex(s, -1)", "FindAllSubmatch": "re.FindAllSubmatch([]byte(s), -1)",
			"FindAllSubmatchIndex": "re.FindAllSubmatchIndex([]byte(s), -1)", "FindReaderIndex": "re.FindReaderIndex(strings.NewReader(s))",
			"FindReaderSubmatchIndex": "re.FindReaderSubmatchIndex(strings.NewReader(s))", "LiteralPrefix": "fmt.Sprint(re.LiteralPrefix())",
			"MatchReader": "re.MatchReader(strings.NewReader(s))", "NumSubexp": "re.NumSubexp()", "ReplaceAll": "string(re.ReplaceAll([]byte(s), []byte(`<$x>`)))",
			"ReplaceAllFunc": "re.ReplaceAllFunc([]byte(s), bytes.ToUpper)", "ReplaceAllLiteral": "re.ReplaceAllLiteral([]byte(s), []byte(`$`))",
			"ReplaceAllLiteralString": "re.ReplaceAllLiteralString(s, `$`)", "ReplaceAllString": "re.ReplaceAllString(s, `[$x]`)",
			"ReplaceAllStringFunc": "re.ReplaceAllStringFunc(s, strings.ToUpper)", "Split": "re.Split(s, -1)", "String": "re.String()",
			"SubexpIndex": "re.SubexpIndex(`x`)",
			"Find":        "re.Find([]byte(s))", "FindIndex": "re.FindIndex([]byte(s))", "FindSubmatch": "re.FindSubmatch([]byte(s))",
			"FindSubmatchIndex": "re.FindSubmatchIndex([]byte(s))", "Match": "re.Match([]byte(s))",
			"FindString": "re.FindString(s)", "FindStringIndex": "re.FindStringIndex(s)", "FindStringSubmatch": "re.FindStringSubmatch(s)",
			"FindStringSubmatchIndex": "re.FindStringSubmatchIndex(s)", "MatchString": "re.MatchString(s)",
		}),
		"regexp.MustCompilePOSIX":           "var re = regexp.MustCompilePOSIX(`a+|[bc]`)\nreturn re.FindString(s + `aac`) + fmt.Sprint(slices.ContainsFunc([]string{s}, re.MatchString))",
		"strings.NewReplacer":               "var r = strings.NewReplacer(`a`, `b`, `b`, `a`)\nvar b strings.Builder\nr.WriteString(&b, s)\nreturn r.Replace(s) + b.String()",
		"net/netip.MustParseAddr":           "var a = netip.MustParseAddr(`10.0.0.1`)\nreturn fmt.Sprint(a, a.Is4(), a.Next(), a == netip.Addr{}, a.As4(), strings.Contains(s, a.String()))",
		"net/netip.MustParseAddrPort":       "var a = netip.MustParseAddrPort(`10.0.0.1:80`)\nreturn fmt.Sprint(a.Port(), a.Addr(), a)",
		"net/netip.MustParsePrefix":         "var p = netip.MustParsePrefix(`10.0.0.0/8`)\naddr, err := netip.ParseAddr(strings.TrimPrefix(s, `b `))\nreturn fmt.Sprint(p.Contains(addr), err, p.Masked(), p.Bits())",
		"encoding/base64.NewEncoding":       "var e = base64.NewEncoding(`ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkjihgfedcba9876543210-_`)\n" + callAll("e", readsEncoding, encodings),
		"encoding/base32.NewEncoding":       "var e = base32.NewEncoding(`765432ZYXWVUTSRQPONMLKJIHGFEDCBA`)\n" + callAll("e", readsEncoding, encodings),
		"text/template.Template":            "import `text/template`\nvar t = template.Must(template.New(`x`).Parse(`{{define \"y\"}}{{.N}}{{end}}{{template \"y\" .}} <{{.S}}>`))\n" + templates,
		"html/template.Template":            "import `html/template`\nvar t = template.Must(template.New(`x`).Parse(`{{define \"y\"}}{{.N}}{{end}}{{template \"y\" .}} <b title={{.S}}>{{.S}}`))\n" + templates,
		"html/template.Template that fails": "import `html/template`\nvar t = template.Must(template.New(`x`).Parse(`<a href='{{if .S}}\"{{end}}{{.S}}' {{.S}}`))\nvar b bytes.Buffer\nerr := t.Execute(&b, struct{ S, T string }{S: s})\nreturn fmt.Sprint(b.String(), err)",
		"list":                              "var l = []string{`a`, `b`}\nout := strings.Join(l, `,`) + fmt.Sprint(len(l), slices.Contains(l, s), slices.Index(l, s), slices.Max(l), slices.Min(l))\ni, _ := slices.BinarySearch(l, s)\nfor _, x := range l { out += x }\nreturn out + l[n%2] + fmt.Sprint(i)",
		"map":                               "var m = map[string]struct{ n int; s string }{`a`: {1, `x`}, `YWJj`: {s: `y`}}\nv, ok := m[s]\nv.n++\nreturn fmt.Sprint(v, ok, m[`a`].n, len(m))",
		"array":                             "var t = [...]int{5: 1, 2}\nx := t[n]\nx++\nfor i := range t { x += t[i] }\nreturn fmt.Sprint(x, len(t))",
		"two levels":                        "var t = [][3]byte{{1, 2, 3}, {2: 5}, {}}\nreturn fmt.Sprint(t[n][2], len(t[n]))",
	}
	for _, m := range makers {
		if rows[m.path+"."+m.name] == "" {
			t.Errorf("%s.%s has no text here", m.path, m.name)
		}
	}
	program := newProgram(t)
	var names []string
	for name, text := range rows {
		once, anew := wrapped(t, text, false, l), wrapped(t, text, true, l)
		if string(once.Plain) == string(anew.Plain) {
			t.Errorf("%s: nothing is hoisted\n%s", name, once.Plain)
		}
		program.add(t, once)
		program.add(t, anew)
		names = append(names, name)
	}
	out := program.run(t)
	for i, name := range names {
		if out[2*i] != out[2*i+1] {
			t.Errorf("%s: made once\n%s\nmade anew\n%s", name, out[2*i], out[2*i+1])
		}
		if strings.Contains(out[2*i], "panic") {
			t.Errorf("%s: %s", name, out[2*i])
		}
	}
}

var encodings = map[string]string{
	"AppendDecode": "fmt.Sprint(e.AppendDecode(nil, e.AppendEncode(nil, []byte(s))))", "AppendEncode": "e.AppendEncode(nil, []byte(s))",
	"Decode": "fmt.Sprint(e.Decode(make([]byte, 99), []byte(s)))", "DecodeString": "fmt.Sprint(e.DecodeString(s))", "DecodedLen": "e.DecodedLen(n)",
	"Encode": "len(s); e.Encode(make([]byte, 99), []byte(s))", "EncodeToString": "e.EncodeToString([]byte(s))", "EncodedLen": "e.EncodedLen(n)",
}

const templates = "var b bytes.Buffer\nerr := t.Execute(&b, struct { S string; N int }{s, n})\nerr2 := t.ExecuteTemplate(&b, `y`, struct { N int }{n})\n" +
	"err3 := t.ExecuteTemplate(&b, `z`, nil)\nreturn fmt.Sprint(b.String(), err, err2, err3, t.Name())"

// callAll calls each method of a row of the table; one that has no expression is missing.
func callAll(v, methods string, calls map[string]string) string {
	text := "var out []any\n"
	for _, m := range strings.Fields(methods) {
		call := calls[m]
		if call == "" {
			call = v + "." + m + " has no call"
		}
		text += "{\n\tx := " + call + "\n\tout = append(out, x)\n}\n"
	}
	return text + "return fmt.Sprintf(`%q`, out)"
}

// TestNotHoisted: what could be told stays where it is.
func TestNotHoisted(t *testing.T) {
	l := newLibrary(t)
	for _, text := range []string{
		"var re = regexp.MustCompile(s)\nreturn re.String()",
		"var re = regexp.MustCompile(`(`)\nreturn re.String()",
		"var re = regexp.MustCompile(`a`)\nre = nil\nreturn re.String()",
		"var re = regexp.MustCompile(`a|ab`)\nre.Longest()\nreturn re.FindString(s)",
		"var re = regexp.MustCompile(`a`)\nre.SubexpNames()[0] = s\nreturn re.SubexpNames()[0]",
		"var re = regexp.MustCompile(`a`)\n*re = *regexp.MustCompile(s)\nreturn re.String()",
		"var re = regexp.MustCompile(`a`)\nreturn fmt.Sprintf(`%p`, re)",
		"var re = regexp.MustCompile(`a`)\nx := re\nx.Longest()\nreturn s",
		"var re = regexp.MustCompile(`a`)\np := &re\n*p = nil\nreturn s",
		"var re = regexp.MustCompile(`a`)\nfunc change() { re = nil }\nchange()\nreturn re.String()",
		"var re = regexp.MustCompile(`a`)\npanic(re)",
		"var re, err = regexp.Compile(`a`)\nreturn re.String(), err",
		"var regexp = regexp.MustCompile(`a`)\nreturn regexp.String()",
		"var re fmt.Stringer = regexp.MustCompile(`a`)\nreturn re.String()",
		"var r = strings.NewReplacer(`a`)\nreturn r.Replace(s)",
		"var r = strings.NewReplacer(strings.Fields(`a b`)...)\nreturn r.Replace(s)",
		"var t = template.Must(template.New(`x`).Funcs(nil).Parse(`x`))\nreturn t.Name()",
		"var t = template.Must(template.New(`x`).Parse(`x`))\nt.Parse(s)\nreturn t.Name()",
		"var t = template.Must(template.New(`x`).Parse(`{{`))\nreturn t.Name()",
		"var p = netip.MustParsePrefix(`10.0.0.0/8`)\np.UnmarshalText([]byte(s))\nreturn p.String()",
		"var p = netip.MustParsePrefix(`10.0.0.0/8`)\np = p.Masked()\nreturn p.String()",
		"var p = netip.MustParsePrefix(`10.0.0.0`)\nreturn p.String()",
		"var l = []string{`a`}\nl[0] = s\nreturn l[0]",
		"var l = []string{`a`}\nl = append(l, s)\nreturn l[0]",
		"var l = []string{`a`}\nslices.Reverse(l)\nreturn l[0]",
		"var l = []string{`a`}\nx := l\nx[0] = s\nreturn l[0]",
		"var l = []string{`a`}\nx := l[:0]\nx = append(x, s)\nreturn l[0]",
		"var l = []string{`a`}\np := &l[0]\n*p = s\nreturn l[0]",
		"var l = []string{`a`}\nfor l[0] = range map[string]int{s: 1} {}\nreturn l[0]",
		"var l = []string{`a`}\nfor _, l[0] = range []string{s} {}\nreturn l[0]",
		"var l = []struct{ n int }{{1}}\nl[0].n++\nreturn fmt.Sprint(l[0].n)",
		"var l = [][2]int{{1}}\nl[0][1] += n\nreturn fmt.Sprint(l[0])",
		"var l = [][2]int{{1}}\nx := l[0][:]\nx[0] = n\nreturn fmt.Sprint(l[0])",
		"type T [2]int\nfunc (t *T) set(n int) { t[0] += n }\nvar l = []T{{1}}\nl[0].set(n)\nreturn fmt.Sprint(l[0])",
		"type T struct{ c [2]int }\nfunc (t *T) set(n int) { t.c[0] += n }\nvar l = []T{{}}\nl[0].set(n)\nreturn fmt.Sprint(l[0])",
		"var l = [][]int{{1}}\nl[0][0] += n\nreturn fmt.Sprint(l[0])",
		"var l = []*int{nil}\nl[0] = &n\nreturn s",
		"var l = []any{1}\nl[0] = n\nreturn s",
		"var m = map[string]int{`a`: 1}\ndelete(m, s)\nreturn fmt.Sprint(len(m))",
		"var m = map[string]int{`a`: 1}\nclear(m)\nreturn fmt.Sprint(len(m))",
		"var m = map[string]int{`a`: 1}\nm[s]++\nreturn fmt.Sprint(m)",
		"var m = map[string]int{s: 1}\nreturn fmt.Sprint(m[s])",
		"var m = map[string]int{`a`: 1}\ndefer func() { m[s] = 2 }()\nreturn fmt.Sprint(m[s])",
		"var init = regexp.MustCompile(`a`)\nreturn init.FindString(s)",
		"var b = []byte(`x`)\nb[0]++\nreturn string(b)",
	} {
		once, anew := wrapped(t, text, false, l), wrapped(t, text, true, l)
		if string(once.Plain) != string(anew.Plain) {
			t.Errorf("hoisted:\n%s", once.Plain)
		}
	}
}
