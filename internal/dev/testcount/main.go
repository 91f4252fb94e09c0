// Command testcount runs the Go tests of the modules in the given folders and
// counts them. It prints the output of those that fail, what took the longest, and last a
// line "N passed, N failed". Flags after "--" go to go test; -not leaves out the packages
// whose import paths match, -first begins with those that do, which shall be the ones that
// take the longest, and FOLDER:REGEXP takes some tests of a folder, come what may. Temporary files
// are made in memory, where there is enough of it and TMPDIR names no other place.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

func main() {
	folders, flags := os.Args[1:], []string(nil)
	if i := slices.Index(folders, "--"); i >= 0 {
		folders, flags = folders[:i], folders[i+1:]
	}
	var which choice
	for len(folders) > 1 {
		if folders[0] == "-not" {
			which.not = regexp.MustCompile(folders[1])
		} else if folders[0] == "-first" {
			which.first = regexp.MustCompile(folders[1])
		} else {
			break
		}
		folders = folders[2:]
	}
	if len(folders) == 0 {
		fmt.Fprintln(os.Stderr, "usage: testcount [-not REGEXP] [-first REGEXP] FOLDER[:REGEXP]... [-- FLAG...]")
		os.Exit(2)
	}
	if os.Getenv("TMPDIR") == "" {
		dir, done, err := scratch("/dev/shm")
		if err != nil {
			fmt.Fprintln(os.Stderr, "testcount:", err)
			os.Exit(1)
		}
		defer done()
		if dir != "" {
			os.Setenv("TMPDIR", dir)
		}
	}
	c := newCounter(os.Stdout)
	for _, folder := range folders {
		runTests(c, folder, which, flags)
	}
	c.printSlowest(os.Stdout)
	fmt.Printf("%d passed, %d failed\n", c.passed, c.failed)
	if c.failed > 0 {
		os.Exit(1)
	}
}

// choice says which packages run, and which of them first.
type choice struct{ not, first *regexp.Regexp }

// runTests counts a go test that fails without saying which test did as a
// failure of its own.
func runTests(c *counter, folder string, which choice, flags []string) {
	before := c.failed
	folder, tests, some := strings.Cut(folder, ":")
	if some {
		which, flags = choice{}, append(slices.Clone(flags), "-run", tests)
	}
	packages, err := packagesOf(folder, which)
	if err != nil {
		fmt.Printf("FAIL\t%s: go list: %v\n", folder, err)
		c.failed++
		return
	}
	cmd := exec.Command("go", slices.Concat([]string{"test", "-json"}, flags, packages)...)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		c.read(out)
		err = cmd.Wait()
	}
	if err != nil && c.failed == before {
		fmt.Printf("FAIL\t%s: go test: %v\n", folder, err)
		c.failed++
	}
}

// packagesOf names the packages below folder, in the order in which go test is to begin
// with them.
func packagesOf(folder string, which choice) ([]string, error) {
	if which == (choice{}) {
		return []string{"./..."}, nil
	}
	cmd := exec.Command("go", "list", "./...")
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	out, err := cmd.Output()
	return which.order(strings.Fields(string(out))), err
}

func (c choice) order(packages []string) (list []string) {
	var later []string
	for _, p := range packages {
		switch {
		case c.not != nil && c.not.MatchString(p):
		case c.first != nil && c.first.MatchString(p):
			list = append(list, p)
		default:
			later = append(later, p)
		}
	}
	return append(list, later...)
}

// event is a line of go test -json; see "go doc test2json".
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// counter counts tests without subtests, which stand for themselves. A test
// that fails although its subtests pass counts, too, as does a package that
// fails although its tests pass.
type counter struct {
	w              io.Writer
	passed, failed int
	output         map[string]*strings.Builder // by package and test, or by package that does not build
	failures       map[string]int              // by package and test: of its subtests; by package: of its tests
	parents        map[string]bool
	packages       []timed
	tests          []timed // without those that stand in others
}

func newCounter(w io.Writer) *counter {
	return &counter{w: w, output: map[string]*strings.Builder{}, failures: map[string]int{}, parents: map[string]bool{}}
}

func (c *counter) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(c.w, lines.Text())
			continue
		}
		c.event(e)
	}
}

func (c *counter) event(e event) {
	key := e.Package + " " + e.Test
	if e.ImportPath != "" {
		key = e.ImportPath
	}
	switch e.Action {
	case "run":
		if parent, _, ok := cutLast(e.Test); ok {
			c.parents[e.Package+" "+parent] = true
		}
	case "output", "build-output":
		if c.output[key] == nil {
			c.output[key] = &strings.Builder{}
		}
		c.output[key].WriteString(e.Output)
	case "build-fail":
		c.show(key)
	case "pass", "skip", "fail":
		if e.Test == "" {
			c.endPackage(e, key)
		} else {
			c.endTest(e, key)
		}
		delete(c.output, key)
	}
}

func (c *counter) endTest(e event, key string) {
	if _, _, sub := cutLast(e.Test); !sub {
		c.tests = append(c.tests, timed{key, e.Elapsed})
	}
	switch {
	case e.Action == "fail":
		if c.failures[key] == 0 {
			c.failed++
			c.count(e)
		}
		c.show(key)
	case e.Action == "skip":
		fmt.Fprintf(c.w, "skip\t%s: %s\n", key, skipReason(c.output[key]))
	case !c.parents[key]:
		c.passed++
	}
}

// count adds a failure to everything that holds the test.
func (c *counter) count(e event) {
	c.failures[e.Package]++
	for test := e.Test; ; {
		parent, _, ok := cutLast(test)
		if !ok {
			return
		}
		c.failures[e.Package+" "+parent]++
		test = parent
	}
}

func (c *counter) endPackage(e event, key string) {
	c.packages = append(c.packages, timed{e.Package, e.Elapsed})
	switch e.Action {
	case "fail":
		if c.failures[e.Package] == 0 {
			c.failed++
		}
		c.showUnended(e.Package)
		c.show(key) // what is of no test
		fmt.Fprintf(c.w, "FAIL\t%s\t%.1fs\n", e.Package, e.Elapsed)
	case "pass":
		fmt.Fprintf(c.w, "ok\t%s\t%.1fs\n", e.Package, e.Elapsed)
	}
}

// showUnended shows what is known of the tests that a package's end, by a limit of time or a
// crash, came before; a trace of goroutines is theirs.
func (c *counter) showUnended(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(c.output)) {
		if strings.HasPrefix(key, pkg+" ") && key != pkg+" " {
			c.show(key)
			delete(c.output, key)
		}
	}
}

func (c *counter) show(key string) {
	if out := c.output[key]; out != nil {
		io.WriteString(c.w, out.String())
	}
}

// skipReason is the message of the skipped test, in one line.
func skipReason(out *strings.Builder) string {
	if out == nil {
		return ""
	}
	var reason []string
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			reason = append(reason, line)
		}
	}
	return strings.Join(reason, " ")
}

func cutLast(test string) (before, after string, found bool) {
	i := strings.LastIndexByte(test, '/')
	if i < 0 {
		return test, "", false
	}
	return test[:i], test[i+1:], true
}
