package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/pgstd/pgstd"
)

// symbol is one of the dynamic symbol table.
type symbol struct {
	name    string
	value   uint64
	size    uint64
	kind    elf.SymType
	defined bool
}

// Names that a file of each kind may export; a star stands for the rest of a name.
var exports = map[Kind][]string{
	Object: {"pgstd_object"},
	Module: {"Pg_magic_func", "_PG_init", "pgstd_worker_main", "pgstd_fn_*", "pg_finfo_pgstd_fn_*"},
	Host:   {"Pg_magic_func", "_PG_init", "pgstd_*", "plgo_*", "pg_finfo_pgstd_*", "pg_finfo_plgo_*"},
}

func matches(name string, patterns []string) bool {
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); ok && strings.HasPrefix(name, prefix) || name == p {
			return true
		}
	}
	return false
}

// kindOf says what a file is by what it exports.
func kindOf(exported []string) Kind {
	kind := Kind("")
	for _, name := range exported {
		switch {
		case name == "pgstd_object":
			return Object
		case strings.HasPrefix(name, "pgstd_fn_"):
			kind = Module
		case name == "Pg_magic_func" && kind == "":
			kind = Host
		}
	}
	return kind
}

func (g *gate) checkSymbols() bool {
	if !g.readSymbols() || !g.checkEntry() {
		return false
	}
	kind := kindOf(g.Exports)
	if kind == "" {
		return g.refuse(ruleSymbols, "it exports neither an object nor functions for PostgreSQL: pgbuild has not made it")
	}
	// A package without functions makes a module that exports what a host does.
	if r, err := g.readProvenance(); kind == Host && err == nil && r != nil && r.Kind == string(Module) {
		kind = Module
	}
	if g.Kind == "" {
		g.Kind = kind
	}
	if g.Kind != kind {
		return g.refuse(ruleSymbols, "it is a file of kind %s, not %s", kind, g.Kind)
	}
	good := true
	for _, name := range g.Exports {
		if !matches(name, exports[g.Kind]) {
			good = g.refuse(ruleSymbols, "it exports %s, which is not for the kind %s", name, g.Kind)
		}
	}
	var unlisted []string
	for _, name := range g.Imports {
		if _, ok := importsFor(g.Kind)[name]; !ok {
			unlisted = append(unlisted, name)
		}
	}
	slices.Sort(unlisted)
	switch names := strings.Join(unlisted, " "); {
	case len(unlisted) == 0:
	case g.Kind == Object:
		good = g.refuse(ruleImports, "it imports %s; an object imports nothing", names)
	default:
		good = g.refuse(ruleImports, "it imports %s, which no host of pgbuild %s asks for (%s)", names, pgstd.Version, listFor(g.Kind))
	}
	return good
}

func listFor(kind Kind) string {
	if kind == Host {
		return handlerImportsFile
	}
	return importsFile
}

// importsFor is what a kind of file may import.
func importsFor(kind Kind) map[string]Import {
	if kind == Object {
		return nil
	}
	if kind == Host {
		return HandlerImports()
	}
	return Imports()
}

// checkEntry checks that the entry point, by which hosts that map a file themselves
// find the object's descriptor, is that or nothing.
func (g *gate) checkEntry() bool {
	for _, s := range g.symbols {
		if s.defined && s.name == "pgstd_object" && s.value == g.entry {
			return true
		}
	}
	return g.entry == 0 || g.refuse(ruleHeader, "its entry point, %#x, is not the object's descriptor", g.entry)
}

// readSymbols reads the table as the loader does: its size is what the hash table
// says.
func (g *gate) readSymbols() bool {
	n, first, ok := g.hashTable()
	if !ok {
		return false
	}
	strtab, ok := g.table("string table", elf.DT_STRTAB, g.dyn(elf.DT_STRSZ))
	if !ok {
		return false
	}
	table, ok := g.table("symbol table", elf.DT_SYMTAB, n*symbolSize)
	if !ok {
		return false
	}
	if len(strtab) == 0 || strtab[0] != 0 || strtab[len(strtab)-1] != 0 {
		return g.refuse(ruleSymbols, "the string table is damaged")
	}
	if !zero(table[:symbolSize]) {
		return g.refuse(ruleSymbols, "the first symbol is not empty")
	}
	g.symbols = make([]symbol, 1, n)
	seen := map[string]bool{}
	for i := uint64(1); i < n; i++ {
		raw, _ := read[elf.Sym64](table[i*symbolSize:])
		if i < first && raw.Name == 0 && raw.Info == elf.ST_INFO(elf.STB_LOCAL, elf.STT_SECTION) {
			g.symbols = append(g.symbols, symbol{}) // some linkers leave them; the loader finds none by name
			continue
		}
		s, ok := g.symbol(raw, strtab)
		if !ok {
			return false
		}
		if s.defined != (i >= first) {
			return g.refuse(ruleSymbols, "symbol %s is on the wrong side of the hash table", s.name)
		}
		if seen[s.name] {
			return g.refuse(ruleSymbols, "there are two symbols %s", s.name)
		}
		seen[s.name] = true
		g.symbols = append(g.symbols, s)
		if s.defined {
			g.Exports = append(g.Exports, s.name)
		} else {
			g.Imports = append(g.Imports, s.name)
		}
	}
	return true
}

func (g *gate) symbol(raw elf.Sym64, strtab []byte) (s symbol, ok bool) {
	if uint64(raw.Name) >= uint64(len(strtab)) {
		return s, g.refuse(ruleSymbols, "a symbol has no name")
	}
	name, _, _ := bytes.Cut(strtab[raw.Name:], []byte{0})
	s = symbol{
		name: string(name), value: raw.Value, size: raw.Size,
		kind: elf.ST_TYPE(raw.Info), defined: elf.SectionIndex(raw.Shndx) != elf.SHN_UNDEF,
	}
	if s.name == "" {
		return s, g.refuse(ruleSymbols, "a symbol has no name")
	}
	switch s.kind {
	case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC:
	case elf.STT_GNU_IFUNC:
		return s, g.refuse(ruleSymbols, "%s is chosen by code that the loader runs (an indirect function)", s.name)
	case elf.STT_TLS:
		return s, g.refuse(ruleSymbols, "%s is thread-local", s.name)
	default:
		return s, g.refuse(ruleSymbols, "%s is of type %v", s.name, s.kind)
	}
	if elf.ST_BIND(raw.Info) != elf.STB_GLOBAL || elf.ST_VISIBILITY(raw.Other) != elf.STV_DEFAULT && !s.defined {
		return s, g.refuse(ruleSymbols, "%s is no ordinary global symbol", s.name)
	}
	if s.defined {
		if at, ok := sized(s.value, s.size); !ok || elf.SectionIndex(raw.Shndx) >= elf.SHN_LORESERVE || g.segmentOf(s.value) == nil || !g.segmentOf(s.value).covers(at) {
			return s, g.refuse(ruleSymbols, "%s lies outside of what is mapped", s.name)
		}
	} else if s.value != 0 {
		return s, g.refuse(ruleSymbols, "%s is imported and has a value", s.name)
	}
	return s, true
}

// hashTable walks over the GNU hash table: how many symbols there are, and the
// first one that the loader finds by name.
func (g *gate) hashTable() (symbols, first uint64, ok bool) {
	const damaged = "the hash table of symbols is damaged"
	in := g.segmentOf(g.dyn(elf.DT_GNU_HASH))
	if in == nil {
		return 0, 0, g.refuse(ruleSymbols, damaged)
	}
	data, ok := g.table("hash table", elf.DT_GNU_HASH, in.end-g.dyn(elf.DT_GNU_HASH))
	if !ok {
		return 0, 0, false
	}
	word := func(i uint64) (uint64, bool) {
		if i*4+4 > uint64(len(data)) {
			return 0, false
		}
		return uint64(binary.LittleEndian.Uint32(data[i*4:])), true
	}
	buckets, ok1 := word(0)
	first, ok2 := word(1)
	bloom, ok3 := word(2)
	if !ok1 || !ok2 || !ok3 || first == 0 || buckets > uint64(len(data)) || bloom > uint64(len(data)) {
		return 0, 0, g.refuse(ruleSymbols, damaged)
	}
	chains := 4 + bloom*2 + buckets
	last := uint64(0)
	for i := range buckets {
		b, ok := word(4 + bloom*2 + i)
		if !ok || b != 0 && b < first {
			return 0, 0, g.refuse(ruleSymbols, damaged)
		}
		last = max(last, b)
	}
	if last == 0 {
		return 0, 0, g.refuse(ruleSymbols, "it exports nothing")
	}
	for ; ; last++ {
		hash, ok := word(chains + last - first)
		if !ok {
			return 0, 0, g.refuse(ruleSymbols, damaged)
		}
		if hash&1 == 1 {
			return last + 1, first, true
		}
	}
}
