package base

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/pgstd/pgstd/internal/objfile"
)

// What cmd/internal/goobj lays down of an object file: after magic, fingerprint and flags,
// the offsets of its blocks, of which these have symbols.
const (
	goMagic        = "\x00go120ld"
	goOffsets      = len(goMagic) + 8 + 4
	goFirstSymbols = 3 // BlkSymdef
	goEndSymbols   = 8 // BlkRefFlags
	goSymbolSize   = 8 + 2 + 1 + 1 + 1 + 4 + 4
)

// symbolNames returns the names of all symbols that a compiled package defines or refers to.
func symbolNames(archive []byte) ([]string, error) {
	damaged := fmt.Errorf("the compiler's object is not as expected")
	object, err := objfile.Member(archive, "_go_.o")
	if err != nil {
		return nil, err
	}
	at := bytes.Index(object, []byte(goMagic))
	if at < 0 || len(object)-at < goOffsets+4*(goEndSymbols+1) {
		return nil, damaged
	}
	object = object[at:]
	offset := func(block int) uint64 { return uint64(binary.LittleEndian.Uint32(object[goOffsets+4*block:])) }
	from, to := offset(goFirstSymbols), offset(goEndSymbols)
	if from > to || to > uint64(len(object)) || (to-from)%goSymbolSize != 0 {
		return nil, damaged
	}
	var names []string
	for s := object[from:to]; len(s) > 0; s = s[goSymbolSize:] {
		size, start := uint64(binary.LittleEndian.Uint32(s)), uint64(binary.LittleEndian.Uint32(s[4:]))
		if start+size > uint64(len(object)) {
			return nil, damaged
		}
		names = append(names, string(object[start:start+size]))
	}
	return names, nil
}

// symbolPath is an import path as it stands in names of symbols, of which a dot ends the path
// (cmd/internal/objabi.PathToPrefix; nothing else that is special there can be in a path).
func symbolPath(path string) string {
	last := strings.LastIndexByte(path, '/') + 1
	return path[:last] + strings.ReplaceAll(path[last:], ".", "%2e")
}

// packageOf is the path, as it stands there, of the package that a name of a symbol begins with; "" if it
// begins with none.
func packageOf(name string) string {
	if end := strings.IndexAny(name, "[("); end >= 0 {
		name = name[:end] // what follows is of other packages, too
	}
	last := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[last:], '.')
	if dot < 0 {
		return ""
	}
	return name[:last+dot]
}

// mangled is what the Go linker calls a type that the compiler gives a long name
// (typeSymbolMangle in cmd/link). Names of instances that have an @ in them are not among the
// base's that a module asks for.
func mangled(name string) string {
	if !strings.HasPrefix(name, "type:") || strings.HasPrefix(name, "type:runtime.") || len(name) <= 14 && !strings.Contains(name, "@") {
		return name
	}
	prefix := "type:"
	if name[5] == '.' {
		prefix = "type:."
	}
	h := sha256.Sum256([]byte(name[5:]))
	h[0] ^= 0xff // cmd/internal/hash
	return prefix + base64.StdEncoding.EncodeToString(h[:6])
}
