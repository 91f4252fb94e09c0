package object_test

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
)

// Code that does not belong into an object, at the start of its first function.
var badCode = map[string][]struct{ code, rule, says string }{
	"amd64": {
		{"\x0f\x05", "kernel", "enters the kernel"},
		{"\x48\x0f\x05", "kernel", "enters the kernel"},
		{"\x0f\x34", "kernel", "enters the kernel"},
		{"\xcd\x80", "kernel", "enters the kernel"},
		{"\xcd\x2e", "kernel", "interrupt"},
		{"\xf4", "kernel", "for the kernel"},
		{"\xff\x28", "kernel", "gate"},
		{"\xcb", "kernel", "gate"},
		{"\xec", "kernel", "ports"},
		{"\xf3\x48\x0f\xae\xd0", "kernel", "thread pointer"},
		{"\x0f\x01\xef", "kernel", "protection keys"},
		{"\x0f\xae\x28", "kernel", "state as a whole"},
		{"\x0f\xa1", "kernel", "segment register"},
		{"\x0f\x01\xc1", "kernel", "virtual machines"},
		{"\x06", "code", "no known instruction"},
		{"\x0f\x0a", "code", "no known instruction"},
		{"\xeb\xff", "code", "where no instruction starts"}, // into itself
		{"\xe9\x00\x00\x00\x70", "code", "out of the code"},
		{"\xe8\x00\x00\x00\x80", "code", "out of the code"},
		{"\x74\x03\xb8\x0f\x05\x00\x00", "code", "where no instruction starts"}, // to a constant
		{"\xeb\x02\x0f\x05\x74\xfc", "code", "where no instruction starts"},     // back to what was skipped
	},
	"arm64": {
		{"\x01\x00\x00\xd4", "kernel", "enters the kernel"},
		{"\x02\x00\x00\xd4", "kernel", "enters the kernel"},
		{"\x03\x00\x00\xd4", "kernel", "enters the kernel"},
		{"\x00\x00\x40\xd4", "kernel", "debugger"},
		{"\x40\xd0\x1b\xd5", "kernel", "thread pointer"},
		{"\xe0\x03\x9f\xd6", "kernel", "for the kernel"},
		{"\xdf\x40\x03\xd5", "kernel", "state"},
		{"\x00\x00\x20\x04", "code", "no known instruction"},
		{"\x00\x00\x00\x16", "code", "out of the code"},                                                                             // b
		{"\x40\x00\x00\x58\x1f\x20\x03\xd5\x01\x00\x00\xd4", "code", "come to a constant"},                                          // ldr of what follows
		{"\x40\x00\x00\x58\x02\x00\x00\x14\x01\x00\x00\xd4", "code", "where no instruction starts"},                                 // its second half
		{"\x40\x00\x00\x18\x02\x00\x00\x14\x01\x00\x00\xd4\x1f\x20\x03\xd5\xc0\xff\xff\x54", "code", "where no instruction starts"}, // back to it
		{"\x1f\x20\x03\xd5\xe0\xff\xff\x58", "code", "other code"},                                                                  // of what went before
	},
}

func TestCode(t *testing.T) {
	for _, on := range target.Supported {
		for _, c := range badCode[on.GOARCH()] {
			for _, kind := range kinds[:2] {
				f := good(t, kind, on)
				at := f.roomyFunction()
				// A good rest of the function, so that there is nothing else to refuse.
				fill := "\x90"
				if on.GOARCH() == "arm64" {
					fill = "\x1f\x20\x03\xd5"
				}
				room := f.data[at : at+64]
				copy(room, bytes.Repeat([]byte(fill), 64))
				copy(room, c.code)
				r := object.Verify(f.data, kind)
				if !containsFinding(r, c.rule, c.says) {
					t.Errorf("%s for %s, % x: %v; want %q by rule %s", kind, on, c.code, r.Findings, c.says, c.rule)
				}
			}
		}
	}
}

func containsFinding(r *object.Report, rule, says string) bool {
	for _, f := range r.Findings {
		if f.Rule == rule && strings.Contains(f.What, says) {
			return true
		}
	}
	return false
}

// roomyFunction is the offset of a function of at least 64 bytes, in which no
// branch from outside ends.
func (f *file) roomyFunction() uint64 {
	s := f.elf.Section(".gopclntab")
	table := f.data[s.Offset : s.Offset+s.Size]
	entries := table[le.Uint64(table[64:]):]
	text := f.get64(f.relocationAt(f.descriptor()+64) + 16)
	for i := 20; ; i++ {
		start, end := le.Uint32(entries[8*i:]), le.Uint32(entries[8*i+8:])
		if end-start == 64 {
			return f.offset(text + uint64(start))
		}
	}
}

// TestHidden: a system call inside of a constant is reported, and no reason to
// refuse.
func TestHidden(t *testing.T) {
	for arch, code := range map[string]string{
		"amd64": "\xb8\x0f\x05\x00\x00\xc3",                         // mov $0x50f,%eax; ret
		"arm64": "\x40\x00\x00\x18\xc0\x03\x5f\xd6\x01\x00\x00\xd4", // ldr w0, .+8; ret; svc #0
	} {
		f := good(t, object.Object, target.Target("linux-postgres-"+arch))
		before := object.Verify(f.data, "")
		at := f.roomyFunction()
		fill := "\xcc"
		if arch == "arm64" {
			fill = "\x00"
		}
		copy(f.data[at:at+64], bytes.Repeat([]byte(fill), 64))
		copy(f.data[at:], code)
		after := object.Verify(f.data, "")
		if !after.Good() || len(after.Hidden) != len(before.Hidden)+1 {
			t.Errorf("%s: %v, %d hidden, before it was %d", arch, after.Findings, len(after.Hidden), len(before.Hidden))
		}
		found := false
		for _, h := range after.Hidden {
			found = found || h.Address > 0 && h.Function != "" && f.offset(h.Address) > at && f.offset(h.Address) < at+64
		}
		if !found {
			t.Errorf("%s: not at its place: %v", arch, after.Hidden)
		}
	}
}

// TestImportUse: Go code that addresses the word of an imported function.
func TestImportUse(t *testing.T) {
	f := good(t, object.Module, "linux-postgres-amd64")
	slot := f.get64(f.rela(func(_, info, _ uint64) bool { return elf.R_X86_64(uint32(info)) == elf.R_X86_64_GLOB_DAT }))
	at := f.roomyFunction()
	text := f.elf.Section(".text")
	end := at - text.Offset + text.Addr + 7
	copy(f.data[at:at+64], bytes.Repeat([]byte{0x90}, 64))
	copy(f.data[at:], "\x48\x8b\x05") // mov slot(%rip),%rax
	f.put32(at+3, uint32(slot-end))
	refused(t, f, "import-use", "uses ")
}

// TestHost: Go code that calls the host's directly.
func TestHost(t *testing.T) {
	f := good(t, object.Module, "linux-postgres-amd64")
	symbols, err := f.elf.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	at := f.roomyFunction()
	text := f.elf.Section(".text")
	copy(f.data[at:at+64], bytes.Repeat([]byte{0x90}, 64))
	for _, s := range symbols {
		if s.Name == "_PG_init" {
			f.data[at] = 0xe8
			f.put32(at+1, uint32(s.Value-(at-text.Offset+text.Addr+5)))
		}
	}
	refused(t, f, "code", "from Go code into the host")
}

// FuzzVerify: whatever a file has in it, there is an answer.
func FuzzVerify(f *testing.F) {
	for _, kind := range kinds {
		data, err := built[string(kind)+" "+target.Host().GOARCH()]()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint32(0), []byte{}, data[:4096])
		f.Add(uint32(64), []byte{1, 2, 3, 4, 5, 6, 7, 8}, []byte{})
	}
	whole, err := built["module "+target.Host().GOARCH()]()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at uint32, change, alone []byte) {
		object.Verify(alone, "")
		// The same with a change in a good file; most of them are in tables.
		data := bytes.Clone(whole)
		copy(data[int(at)%len(data):], change)
		if r := object.Verify(data, ""); r.Good() && len(r.Exports) == 0 {
			t.Error("good, and exports nothing")
		}
	})
}
