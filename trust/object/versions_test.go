package object

import (
	"debug/elf"
	"os"
	"testing"
)

// firstVersions are imports of which a module gets the first that there has been, and why that is no fault.
var firstVersions = map[string]string{
	"clock_getcpuclockid": "the same function, from another library",
	"clock_gettime":       "the same function, from another library",
	"dladdr":              "the same function, from another library",
	"memcpy":              "it copies what overlaps, too",
	"posix_spawn":         "it gives a file that is no program to a shell; the program of a cell is what the server's user has installed",
}

// TestVersions: a module names no versions of libc's symbols, so it can be linked where libc is another. It gets
// the first one that there has been, which may do something else than the header says that the host is compiled with.
func TestVersions(t *testing.T) {
	read := 0
	for _, path := range []string{"/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/usr/aarch64-linux-gnu/lib/libc.so.6"} {
		f, err := elf.Open(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		symbols, err := f.DynamicSymbols()
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, s := range symbols {
			if s.Section == elf.SHN_UNDEF || !s.VersionIndex.IsHidden() || s.VersionIndex.Index() != firstVersion {
				continue
			}
			if i, ok := HandlerImports()[s.Name]; ok && i.From == "libc" && firstVersions[s.Name] == "" {
				t.Errorf("%s: modules would get %s of version %s, which is not what headers say", path, s.Name, s.Version)
			}
		}
	}
	if read == 0 {
		t.Skip("no libc where Debian has it")
	}
}

// firstVersion is the number of the first version that a library has defined; 1 is its name.
const firstVersion = 2
