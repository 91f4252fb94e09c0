package target_test

import (
	"debug/elf"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// Leans on the parts of Go's library that are closest to the kernel.
const worldly = `package worldly

import (
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"runtime/pprof"
	"runtime/trace"
)

//pg:function
func Everything(what string) (string, error) {
	signal.Notify(make(chan os.Signal, 1))
	if err := pprof.StartCPUProfile(os.Stderr); err != nil {
		return "", err
	}
	if err := trace.Start(os.Stderr); err != nil {
		return "", err
	}
	if _, err := user.Current(); err != nil {
		return "", err
	}
	if _, err := http.Get(what); err != nil {
		return "", err
	}
	if _, err := net.Listen("tcp", what); err != nil {
		return "", err
	}
	if err := http.ListenAndServe(what, nil); err != nil {
		return "", err
	}
	prime, err := rand.Prime(rand.Reader, 512)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(new(big.Int).Exp(prime, prime, prime).Bytes())
	out, err := exec.Command(what).Output()
	return string(out) + string(sum[:]), err
}
`

// TestObject holds an object that uses much of the library against what every
// object promises.
func TestObject(t *testing.T) {
	for _, on := range target.Supported {
		t.Run(on.GOARCH(), func(t *testing.T) { testObject(t, on) })
	}
}

func testObject(t *testing.T, on target.Target) {
	requireCompiler(t, on)
	path := filepath.Join(t.TempDir(), "object.so")
	request := target.Request{Options: target.Options{Target: on}, Dir: writePackage(t, "worldly", worldly)}
	if err := target.BuildObject(t.Context(), request, path); err != nil {
		t.Fatal(err)
	}
	f := openELF(t, path)
	if f.Machine != machines[on.GOARCH()] {
		t.Errorf("it is for %v", f.Machine)
	}
	checkSegments(t, f)
	if symbols := undefined(t, f); len(symbols) > 0 {
		t.Errorf("undefined symbols: %q", symbols)
	}
	if symbols := exported(t, f); !slices.Equal(symbols, []string{"pgstd_object"}) {
		t.Errorf("exported symbols: %q", symbols)
	}
	found, functions, instructions := systemCalls(t, f)
	t.Logf("%d functions, %d instructions", functions, instructions)
	if len(found) > 0 {
		t.Errorf("system calls:\n%s", strings.Join(found, "\n"))
	}
	if functions < 5000 || instructions < 500_000 {
		t.Errorf("only %d functions with %d instructions: has all code been seen?", functions, instructions)
	}
}

// TestSystemCallsAreFound: the sweep sees what it looks for in a stock program,
// this one.
func TestSystemCallsAreFound(t *testing.T) {
	f := openELF(t, "/proc/self/exe")
	found, _, _ := systemCalls(t, f)
	if !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, "internal/runtime/syscall/linux.Syscall6+") }) {
		t.Errorf("no Syscall6 in %q", found)
	}
}

func openELF(t *testing.T, path string) *elf.File {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// checkSegments checks what the dynamic linker will do with a shared object.
func checkSegments(t *testing.T, f *elf.File) {
	t.Helper()
	seen := map[elf.ProgType]*elf.Prog{}
	for _, p := range f.Progs {
		seen[p.Type] = p
		if p.Flags&elf.PF_W != 0 && p.Flags&elf.PF_X != 0 {
			t.Errorf("a segment at %#x can be written and executed", p.Vaddr)
		}
	}
	if seen[elf.PT_TLS] != nil {
		t.Error("there is thread-local storage")
	}
	if seen[elf.PT_INTERP] != nil {
		t.Error("there is an interpreter")
	}
	if stack := seen[elf.PT_GNU_STACK]; stack == nil || stack.Flags&elf.PF_X != 0 {
		t.Errorf("the stack can be executed: %+v", stack)
	}
	relro := seen[elf.PT_GNU_RELRO]
	if constant := f.Section(".data.rel.ro"); relro == nil || constant == nil ||
		constant.Addr < relro.Vaddr || constant.Addr+constant.Size > relro.Vaddr+relro.Memsz {
		t.Errorf("constant data stays writable after relocation: %+v, %+v", relro, constant)
	}
	if needed, err := f.ImportedLibraries(); err != nil || len(needed) > 0 {
		t.Errorf("it needs %q (%v)", needed, err)
	}
	flags := elf.DynFlag(dynamic(t, f, elf.DT_FLAGS))
	if flags&(elf.DF_STATIC_TLS|elf.DF_TEXTREL) != 0 || flags&elf.DF_BIND_NOW == 0 {
		t.Errorf("flags %v", flags)
	}
	for _, tag := range []elf.DynTag{elf.DT_TEXTREL, elf.DT_INIT, elf.DT_FINI, elf.DT_FINI_ARRAY, elf.DT_PREINIT_ARRAY, elf.DT_RPATH, elf.DT_RUNPATH} {
		if v, _ := f.DynValue(tag); len(v) > 0 {
			t.Errorf("there is a %v", tag)
		}
	}
	if size := dynamic(t, f, elf.DT_INIT_ARRAYSZ); size != 8 {
		t.Errorf("%d constructors, want one", size/8)
	}
}

// dynamic returns the value of an entry that is there once.
func dynamic(t *testing.T, f *elf.File, tag elf.DynTag) uint64 {
	t.Helper()
	v, err := f.DynValue(tag)
	if err != nil || len(v) != 1 {
		t.Errorf("%v: %v, %v; want one", tag, v, err)
		return 0
	}
	return v[0]
}

func dynamicSymbols(t *testing.T, f *elf.File, want func(elf.Symbol) bool) []string {
	t.Helper()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range symbols {
		if want(s) && elf.ST_TYPE(s.Info) != elf.STT_SECTION {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

func undefined(t *testing.T, f *elf.File) []string {
	return dynamicSymbols(t, f, func(s elf.Symbol) bool { return s.Section == elf.SHN_UNDEF })
}

func exported(t *testing.T, f *elf.File) []string {
	return dynamicSymbols(t, f, func(s elf.Symbol) bool { return s.Section != elf.SHN_UNDEF })
}

// TestModule holds a finished extension against the server that it is for.
func TestModule(t *testing.T) {
	for _, on := range target.Supported {
		t.Run(on.GOARCH(), func(t *testing.T) { testModule(t, on) })
	}
}

func testModule(t *testing.T, on target.Target) {
	requireCompiler(t, on)
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := target.BuildExtension(t.Context(), target.Request{
		Options: target.Options{Target: on},
		Dir:     writePackage(t, "worldly", worldly),
		OutDir:  t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := openELF(t, e.Module)
	checkSegments(t, f)
	server := exported(t, openELF(t, pg.Bin("postgres"))) // the names are the same for every architecture
	listed := object.Imports()
	for _, symbol := range undefined(t, f) {
		_, ok := slices.BinarySearch(server, symbol)
		if from := listed[symbol].From; ok != (from == "postgres") || !ok && from != "libc" {
			t.Errorf("%s: the list says it is from %q; exported by the server: %v", symbol, from, ok)
		}
	}
	want := []string{"Pg_magic_func", "_PG_init", "pg_finfo_pgstd_fn_everything", "pgstd_fn_everything", "pgstd_worker_main"}
	if symbols := exported(t, f); !slices.Equal(symbols, want) {
		t.Errorf("exported symbols: %q, want %q", symbols, want)
	}
	checkQuiet(t, on)
}

// checkQuiet: what of the host serves requests is only in the module of Go code that can
// make one, as the loader looks up everything that it calls when a session loads the module.
func checkQuiet(t *testing.T, on target.Target) {
	imports := func(name, source string) []string {
		e, err := target.BuildExtension(t.Context(), target.Request{
			Options: target.Options{Target: on},
			Dir:     writePackage(t, name, "package "+name+"\n\n"+source),
			OutDir:  t.TempDir(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return undefined(t, openELF(t, e.Module))
	}
	asking := imports("asking", `import "github.com/pgstd/pgstd/pg"

//pg:function
func Next(n int64) error {
	return pg.Subtransaction(func() error { return pg.QueryRow("SELECT $1 + 1", n).Scan(&n) })
}
`)
	quiet := imports("quiet", "//pg:function\nfunc Next(n int64) int64 { return n + 1 }\n")
	for _, symbol := range []string{"SPI_execute_plan", "BeginInternalSubTransaction", "raw_parser"} {
		if !slices.Contains(asking, symbol) || slices.Contains(quiet, symbol) {
			t.Errorf("%s: in a module that runs SQL: %v, in one that asks for nothing: %v; want it in the first alone",
				symbol, slices.Contains(asking, symbol), slices.Contains(quiet, symbol))
		}
	}
	if 3*len(quiet) > 2*len(asking) {
		t.Errorf("a module that asks for nothing has %d symbols to be looked up, one that does %d", len(quiet), len(asking))
	}
}
