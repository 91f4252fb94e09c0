package base

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
)

// symbolTable is where everything in a base is, by its name, and what its data says of addresses.
type symbolTable struct {
	file   *elf.File
	byName map[string]place
	types  []place // of type symbols, by address
	names  []string
	relocs []relocation // by place
}

type place struct {
	value, size uint64
	info        uint8 // kind and binding, as in ELF
}

// relocation says that the word at a place holds an address of the base.
type relocation struct{ at, target uint64 }

const relaSize = 24

func readSymbols(path string) (*symbolTable, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseSymbols(data)
}

func parseSymbols(data []byte) (*symbolTable, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	list, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	t := &symbolTable{file: f, byName: make(map[string]place, len(list))}
	for _, s := range list {
		if s.Section == elf.SHN_UNDEF || s.Section >= elf.SHN_LORESERVE || s.Name == "" {
			continue
		}
		t.byName[s.Name] = place{s.Value, s.Size, s.Info}
		if isType(s.Name) {
			t.types = append(t.types, place{s.Value, s.Size, s.Info})
			t.names = append(t.names, s.Name)
		}
	}
	sort.Sort(byAddress{t.types, t.names})
	rela := f.Section(".rela.dyn")
	if rela == nil {
		return nil, fmt.Errorf("it has no relocations")
	}
	entries, err := rela.Data()
	if err != nil {
		return nil, err
	}
	for ; len(entries) >= relaSize; entries = entries[relaSize:] {
		t.relocs = append(t.relocs, relocation{binary.LittleEndian.Uint64(entries), binary.LittleEndian.Uint64(entries[16:])})
	}
	slices.SortFunc(t.relocs, func(a, b relocation) int { return int(int64(a.at - b.at)) })
	return t, nil
}

type byAddress struct {
	places []place
	names  []string
}

func (b byAddress) Len() int           { return len(b.places) }
func (b byAddress) Less(i, j int) bool { return b.places[i].value < b.places[j].value }
func (b byAddress) Swap(i, j int) {
	b.places[i], b.places[j] = b.places[j], b.places[i]
	b.names[i], b.names[j] = b.names[j], b.names[i]
}

// isType reports whether a symbol is a type's, and not a helper of one or all of them.
func isType(name string) bool {
	return strings.HasPrefix(name, "type:") && !strings.HasPrefix(name, "type:.") && name != allTypes
}

// allTypes is the symbol that the Go linker makes of all types together, since Go 1.27 in modules, too.
const allTypes = "type:*"

// threadOffset is where a base has the distance from the thread pointer to the current goroutine.
const threadOffset = "pgstd_tls_offset"

func isItab(name string) bool { return strings.HasPrefix(name, "go:itab.") }

// inside returns the relocations of a part of the base.
func (t *symbolTable) inside(p place) []relocation {
	at := func(n uint64) int {
		return sort.Search(len(t.relocs), func(i int) bool { return t.relocs[i].at >= n })
	}
	return t.relocs[at(p.value):at(p.value+p.size)]
}

// isAddress reports whether a word of the base holds an address.
func (t *symbolTable) isAddress(at uint64) bool {
	_, found := slices.BinarySearchFunc(t.relocs, at, func(r relocation, at uint64) int { return cmp.Compare(r.at, at) })
	return found
}

// typeAt returns the name of the type whose description begins at an address; empty: none does.
func (t *symbolTable) typeAt(value uint64) string {
	i := sort.Search(len(t.types), func(i int) bool { return t.types[i].value >= value })
	if i == len(t.types) || t.types[i].value != value {
		return ""
	}
	return t.names[i]
}

// read returns bytes of a base, with addresses as they are in a base at address 0.
func (t *symbolTable) read(at, size uint64) ([]byte, error) {
	for _, p := range t.file.Progs {
		if p.Type != elf.PT_LOAD || at < p.Vaddr || at-p.Vaddr > p.Filesz {
			continue
		}
		data := make([]byte, min(size, p.Filesz-(at-p.Vaddr)))
		if _, err := p.ReadAt(data, int64(at-p.Vaddr)); err != nil {
			return nil, err
		}
		for _, r := range t.inside(place{value: at, size: uint64(len(data)) &^ 7}) {
			if r.at-at+8 <= uint64(len(data)) {
				binary.LittleEndian.PutUint64(data[r.at-at:], r.target)
			}
		}
		return data, nil
	}
	return nil, fmt.Errorf("nothing is at %#x", at)
}

// initTasks reads the order in which the packages of a base are initialised.
func initTasks(whole []byte) ([]initTask, error) {
	t, err := parseSymbols(whole)
	if err != nil {
		return nil, err
	}
	all, ok := t.byName["go:shlib.inittasks"]
	if !ok {
		return nil, fmt.Errorf("the Go linker has left no list of packages to initialise")
	}
	packages := map[uint64]string{}
	for name, p := range t.byName {
		if path, ok := strings.CutSuffix(name, "..inittask"); ok {
			packages[p.value] = strings.ReplaceAll(path, "%2e", ".")
		}
	}
	var tasks []initTask
	for _, r := range t.inside(all) {
		path, ok := packages[r.target]
		if !ok {
			return nil, fmt.Errorf("the Go linker's list of packages to initialise has one without a name")
		}
		tasks = append(tasks, initTask{path, uint32(r.target)})
	}
	if uint64(len(tasks))*8 != all.size {
		return nil, fmt.Errorf("the Go linker's list of packages to initialise has %d bytes for %d packages", all.size, len(tasks))
	}
	return tasks, nil
}
