package target_test

import (
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/test/releases"
	"github.com/pgstd/pgstd/target"
)

// runtimeSuite is a module of its own: tests of everything that Go promises.
var runtimeSuite = filepath.Join("..", "testdata", "runtime")

// settings that the suite runs under. GODEBUG makes the collector check its own
// work, and makes what has been freed unusable.
var settings = map[string][]string{
	"default":  {"GOGC=", "GODEBUG="},
	"GOGC=1":   {"GOGC=1", "GODEBUG=clobberfree=1,gccheckmark=1"},
	"GOGC=off": {"GOGC=off", "GODEBUG=clobberfree=1"},
}

// TestRuntime runs the suite in worlds of each supported Go, on each target. An emulator, which takes
// minutes for it, runs it with all settings with the newest Go only, if PGSTD_EMULATED=all does not say otherwise.
func TestRuntime(t *testing.T) {
	here, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range target.Supported {
		t.Run(on.GOARCH(), func(t *testing.T) {
			host := hostOf(t, on)
			short := len(host) > 1 && os.Getenv("PGSTD_EMULATED") != "all"
			list := releases.PerMinor(here.Version)
			for i, release := range list {
				under := settings
				if short && i < len(list)-1 {
					under = map[string][]string{"default": settings["default"]}
				}
				t.Run(version.Lang(release), func(t *testing.T) { testRuntime(t, on, host, release, under) })
			}
			t.Run("stops", func(t *testing.T) {
				if short {
					t.Skip("it takes an emulator many minutes; make arm64 does it")
				}
				testStops(t, on, host)
			})
		})
	}
}

func testRuntime(t *testing.T, on target.Target, host program, release string, settings map[string][]string) {
	requireGo(t, release)
	object := filepath.Join(t.TempDir(), "runtime.so")
	request := target.Request{Options: target.Options{Go: release, Target: on}, Dir: runtimeSuite}
	if err := target.BuildTest(t.Context(), request, object); err != nil {
		t.Fatal(err)
	}
	for name, env := range settings {
		t.Run(name, func(t *testing.T) {
			reportTests(t, run(t, env, host, object, "main", "-test.v"))
		})
	}
	t.Run("deaths", func(t *testing.T) { testDeaths(t, on, host, object) })
}

// testStops runs the suite in a world that is stopped at each function it calls, of the
// library too.
func testStops(t *testing.T, on target.Target, host program) {
	object := filepath.Join(t.TempDir(), "runtime.so")
	request := target.Request{Options: target.Options{Target: on, CompilerDebug: "maymorestack=runtime.mayMoreStackPreempt"}, Dir: runtimeSuite}
	if err := target.BuildTest(t.Context(), request, object); err != nil {
		t.Fatal(err)
	}
	reportTests(t, run(t, []string{"GOGC=", "GODEBUG="}, host, object, "main", "-test.v", "-stops"))
}

// TestOldProcessor runs an object, made on this machine, on processors of long ago: what the
// library has in assembly for newer ones has to ask first.
func TestOldProcessor(t *testing.T) {
	on := target.Target("linux-postgres-amd64")
	emulator, err := exec.LookPath("qemu-x86_64-static")
	if err != nil {
		t.Skip(err, "; install it (apt-get install qemu-user-static)")
	}
	host := hostOf(t, on)
	object := filepath.Join(t.TempDir(), "runtime.so")
	if err := target.BuildTest(t.Context(), target.Request{Options: target.Options{Target: on}, Dir: runtimeSuite}, object); err != nil {
		t.Fatal(err)
	}
	// Without SSE4 and POPCNT; without AES; without AVX; without AVX2 and SHA; without SHA.
	for _, processor := range []string{"core2duo", "Nehalem", "Westmere", "SandyBridge", "Haswell", "max"} {
		t.Run(processor, func(t *testing.T) {
			p := slices.Concat(program{emulator, "-cpu", processor}, host[len(host)-1:])
			reportTests(t, run(t, []string{"GOGC=", "GODEBUG="}, p, object, "main", "-test.v", "-test.run=^TestLibrary"))
		})
	}
}

// TestRuntimeStock holds the suite itself against an ordinary Go.
func TestRuntimeStock(t *testing.T) {
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	test := filepath.Join(t.TempDir(), "runtime.test")
	if out, err := g.Command(t.Context(), runtimeSuite, nil, "test", "-c", "-o", test).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	reportTests(t, run(t, []string{"GOGC=", "GODEBUG="}, program{test}, "-test.v"))
}

// requireGo skips a test if a release of Go cannot be had here.
func requireGo(t *testing.T, release string) {
	t.Helper()
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gocmd.FindIn(t.Context(), release, cache); err != nil {
		t.Skipf("%s cannot be had: %v", release, err)
	}
}

var verdict = regexp.MustCompile(`^--- (PASS|FAIL|SKIP): (\S+) \(`)

// reportTests makes each test that a test binary ran with -test.v a subtest of
// this one.
func reportTests(t *testing.T, o outcome) {
	t.Helper()
	var said []string
	running, count, failed := "", 0, false
	for line := range strings.Lines(o.stdout) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "=== RUN   "); ok {
			if !strings.Contains(name, "/") {
				running, said = name, nil
			}
			continue
		}
		said = append(said, line)
		m := verdict.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		running = ""
		count++
		failed = failed || m[1] == "FAIL"
		t.Run(m[2], func(t *testing.T) {
			switch m[1] {
			case "FAIL":
				t.Error(strings.Join(said, ""))
			case "SKIP":
				t.Skip(strings.Join(said, ""))
			}
		})
	}
	switch {
	case o.hung:
		t.Errorf("hangs in %s after %d tests:\n%s%s", running, count, strings.Join(said, ""), o.stderr)
	case running != "":
		t.Errorf("exit code %d in %s after %d tests:\n%s%s", o.exit, running, count, strings.Join(said, ""), o.stderr)
	case count == 0 || (o.exit != 0) != failed:
		t.Errorf("exit code %d after %d tests:\n%s%s", o.exit, count, o.stdout, o.stderr)
	}
}

// deaths are the ways to die that the suite offers. For each: what the host
// prints first of the ERROR, or nothing, and its exit code.
var deaths = []struct {
	how    string
	exit   int
	error  string
	detail string // a line of the traceback
}{
	{"exit", 7, "", ""},
	{"exit0", 0, "", ""},
	{"exit in goroutine", 9, "", ""},
	{"panic", 3, "38000: boom", "main.main()"},
	{"panic error", 3, "38000: invalid argument", "runtimetest.TestMain("},
	{"panic in goroutine", 3, "38000: in a goroutine", "created by"},
	{"panic in timer", 3, "38000: in a timer", "created by time.goFunc"},
	{"panic in finalizer", 3, "38000: in a finalizer", "runtime.runFinalizers()"},
	{"nested panic", 3, "38000: first\n\tpanic: second", "runtimetest.TestMain("},
	{"panic with its own panic", 3, "38000: panic while printing panic value: no words", "goroutine 1"},
	{"nil", 3, "38000: runtime error: invalid memory address or nil pointer dereference", "[signal SIGSEGV"},
	{"wild address", 3, "XX000: fault", "addr=0x7ffffff000"},
	{"non-canonical address", 3, "XX000: fault", "[signal SIGSEGV"},
	{"wild call", 3, "XX000: fault", "pc=0x7ffffff000"},
	{"write to code", 3, "XX000: fault", "[signal SIGSEGV"},
	{"write to constant", 3, "XX000: fault", "[signal SIGSEGV"},
	{"overflow", 3, "54001: stack overflow", "runtimetest.deep("},
	{"small stack limit", 3, "54001: stack overflow", "runtimetest.deep("},
	{"memory", 3, "53200: out of memory", "runtimetest.hoard("},
	{"memory at once", 3, "53200: out of memory", "runtimetest.TestMain("},
	{"memory in large pieces", 3, "53200: out of memory", "runtimetest.hoard("},
	{"goroutines without end", 3, "53200: out of memory", "runtimetest.TestMain("},
	{"deadlock", 3, "38000: all goroutines are asleep - deadlock!", "goroutine 1 [chan receive"},
	{"deadlock in mutex", 3, "38000: all goroutines are asleep - deadlock!", "sync.(*Mutex).Lock("},
	{"deadlock of all", 3, "38000: all goroutines are asleep - deadlock!", "sync.(*WaitGroup).Wait("},
	{"main goexit", 3, "38000: no goroutines (main called runtime.Goexit) - deadlock!", ""},
	{"unlock", 3, "38000: sync: unlock of unlocked mutex", "sync.(*Mutex).Unlock("},
	{"negative group", 3, "38000: sync: negative WaitGroup counter", "sync.(*WaitGroup).Done("},
	{"crash", 3, "38000: crash", "runtimetest.TestMain("},
}

// testDeaths has the suite die in every way it knows: always in order, with a
// fitting SQLSTATE, a message, and the traceback as detail.
func testDeaths(t *testing.T, on target.Target, host program, object string) {
	for _, d := range deaths {
		if on.Cross() && d.how == "non-canonical address" {
			// An amd64 processor that emulates another does not tell at which address.
			d.error = "38000: runtime error: invalid memory address or nil pointer dereference"
		}
		t.Run(d.how, func(t *testing.T) {
			memory := 256 << 20
			if d.error == "53200: out of memory" {
				memory = 64 << 20
			}
			o := run(t, []string{"GOGC=", "GODEBUG="}, host, "-m", strconv.Itoa(memory), object, "main", "-die", d.how)
			if o.hung || o.exit != d.exit || strings.Contains(o.stderr, "still alive") {
				t.Fatalf("exit code %d, want %d; hung: %v\n%s", o.exit, d.exit, o.hung, o.stderr)
			}
			_, said, found := strings.Cut(o.stderr, "ERROR:  ")
			if found != (d.error != "") || !strings.HasPrefix(said, d.error) {
				t.Errorf("no ERROR %s in\n%s", d.error, o.stderr)
			}
			if _, detail, _ := strings.Cut(said, "DETAIL:  "); !strings.Contains(detail, d.detail) {
				t.Errorf("no detail %s in\n%s", d.detail, o.stderr)
			}
		})
	}
}

// The table above is complete.
func TestDeathsAreAllKnown(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(runtimeSuite, "deaths_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, d := range deaths {
		known[d.how] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^\t"([^"]+)": `).FindAllStringSubmatch(string(source), -1) {
		if !known[m[1]] {
			t.Errorf("nothing is said of %q", m[1])
		}
	}
}
