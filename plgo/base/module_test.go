package base

import (
	"embed"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
)

// Each file of this folder is a module. Its exported functions are all of type func(string) string.
//
//go:embed testdata/*.go.txt
var sources embed.FS

var function = regexp.MustCompile(`(?m)^func ([A-Z]\w*)\((\w+ )?string\)`)

// wrapper makes the package that offers functions of another to a host.
func wrapper(path, source string) []byte {
	text := fmt.Sprintf("package w\n\nimport (\n\tm %q\n\t\"github.com/pgstd/pgstd/pg/pgabi\"\n)\n\n", path)
	table := ""
	for _, f := range function.FindAllStringSubmatch(source, -1) {
		text += fmt.Sprintf("func call%s(args, result *pgabi.Slot) { result.SetText(m.%[1]s(args.Text())) }\n", f[1])
		table += fmt.Sprintf("\t{Name: %q, Signature: \"\\x07\\x07\", Call: call%[1]s},\n", f[1])
	}
	return []byte(text + "\nvar table = []pgabi.Function{\n" + table + "}\n\nfunc init() { pgabi.Register(table) }\n")
}

// built are modules that have been built by a test.
var built sync.Map

// module builds a file of testdata, and returns the path of the module.
func module(t *testing.T, at kit.Target, name string) string {
	t.Helper()
	k, b := testBase(t, at)
	source, err := fs.ReadFile(sources, "testdata/"+name+".go.txt")
	if err != nil {
		t.Fatal(err)
	}
	data, ok := built.Load(string(at) + name)
	if !ok {
		path := "plgo/" + name
		data, err = b.Module(t.Context(), k, []Package{{Path: path, File: name + ".go", Text: source}, {Path: path + "/w", File: "w.go", Text: wrapper(path, string(source))}})
		if err != nil {
			t.Fatal(err)
		}
		built.Store(string(at)+name, data)
		t.Logf("module %s: %d bytes", name, len(data.([]byte)))
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data.([]byte), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// steps runs a base with modules, and returns what each step has printed.
func steps(t *testing.T, at kit.Target, list ...string) []string {
	t.Helper()
	return stepsWith(t, at, nil, list...)
}

func stepsWith(t *testing.T, at kit.Target, env []string, list ...string) []string {
	t.Helper()
	k, b := testBase(t, at)
	for i, s := range list {
		if name, ok := strings.CutPrefix(s, "load "); ok && !strings.HasPrefix(name, "/") {
			list[i] = "load " + module(t, at, name)
		}
	}
	out := host(t, k, env, append([]string{b.Path(), "modules"}, list...)...)
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// expect compares what steps print.
func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("line %d: got %s, want %s", i+1, g, w)
		}
	}
}

// TestLanguage: what Go is, in a module.
func TestLanguage(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		list := []string{"load language", "JSON {\"A\":3,\"B\":\"x\",\"C\":{\"k\":[1,2]}}", "JSON nonsense", "Generics", "Closures", "Goroutines",
			"Recover index", "Recover nil", "Recover custom", "Recover assertion", "Where", "Deep", "Collect", "Variables", "Variables", "Equal", "Range", "Sort", "Methods", "Inlined aBÇ", "Assembly abca"}
		want := []string{
			`{3 x map[k:[1 2]]} {"A":3,"B":"x","C":{"k":[1,2]}}`,
			"*json.SyntaxError at 2: invalid character 'o' in literal null (expecting 'u')",
			"[3 2 1] 6 b", "0 1 3 6", "4950 true",
			"runtime error: index out of range [5] with length 3", "runtime error: invalid memory address or nil pointer dereference", "custom 7",
			"interface conversion: interface {} is string, not int",
			"language.go:" + lineOf(t, "language", "// here") + " plgo/language.Where", "1000000", "good", "1 init", "2 init", "true true true", "6", "[a b c]", "deferred 3", "20 true-1 10000", "2 1 2 2",
		}
		expect(t, steps(t, at, list...), want...)
		// A collection whenever the heap has grown at all.
		expect(t, stepsWith(t, at, []string{"GOGC=1"}, list...), want...)
	})
}

// TestFrames: the gate can follow all frames that the compiler makes, and so can the runtime.
func TestFrames(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		list := []string{"load frames", "Sizes", "Recovered", "Sizes"}
		sizes := "300 2150 4214 5150 65654 100150 1048694 2000150 4950 4950 0 5050"
		want := []string{sizes, "runtime error: index out of range [200004] with length 100000 5150", sizes}
		expect(t, steps(t, at, list...), want...)
		expect(t, stepsWith(t, at, []string{"GOGC=1"}, list...), want...)
	})
}

// TestLargePages: where memory pages are larger than parts of modules, a base runs, and takes none.
func TestLargePages(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		if !at.Cross() {
			t.Skip("only an emulator has pages of any size")
		}
		expect(t, stepsWith(t, at, []string{"QEMU_PAGESIZE=65536"}, "load left"), "cannot load: this machine's pages have another size")
	})
}

// TestRoom: the last module that has a place is as near to the base as it has to be, and the next one is refused.
func TestRoom(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		load := "load " + module(t, at, "large")
		var list []string
		for range 140 {
			list = append(list, load)
		}
		got := steps(t, at, append(list, "load language", "Touch", "JSON nonsense", "Recover nil", "Sort")...)
		refused := 0
		for refused < len(got) && got[refused] == "cannot load: the world has no room for another module" {
			refused++
		}
		if loaded := 140 - refused; refused == 0 || loaded < 10 {
			t.Fatalf("%d modules have a place", loaded)
		} else {
			t.Logf("%d modules of 8 MB have a place", loaded)
		}
		expect(t, got[refused:], "1", "*json.SyntaxError at 2: invalid character 'o' in literal null (expecting 'u')",
			"runtime error: invalid memory address or nil pointer dereference", "[a b c]")
	})
}

func lineOf(t *testing.T, name, mark string) string {
	t.Helper()
	source, err := fs.ReadFile(sources, "testdata/"+name+".go.txt")
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(source), mark)
	if !ok {
		t.Fatalf("%s has no %s", name, mark)
	}
	return fmt.Sprint(strings.Count(before, "\n") + 1)
}

// TestExchange: two modules have values of each other's. Types that consist of the library's
// are the same, whoever has had them first; a type of a module is its alone, also where it has the same name.
func TestExchange(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		same := "map true array true struct true func true chan true interface true pointer true generic false error true own false"
		// Each order, since what has been there first is what everybody uses.
		expect(t, steps(t, at, "load left", "Give", "load right", "Take"), "given", same)
		expect(t, steps(t, at, "load left", "load right", "Give", "Take"), "given", same)
		expect(t, steps(t, at, "load right", "load left", "Give", "Take"), "given", same)
		// Reflection and conversions have made types and itabs before the module came that has them.
		expect(t, steps(t, at, "load left", "Made", "load right", "TakeMade"), "made", "map true slice true func true struct true itab true pointer true")
		// A replaced function: the same module twice.
		expect(t, steps(t, at, "load left", "Give", "load left", "Give", "load right", "Take"), "given", "given", same)
	})
}

// TestDeath: a traceback names lines of modules, and a world that has died starts again with other
// modules.
func TestDeath(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		got := strings.Join(steps(t, at, "load language", "Die", "Variables", "restart", "load left", "load language", "Variables"), "\n")
		for _, want := range []string{"ERROR:", "plgo/language.Die.func1(", "language.go:" + lineOf(t, "language", "// dies"), "Variables: the world is dead", "\n1 init"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in:\n%s", want, got)
			}
		}
	})
}

// TestFirstFunction: the name of a module's first function, where its table of names begins, is a name.
func TestFirstFunction(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		expect(t, steps(t, at, "load only", "Only"), "plgo/only.Only")
	})
}

// TestMany: modules that are not used cost little, and take their addresses one after the other.
func TestMany(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		load := "load " + module(t, at, "right")
		list := []string{load, "memory"}
		for range 200 {
			list = append(list, load)
		}
		got := steps(t, at, append(list, "memory", "Take")...)
		var before, after int
		fmt.Sscanf(got[0], "private: %d kB", &before)
		fmt.Sscanf(got[1], "private: %d kB", &after)
		if each := (after - before) / 200; before == 0 || each > 64 {
			t.Errorf("each of 200 modules takes %d kB: %q", each, got[:2])
		} else {
			t.Logf("each of 200 modules takes %d kB", each)
		}
	})
}

// TestDamaged changes numbers in the header and in tables of a module, one at a time: whoever
// maps it finds that they are not what they may be.
func TestDamaged(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		path := module(t, at, "right")
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var h header
		if _, err := binary.Decode(good, binary.LittleEndian, &h); err != nil {
			t.Fatal(err)
		}
		zones, tables := uint32(binary.Size(h)-binary.Size(h.Tables)-binary.Size(h.Zones)), uint32(binary.Size(h)-binary.Size(h.Tables))
		var list []string
		damage := func(what string, change func(data []byte) []byte) {
			file := filepath.Join(t.TempDir(), strings.ReplaceAll(what, " ", "-"))
			if err := os.WriteFile(file, change(slices.Clone(good)), 0o644); err != nil {
				t.Fatal(err)
			}
			list = append(list, file)
		}
		number := func(what string, at, n uint32) {
			damage(what, func(data []byte) []byte { binary.LittleEndian.PutUint32(data[at:], n); return data })
		}
		for i := range uint32(numZones) {
			for k, field := range []string{"offset", "address", "file", "memory"} {
				for _, n := range []uint32{1, 0x7ffff000, 0xfffff000, 0xffffffff} {
					number(fmt.Sprintf("zone %d %s %x", i, field, n), zones+i*16+uint32(k)*4, n)
				}
			}
		}
		for i := range uint32(numTables) {
			if h.Tables[i].Count == 0 {
				continue
			}
			number(fmt.Sprintf("table %d offset", i), tables+i*8, uint32(len(good)))
			number(fmt.Sprintf("table %d far", i), tables+i*8, 0xfffffffc)
			number(fmt.Sprintf("table %d count", i), tables+i*8+4, 0xfffffffe)
			if i == tableAlone {
				continue // which no host reads
			}
			if i != tableInits {
				number(fmt.Sprintf("table %d half", i), tables+i*8+4, h.Tables[i].Count-1)
			}
			number(fmt.Sprintf("table %d first", i), h.Tables[i].Offset, 0x7ffffff8)
			number(fmt.Sprintf("table %d odd", i), h.Tables[i].Offset, h.Tables[i].Count|0x10000001)
			if i != tableTypes && i != tableItabs && i != tableInits {
				number(fmt.Sprintf("table %d second", i), h.Tables[i].Offset+4, 0xfffffff0)
			}
			if i == tableTypes || i == tableItabs {
				number(fmt.Sprintf("table %d original", i), h.Tables[i].Offset+4, 0)
			}
		}
		number("code as data", h.Tables[tableOwn].Offset, h.Zones[zoneText].Address)
		number("data as code", h.Tables[tableCalls].Offset, h.Zones[zoneData].Address)
		number("description in code", zones-8, 0)
		number("description of another size", zones-4, h.Size+8)
		number("other format", 8, 99)
		number("other machine", 12, h.Machine^(62^183))
		for _, n := range []int{0, 7, 100, binary.Size(h), len(good) - int(h.Zones[zoneData].File)} {
			damage(fmt.Sprintf("short %d", n), func(data []byte) []byte { return data[:n] })
		}
		args := []string{}
		for _, file := range list {
			args = append(args, "load "+file)
		}
		got := steps(t, at, append(args, "load "+path, "Take")...)
		for i, file := range list {
			if i >= len(got) || !strings.HasPrefix(got[i], "cannot load: ") {
				t.Errorf("%s: %q", filepath.Base(file), got[min(i, len(got)-1)])
			}
		}
		if got[len(got)-1] != "nothing" {
			t.Errorf("what is good: %s", got[len(got)-1])
		}
	})
}
