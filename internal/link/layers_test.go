package link

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pgstd/pgstd"
)

// The layers of host/postgres, from below: a file includes, calls and uses what is in
// its own layer or one below. Files in no folder are below all.
var layers = []string{"base", "proof", "values", "sql", "session", "cell", "calls", "companion"}

// recursion is the one circle of calls: a value may consist of values.
var recursion = []string{"values/arrays", "values/assign", "values/records", "values/values"}

func TestLayers(t *testing.T) {
	host, err := fs.Sub(pgstd.Files, "host/postgres")
	if err != nil {
		t.Fatal(err)
	}
	g := drawGraph(t, host)
	for _, problem := range g.problems() {
		t.Error(problem)
	}
	if got := g.circles(); len(got) != 1 || !slices.Equal(got[0], recursion) {
		t.Errorf("circles of calls: %v, want only %v", got, recursion)
	}
}

// TestCoreLayers holds the core to what its head says: it knows no kind of host.
func TestCoreLayers(t *testing.T) {
	for _, dir := range []string{"host", "host/standalone", "host/cell"} {
		files, err := fs.Glob(pgstd.Files, dir+"/*.[ch]")
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			data, err := fs.ReadFile(pgstd.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range include.FindAllStringSubmatch(string(data), -1) {
				at := path.Join(dir, m[1])
				if at != path.Join(dir, path.Base(at)) && (dir == "host" || path.Dir(at) != "host") {
					t.Errorf("%s includes %s", name, at)
				}
			}
		}
	}
}

// TestEverySourceIsBuilt finds files that no host is made of.
func TestEverySourceIsBuilt(t *testing.T) {
	built := slices.Concat(ExtensionSources, ServerSources, CoreSources, CellSources, standaloneSources, []string{
		"postgres/base/debug.c", "postgres/companion/companion.c", "postgres/companion/profile.c", "postgres/companion/heap.c", "postgres/companion/pprof.c",
	})
	host, err := fs.Sub(pgstd.Files, "host")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources(t, host) {
		if path.Ext(name) == ".c" && !slices.Contains(built, name) {
			t.Errorf("host/%s is in no list of sources", name)
		}
	}
}

// TestLayersAreHeld breaks the rules, one at a time.
func TestLayersAreHeld(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"an include of a layer above", map[string]string{
			"base/a.c": "#include \"../sql/b.h\"\n", "sql/b.h": "",
		}, "base/a.c includes sql/b.h"},
		{"a call of a layer above, declared in place", map[string]string{
			"base/a.c":  "extern void pgstd_b(void);\nvoid\npgstd_a(void)\n{\n\tpgstd_b();\n}\n",
			"calls/b.c": "void\npgstd_b(void)\n{\n}\n",
		}, "base/a uses pgstd_b of calls/b"},
		{"a call of a layer above from an inline function", map[string]string{
			"backend.h": "extern void pgstd_b(void);\nstatic inline void\npgstd_a(void)\n{\n\tpgstd_b();\n}\n",
			"sql/b.c":   "void\npgstd_b(void)\n{\n}\n",
		}, "backend uses pgstd_b of sql/b"},
		{"a variable of a layer above", map[string]string{
			"values/a.c":  "Datum\npgstd_a(void)\n{\n\treturn *pgstd_b;\n}\n",
			"session/b.c": "Datum\t   *pgstd_b = NULL;\n",
		}, "values/a uses pgstd_b of session/b"},
		{"a macro that calls a layer above", map[string]string{
			"base/a.h": "#define A() pgstd_b()\n",
			"sql/b.c":  "void\npgstd_b(void)\n{\n}\n",
		}, "base/a uses pgstd_b of sql/b"},
		{"headers that include each other", map[string]string{
			"sql/a.h": "#include \"b.h\"\n", "sql/b.h": "#include \"a.h\"\n",
		}, "headers include each other: sql/a.h sql/b.h"},
		{"a function under a name that nobody looks for", map[string]string{
			"sql/a.c": "int\nhelp(void)\n{\n\treturn 0;\n}\n",
		}, "sql/a.c: help is visible outside of its file, and not named pgstd_"},
		{"a folder that is no layer", map[string]string{"more/a.c": ""}, "more/a.c: there is no layer more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, data := range test.files {
				files[name] = &fstest.MapFile{Data: []byte(data)}
			}
			if got := drawGraph(t, files).problems(); !slices.Contains(got, test.want) {
				t.Errorf("problems: %q, want %q", got, test.want)
			}
		})
	}
	files := fstest.MapFS{
		"sql/a.c": {Data: []byte("void\npgstd_a(void)\n{\n\tpgstd_b();\n}\n")},
		"sql/b.c": {Data: []byte("void\npgstd_b(void)\n{\n\tpgstd_a();\n}\n")},
	}
	if got := drawGraph(t, files).circles(); len(got) != 1 {
		t.Errorf("circles of two files that call each other: %v", got)
	}
}

// graph is what files of C include and use. A unit is a source file with its header.
type graph struct {
	files    []string
	text     map[string]string            // without comments and strings
	includes map[string][]string          // by file
	uses     map[string]map[string]string // by unit: the units whose names it uses, and one of these
	strays   []string
}

var (
	include  = regexp.MustCompile(`(?m)^#include "(\.[^"]*|[^"/]*)"`)
	noise    = regexp.MustCompile(`(?s)/\*.*?\*/|"(?:\\.|[^"\\\n])*"`)
	function = regexp.MustCompile(`(?m)^([A-Za-z_][\w \t*()]*)\n(\w+)\([^;{]*\)\n\{`)
	variable = regexp.MustCompile(`(?m)^((?:const )?[A-Za-z_]\w*[ \t*]+(?:const )?)(pgstd_\w+)(?:\[[^\]]*\])?(?: =|;)`)
	external = regexp.MustCompile(`(?m)^(?:pg_noreturn )?extern[^;{]*;`)
	ours     = regexp.MustCompile(`\bpgstd_\w+`)
)

func sources(t *testing.T, host fs.FS) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(host, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (path.Ext(name) == ".c" || path.Ext(name) == ".h") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func unit(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

func drawGraph(t *testing.T, host fs.FS) *graph {
	t.Helper()
	g := &graph{files: sources(t, host), text: map[string]string{}, includes: map[string][]string{}, uses: map[string]map[string]string{}}
	owner := map[string]string{} // of a name, its unit
	for _, file := range g.files {
		data, err := fs.ReadFile(host, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range include.FindAllStringSubmatch(string(data), -1) {
			at := path.Join(path.Dir(file), m[1])
			if !strings.HasPrefix(at, "../") && (slices.Contains(g.files, at) || strings.HasPrefix(m[1], ".")) {
				g.includes[file] = append(g.includes[file], at)
			}
		}
		text := noise.ReplaceAllString(string(data), "")
		g.text[file] = text
		for _, m := range function.FindAllStringSubmatch(text, -1) {
			switch {
			case strings.HasPrefix(m[2], "pgstd_"):
				owner[m[2]] = unit(file)
			case !strings.HasPrefix(m[1], "static") && !strings.Contains(m[1], " static") && m[2] != "_PG_init":
				g.strays = append(g.strays, fmt.Sprintf("%s: %s is visible outside of its file, and not named pgstd_", file, m[2]))
			}
		}
		if path.Ext(file) == ".c" {
			for _, m := range variable.FindAllStringSubmatch(text, -1) {
				if !strings.HasPrefix(m[1], "extern") && !strings.HasPrefix(m[1], "return") {
					owner[m[2]] = unit(file)
				}
			}
		}
	}
	for file, text := range g.text {
		for _, name := range ours.FindAllString(external.ReplaceAllString(text, ""), -1) {
			to, known := owner[name]
			if !known || to == unit(file) {
				continue
			}
			if g.uses[unit(file)] == nil {
				g.uses[unit(file)] = map[string]string{}
			}
			if old, ok := g.uses[unit(file)][to]; !ok || name < old {
				g.uses[unit(file)][to] = name
			}
		}
	}
	return g
}

func level(file string) int { return slices.Index(append([]string{"."}, layers...), path.Dir(file)) }

// problems are the edges that go up, and what would hide one.
func (g *graph) problems() []string {
	found := slices.Clone(g.strays)
	for _, file := range g.files {
		if level(file) < 0 {
			found = append(found, fmt.Sprintf("%s: there is no layer %s", file, path.Dir(file)))
		}
		for _, to := range g.includes[file] {
			if level(to) > level(file) {
				found = append(found, fmt.Sprintf("%s includes %s", file, to))
			}
		}
	}
	for from, uses := range g.uses {
		for to, name := range uses {
			if level(to) > level(from) {
				found = append(found, fmt.Sprintf("%s uses %s of %s", from, name, to))
			}
		}
	}
	for _, circle := range circles(g.includes) {
		found = append(found, "headers include each other: "+strings.Join(circle, " "))
	}
	slices.Sort(found)
	return found
}

// circles are units that use each other, directly or not.
func (g *graph) circles() [][]string {
	edges := map[string][]string{}
	for from, uses := range g.uses {
		edges[from] = slices.Collect(maps.Keys(uses))
	}
	return circles(edges)
}

// circles returns the sets of more than one node that all reach each other.
func circles(edges map[string][]string) [][]string {
	reach := map[string]map[string]bool{}
	for from := range edges {
		seen := map[string]bool{}
		next := slices.Clone(edges[from])
		for len(next) > 0 {
			at := next[len(next)-1]
			next = next[:len(next)-1]
			if !seen[at] {
				seen[at] = true
				next = append(next, edges[at]...)
			}
		}
		reach[from] = seen
	}
	var found [][]string
	done := map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(edges)) {
		if done[from] || !reach[from][from] {
			continue
		}
		var circle []string
		for to := range reach[from] {
			if reach[to][from] {
				circle = append(circle, to)
				done[to] = true
			}
		}
		slices.Sort(circle)
		found = append(found, circle)
	}
	return found
}
