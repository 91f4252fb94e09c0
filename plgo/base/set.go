package base

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/trust/object"
)

// Set is what a base has besides the library: packages of modules that an administrator lets functions
// import, which the source gate has judged. A base is for one set, as a package of two modules is two.
type Set struct {
	Dir      string   // where the go command finds them
	Packages []string // that modules can import, sorted
	// Content is a digest of all that is in it, what the source gate has said of it among that.
	Content string
	Info    string      // what the Go linker is to note of modules
	Origin  link.Origin // of what is in it
	// Resolve returns the flags with which the go command finds what has been judged.
	Resolve func(k *kit.Kit) ([]string, error)
}

// RefusedError says why a set cannot be in a base. It will be so until the set, the kit or Go is another.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "no base can have these modules: " + e.Reason }

// errTooMuch says that a base would be too large.
var errTooMuch = errors.New("a base with them takes too much memory")

// isFinal reports whether an error is one that making the same base again would end with, too.
func isFinal(err error) bool {
	var refused *object.RefusedError
	return errors.Is(err, errTooMuch) || errors.As(err, &refused)
}

// compile compiles the packages of a set, with those of the library.
func (s *Set) compile(ctx context.Context, k *kit.Kit, library []string) ([]*listed, error) {
	flags, err := s.Resolve(k)
	if err != nil {
		return nil, err
	}
	list, err := compileLibrary(ctx, k, s.Dir, flags, append(library[:len(library):len(library)], s.Packages...))
	if err != nil {
		return nil, err
	}
	// The set may have been changed since it was judged, and before that was found here.
	return list, s.Origin.Judged.Unchanged()
}

// origin is that of what has been linked; nil, if there is no set.
func (s *Set) origin(list []*listed, object string) (*link.Origin, error) {
	if s == nil {
		return nil, nil
	}
	from := s.Origin
	from.Reached = map[string]bool{}
	for _, l := range list {
		from.Reached[l.ImportPath] = true
	}
	return &from, from.CheckFiles(object)
}

// checkSize reports an error if a base leaves modules too little of what code can reach, or has variables that are too
// much for a world: each is charged for all of them, whatever its functions import.
func checkSize(data []byte) error {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return err
	}
	size, variables := uint64(0), uint64(0)
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			size = max(size, p.Vaddr+p.Memsz)
			if p.Flags&elf.PF_W != 0 {
				variables += p.Memsz
			}
		}
	}
	if most := machines[f.Machine].reach / 2; size > most {
		return fmt.Errorf("%w: more than %d MB", errTooMuch, most>>20)
	}
	if variables > moduleMax {
		return fmt.Errorf("%w: more than %d MB of variables", errTooMuch, moduleMax>>20)
	}
	return nil
}
