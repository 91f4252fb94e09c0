package base

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

// checkFunctions looks whether the functions in a base's table follow each other, and end where the code does: the
// runtime searches it by halves. In a program it looks itself, whenever it starts.
func checkFunctions(file []byte) error {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("reading a base: %w", err)
	}
	damaged := errors.New("the Go linker has made a table of functions that is not as expected")
	text, section := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || section == nil {
		return damaged
	}
	table, err := section.Data()
	if err != nil {
		return fmt.Errorf("reading a base: %w", err)
	}
	// Words 1 and 8 of package runtime's pcHeader are how many there are, and where they begin.
	if len(table) < 72 {
		return damaged
	}
	n, at := binary.LittleEndian.Uint64(table[8:]), binary.LittleEndian.Uint64(table[64:])
	if at > uint64(len(table)) || n == 0 || n > (uint64(len(table))-at)/8-1 {
		return damaged
	}
	entry := func(i uint64) uint32 { return binary.LittleEndian.Uint32(table[at+8*i:]) }
	for i := range n {
		if entry(i) > entry(i+1) {
			return damaged
		}
	}
	if entry(0) != 0 || uint64(entry(n)) > text.Size {
		return damaged
	}
	return nil
}
