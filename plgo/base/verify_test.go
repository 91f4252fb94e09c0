package base

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
)

// TestExports: what packages export and the compiler needs is offered; what the host and the library
// keep for themselves is not, although it is there.
func TestExports(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		_, b := testBase(t, at)
		if err := b.load(); err != nil {
			t.Fatal(err)
		}
		x := b.offers
		offered := func(name string) bool {
			for _, n := range []string{name, mangled(name), name + ".abiinternal", name + ".abi0"} {
				if p, ok := b.symbols.byName[n]; ok && (x.functions[uint32(p.value)] || x.holds(uint32(p.value))) {
					return true
				}
			}
			return false
		}
		t.Logf("%d names, %d functions, %d others of %d symbols", len(b.about.Exports), len(x.functions), len(x.data), len(b.symbols.byName))
		for _, name := range []string{"fmt.Sprint", "fmt.(*pp).Write", "encoding/json.Unmarshal", "encoding/json.(*Decoder).Decode", "time.Local", "errors.New",
			"runtime.newobject", "runtime.growslice", "runtime.gcWriteBarrier1", "runtime.mapaccess1_faststr", "type:time.Time", "strings.(*Builder).grow", "unicode.properties"} {
			if _, ok := b.symbols.byName[mangled(name)]; ok && !offered(name) {
				t.Errorf("%s is not offered", name)
			}
		}
		for _, name := range []string{"runtime.pgstdControl", "runtime.pgstdHook", "runtime.pgstdLeaf", "runtime.pgstd_request", "runtime.pgstd_report", "runtime.pgstdLinkModule",
			"runtime.pgstdAddModule", "runtime.modulesSlice", "runtime.sysAlloc", "runtime.mheap_", "runtime.throw", "runtime.memmove_", "reflect.typedmemmove", "reflect.makeable",
			"internal/poll.runtime_pollOpen", "syscall.runtime_envs", "pgstd_enter", "pgstd_start", "pgstd_tls_offset", "runtime.pgstdSwitch"} {
			if offered(name) {
				t.Errorf("%s is offered", name)
			}
		}
	})
}

// gateCode is what TestGate looks for, and changes, in code.
var gateCode = map[string]struct {
	isCall              func(text []byte, where uint32) bool // the place that is relative to the base is that of a call
	start, addend       uint32                               // where its instruction begins, and what is added to where it leads, both from that place
	system, none, other string                               // instructions: of the kernel's, no one, one without a distance
}{
	"amd64": {func(text []byte, where uint32) bool { return text[where-1] == 0xe8 }, ^uint32(0), ^uint32(3), "\x0f\x05", "\x06", "\xb8"},
	"arm64": {func(text []byte, where uint32) bool { return text[where+3] == 0x94 }, 0, 0, "\x01\x00\x00\xd4", "\x00\x00\x00\x02", "\x1f\x20\x03\xd5"},
}

// TestGate: what a module must not do is found in its file, whoever has made it.
func TestGate(t *testing.T) {
	everywhere(t, func(t *testing.T, at kit.Target) {
		k, b := testBase(t, at)
		good, err := os.ReadFile(module(t, at, "right"))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Verify(good); err != nil {
			t.Fatal(err)
		}
		var h header
		if _, err := binary.Decode(good, binary.LittleEndian, &h); err != nil {
			t.Fatal(err)
		}
		hook, ok := b.symbols.byName["runtime.pgstd_request"]
		if !ok {
			hook = b.symbols.byName["runtime.pgstd_request.abiinternal"]
		}
		control := b.symbols.byName["runtime.pgstdControl"]
		if hook.value == 0 || control.value == 0 {
			t.Fatal("the base has no hooks")
		}
		put := func(table int, i, n uint32) func(d []byte) {
			return func(d []byte) { binary.LittleEndian.PutUint32(d[h.Tables[table].Offset+4*i:], n) }
		}
		number := func(table int, i uint32) uint32 {
			return binary.LittleEndian.Uint32(good[h.Tables[table].Offset+4*i:])
		}
		text := good[h.Zones[zoneText].Offset:][:h.Zones[zoneText].File]
		c := gateCode[at.GOARCH()]
		// A call of the base.
		call := uint32(0)
		for i := uint32(0); i < h.Tables[tableCalls].Count && call == 0; i += 2 {
			if where := number(tableCalls, i); c.isCall(text, where) {
				call = i
			}
		}
		where := number(tableCalls, call)
		// What follows a call, where the loader adds nothing.
		after := uint32(0)
		for i := uint32(0); i+2 < h.Tables[tableCalls].Count && after == 0; i += 2 {
			if end := number(tableCalls, i) + 4; c.isCall(text, end-4) && number(tableCalls, i+2) > end+8 {
				after = end
			}
		}
		if after == 0 {
			t.Fatal("the module has no code between two calls")
		}
		for _, test := range []struct {
			name, want string
			change     func(d []byte)
		}{
			{"a call of a hook", "no function that a module may call", put(tableCalls, call+1, uint32(hook.value)+c.addend)},
			{"a call into a function", "no function that a module may call", put(tableCalls, call+1, number(tableCalls, call+1)+1)},
			{"a word with the host's part", "not for modules", put(tableBase, 1, uint32(control.value))},
			{"an initialisation that is none", "no package's initialisation", put(tableInits, 0, number(tableInits, 0)+8)},
			{"a system call", "kernel", func(d []byte) { copy(d[h.Zones[zoneText].Offset+after:], c.system) }},
			{"no instruction", "code", func(d []byte) { copy(d[h.Zones[zoneText].Offset+where+c.start:], c.none) }},
			{"a distance that nothing uses", "of no instruction", func(d []byte) {
				copy(d[h.Zones[zoneText].Offset+where+c.start:], c.other)
			}},
			{"a distance beside its instruction", "relocations", put(tableCalls, call, where+1)},
			{"a use of another type", "does not hold the address", put(tableUses, 1, number(tableUses, 1)+1)},
			{"a type that is code", "is not the module's", put(tableTypes, 0, 0)},
			{"a word in code", "cannot get an address", put(tableOwn, 0, 0)},
			{"two addresses for a word", "cannot get an address", put(tableOwn, 2, number(tableOwn, 0))},
			{"code behind its end", "segments", func(d []byte) { d[h.Zones[zoneText].Offset+h.Zones[zoneText].File] = 0x90 }},
			{"another base", "another base", func(d []byte) { d[16]++ }},
		} {
			data := slices.Clone(good)
			test.change(data)
			if bytes.Equal(data, good) {
				t.Errorf("%s: nothing has changed", test.name)
			}
			if err := b.Verify(data); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %.300v, want %s", test.name, err, test.want)
			}
		}
		if err := b.Verify(append(slices.Clone(good), 0)); err == nil {
			t.Error("a byte more is good")
		}
		// The compiler and the Go linker do what they are told; the gate does not.
		for name, source := range map[string]string{
			"hook": "//go:linkname request runtime.pgstd_request\nfunc request(n uint32, p *int) bool\n\nfunc init() { request(1, nil) }\n",
			"word": "//go:linkname request runtime.pgstd_request\nfunc request(n uint32, p *int) bool\n\nvar V = request\n\nfunc init() { V(1, nil) }\n",
		} {
			_, err := b.Module(t.Context(), k, []Package{{Path: "plgo/attack", File: "a.go", Text: []byte("package attack\n\nimport _ \"unsafe\"\n\n" + source)}})
			if err == nil || !strings.Contains(err.Error(), "the object gate refuses") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
