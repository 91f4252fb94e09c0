package base

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/pgstd/pgstd/trust/object"
)

// exports are the places of a base that modules may refer to.
type exports struct {
	functions map[uint32]bool
	gone      map[uint32]bool // of these, the ones that do not return
	grows     map[uint32]bool // and the ones that make a stack larger
	data      []place         // by address
	inits     map[uint32]bool
	itabs     map[uint32]bool
	code      map[uint32]bool // where any function starts

	thread      uint32 // a word that modules may read; 0: none
	types, text uint32 // what offsets in descriptions of types count from
}

// offered finds the places of what a base offers. All types and itabs are among it, as code makes
// them of each other.
func (b *Base) offered() *exports {
	x := &exports{functions: map[uint32]bool{}, gone: map[uint32]bool{}, inits: map[uint32]bool{}, itabs: map[uint32]bool{}, code: map[uint32]bool{},
		types: uint32(b.symbols.byName["runtime.types"].value), text: uint32(b.symbols.byName["runtime.text"].value)}
	x.grows, x.thread = map[uint32]bool{}, uint32(b.symbols.byName[threadOffset].value)
	gone, compilers := goneNames(), compilerNames()
	names := map[string]bool{}
	for _, n := range append(slices.Clone(b.about.Exports), abiHash) {
		for _, n := range []string{n, mangled(n), n + ".abi0", n + ".abiinternal"} {
			names[n] = true
		}
	}
	for name, p := range b.symbols.byName {
		if p.info&0xf == sttFunc {
			x.code[uint32(p.value)] = true
			x.gone[uint32(p.value)] = x.gone[uint32(p.value)] || gone.MatchString(trimABI(name))
			x.grows[uint32(p.value)] = x.grows[uint32(p.value)] || slices.Contains(growNames, trimABI(name))
		} else if isItab(name) {
			x.itabs[uint32(p.value)] = true
		}
		switch {
		case !names[name] && !isType(name) && !isItab(name) && !compilers.MatchString(trimABI(name)):
		case p.info&0xf == sttFunc:
			x.functions[uint32(p.value)] = true
		default:
			x.data = append(x.data, p)
		}
	}
	slices.SortFunc(x.data, func(a, b place) int { return int(int64(a.value - b.value)) })
	for _, t := range b.about.Inits {
		x.inits[t.Offset] = true
	}
	return x
}

// goneNames are functions that the compiler has called where the program goes on nowhere.
var goneNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^runtime\.(gopanic|block|throwinit|unreachableMethod|panic(divide|shift|overflow|float|mem|nil|wrap|makeslicelen|makeslicecap|` +
		`rangestate|dottypeE|dottypeI|nildottype|Index\w*|Slice\w*|Bounds\w*|unsafe\w+|simdImm))$`)
})

// growNames are what a function calls that has no frame yet, and no room for one.
var growNames = []string{"runtime.morestack", "runtime.morestack_noctxt"}

const sttFunc = 2 // STT_FUNC

// trimABI takes off what the Go linker adds to the names of functions that have two forms.
func trimABI(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".abi0"), ".abiinternal")
}

func (x *exports) holds(offset uint32) bool {
	// Several symbols may begin at one place.
	i := sort.Search(len(x.data), func(i int) bool { return x.data[i].value > uint64(offset) })
	for i--; i >= 0 && uint64(offset)-x.data[i].value < 1<<20; i-- {
		if uint64(offset) < x.data[i].value+max(x.data[i].size, 1) {
			return true
		}
	}
	return false
}

// Verify has the object gate judge a module.
func (b *Base) Verify(module []byte) error {
	if err := b.load(); err != nil {
		return err
	}
	x := b.offers
	return object.VerifyShared(module, &object.Base{
		Digest:    b.Digest(),
		Machine:   b.symbols.file.Machine,
		Function:  func(offset uint32) bool { return x.functions[offset] },
		Data:      x.holds,
		Goroutine: func(offset uint32) bool { return x.thread != 0 && offset == x.thread },
		NoReturn:  func(offset uint32) bool { return x.gone[offset] },
		Grows:     func(offset uint32) bool { return x.grows[offset] },
		Init:      func(offset uint32) bool { return x.inits[offset] },
		Type:      func(offset uint32) bool { return b.symbols.typeAt(uint64(offset)) != "" },
		Itab:      func(offset uint32) bool { return x.itabs[offset] },
		Code:      func(offset uint32) bool { return x.code[offset] },
		Memory: func(offset, size uint32) []byte {
			data, err := b.symbols.read(uint64(offset), uint64(size))
			if err != nil {
				return nil
			}
			return data
		},
		Address: func(offset uint32) bool { return b.symbols.isAddress(uint64(offset)) },
		Types:   x.types,
		Text:    x.text,
	}).Err()
}
