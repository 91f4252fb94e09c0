//go:build postgres

//pgstd:add

// What reflect lets others do with the library's inside. Code without unsafe is safe as far as
// the library's types are only what the library makes of them: a length beside a pointer, a
// type's descriptor, half of a timer. The compiler keeps others from naming such a type; reflect
// hands it out, by way of a field, a parameter or a dynamic type. So the rule is that reflect
// does with a type what source outside the library could have done with it:
//
//   - A type of the inside can be looked at: its names, its fields, values that are there.
//   - No value of it is made: by New, Zero, MakeSlice, MakeChan, MakeMap, MakeFunc, NewAt or
//     SliceAt, alone or as a part of an array, a slice, a channel, a map or a struct without a
//     name.
//   - What a pointer to it points to is read-only, as an unexported field is: neither it nor a
//     part of it can be set. It can be copied as a whole, to where it cannot be set either.
//   - If the type is sealed, its methods cannot be called by way of reflect either. Sealed are
//     those that no other package is meant to hold at all.
//
// The inside is every type of an internal or a vendored package (but see isFilled), and every unexported type of
// a package that is not written in safe Go alone. Unexported types of the others (the structs
// that crypto/x509 has encoding/asn1 fill) can have no hidden half, so they can be made and
// set. But they are foreign, as the inside is: nothing is converted to them, nor assigned that
// is not of them already.
package reflect

import (
	"internal/abi"
	"internal/stringslite"
	"unsafe"
)

type verdict uint8

const (
	foreign verdict = 1 << iota // nothing is converted to the type
	inside                      // and no value of it is made
	sealed                      // no method of it is called

	verdictMask = foreign | inside | sealed
)

// kit is the import path of the packages for authors.
const kit = "github.com/pgstd/pgstd/pg"

// judge says what a type is by its package and its name.
func judge(path, name string) verdict {
	first, _, _ := stringslite.Cut(path, "/")
	exported := name != "" && 'A' <= name[0] && name[0] <= 'Z'
	switch {
	case first == "vendor":
		return foreign | inside | sealed
	case isFilled(path):
		return foreign
	case isInternal(path) && isLibrary(first):
		return foreign | inside | sealed
	case path == kit || stringslite.HasPrefix(path, kit+"/"):
		if isInternal(path) || path == kit+"/pgabi" || stringslite.HasPrefix(path, kit+"/pgabi/") {
			return foreign | inside | sealed
		}
		if !exported {
			return foreign | inside
		}
	case exported:
		return judgeExported(path, name)
	case path == "reflect" || path == "runtime":
		return foreign | inside | sealed
	case isUnsafe(path):
		return foreign | inside
	case isLibrary(first):
		return foreign
	}
	return 0
}

// judgeExported says what a type is that everybody may name. Others can make and copy it
// without reflect, so that the most that can be said is sealed.
func judgeExported(path, name string) verdict {
	if path == "reflect" && (name == "Value" || name == "MapIter") {
		return sealed // UnsafePointer and SetPointer, which the gate refuses
	}
	return 0
}

// isFilled reports whether a package is an internal one in safe Go alone, which has package fmt or
// encoding/json read values of its types. These can have no hidden half either.
func isFilled(path string) bool {
	switch path {
	case "crypto/internal/cryptotest/wycheproof", "crypto/internal/cryptotest/x509limbo", "internal/trace/version":
		return true
	}
	return false
}

// isInternal reports whether an element of path is "internal".
func isInternal(path string) bool {
	for more := true; more; {
		var element string
		if element, path, more = stringslite.Cut(path, "/"); element == "internal" {
			return true
		}
	}
	return false
}

// isLibrary reports whether paths that begin with an element are of the library: a user's
// internal packages are not its inside.
func isLibrary(first string) bool {
	switch first {
	case "archive", "arena", "bufio", "builtin", "bytes", "cmp", "compress", "container", "context", "crypto",
		"database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash",
		"html", "image", "index", "internal", "io", "iter", "log", "maps", "math", "mime", "net",
		"os", "path", "plugin", "reflect", "regexp", "runtime", "simd", "slices", "sort", "strconv",
		"strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique",
		"unsafe", "uuid", "weak":
		return true
	}
	return false
}

// isUnsafe reports whether a package of the library uses unsafe, assembly or functions
// without a body. A test compares it with the library.
func isUnsafe(path string) bool {
	switch path {
	case "crypto/fips140", "crypto/rand", "crypto/subtle", "debug/elf", "debug/pe", "errors",
		"go/types", "hash/crc32", "hash/maphash", "iter", "log/slog", "maps", "math", "math/big",
		"math/rand", "math/rand/v2", "mime/multipart", "net", "net/http", "net/url", "os",
		"os/signal", "reflect", "runtime", "runtime/cgo", "runtime/debug", "runtime/metrics",
		"runtime/pprof", "runtime/trace", "slices", "strings", "sync", "sync/atomic", "syscall",
		"testing/cryptotest", "testing/synctest", "time", "time/tzdata", "unique", "unsafe", "weak":
		return true
	}
	return false
}

// verdicts has types that were judged, each at a place of its address, with the verdict in the
// bits that are free as descriptors are aligned. A descriptor stays where it is for as long as the
// world does.
var verdicts [512]uintptr

// verdictOf is small enough to be inlined.
func verdictOf(t *abi.Type) verdict {
	if p := uintptr(unsafe.Pointer(t)); verdicts[p>>5%uintptr(len(verdicts))] == p {
		return 0
	}
	return judgeType(t)
}

func judgeType(t *abi.Type) verdict {
	p := uintptr(unsafe.Pointer(t))
	known := &verdicts[p>>5%uintptr(len(verdicts))]
	if *known&^uintptr(verdictMask) == p {
		return verdict(*known) & verdictMask
	}
	var v verdict
	switch k := Kind(t.Kind()); {
	case k == Interface:
		// Whatever it holds was made by somebody.
	case t.HasName():
		v = judge(pkgPathFor(t), nameFor(t))
	case k == Array || k == Chan || k == Slice:
		v = verdictOf(t.Elem()) & (foreign | inside)
	case k == Map:
		v = (verdictOf(t.Key()) | verdictOf(t.Elem())) & (foreign | inside)
	case k == Pointer:
		v = verdictOf(t.Elem()) & sealed // a pointer has the methods of what it points to
	case k == Struct:
		fields := t.StructType().Fields
		for i := range fields {
			f := verdictOf(fields[i].Typ)
			v |= f & (foreign | inside)
			if fields[i].Embedded() {
				v |= f & sealed
			}
		}
	}
	*known = p | uintptr(v)
	return v
}

// readOnly is what a value of type t is that is found at a pointer or in a slice: read-only as an
// embedded field that is not exported, whose own fields are unexported ones. It is inlined.
func readOnly(t *abi.Type) flag {
	if p := uintptr(unsafe.Pointer(t)); verdicts[p>>5%uintptr(len(verdicts))] == p {
		return 0
	}
	return judgeValue(t)
}

//go:noinline
func judgeValue(t *abi.Type) flag {
	if judgeType(t)&inside != 0 {
		return flagEmbedRO
	}
	return 0
}

// lent reports whether v is read-only only because it is of the inside, or points to such a value.
// To copy it is harmless: the copy is nowhere that a pointer to it could be had, and the
// templates copy whatever they print. (Of an embedded field the same can be had: its methods are
// those of what it is embedded in.)
func (v Value) lent() bool {
	t := v.typ()
	return v.flag&(flagRO|flagMethod) == flagEmbedRO && (verdictOf(t)&inside != 0 || t.Kind() == abi.Pointer && !t.HasName() && verdictOf(t.Elem())&inside != 0)
}

// methodFlag is what a method of v is.
func (v Value) methodFlag() flag {
	if v.lent() {
		return uncallable(v.typ())
	}
	return v.flag.ro() | uncallable(v.typ())
}

// uncallable is what a method of type t is.
func uncallable(t *abi.Type) flag {
	if verdictOf(t)&sealed != 0 {
		return flagStickyRO
	}
	return 0
}

// closed reports whether nothing that is not of type t already becomes it.
func closed(t *abi.Type) bool {
	return verdictOf(t)&foreign != 0 || t.Kind() == abi.Pointer && !t.HasName() && verdictOf(t.Elem())&foreign != 0
}
