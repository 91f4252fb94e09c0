package link

import (
	"debug/elf"
	"path/filepath"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/objfile"
)

// constantsSection is where constants that hold addresses are, in relocatables: the loader
// makes it read-only once it has put the addresses in.
const constantsSection = ".data.rel.ro"

// bracketed returns what to link for a Go part: the part itself, between two objects that say
// where its constants with addresses begin and end. A linker lays out the sections of a kind file by file,
// in the order in which they are named: whatever sections of that kind the Go linker has made
// are in between, and nothing of the host is, whose constants are addresses of the server.
func bracketed(k *kit.Kit, tmp, object string) ([]string, error) {
	begin, err := end(k, filepath.Join(tmp, "begin.o"), "pgstd_relro")
	if err != nil {
		return nil, err
	}
	end, err := end(k, filepath.Join(tmp, "end.o"), "pgstd_erelro")
	return []string{begin, object, end}, err
}

// end writes an object file with nothing but a name for where it comes to be, and returns its path.
func end(k *kit.Kit, path, name string) (string, error) {
	o, err := objfile.NewRelocatable(k.Target.GOARCH())
	if err != nil {
		return "", err
	}
	s := o.Section(constantsSection, elf.SHT_PROGBITS, elf.SHF_ALLOC|elf.SHF_WRITE, 8)
	o.Define(name, s, 0, 0, elf.STT_OBJECT, elf.STB_GLOBAL, elf.STV_HIDDEN)
	return write(path, o.Encode)
}
