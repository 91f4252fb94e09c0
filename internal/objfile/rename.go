package objfile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// AsConstants makes sections of a relocatable object, in place, ordinary constants in the final
// link: of the section .rodata, which there has to be. It returns what they hold.
func AsConstants(object []byte, names ...string) (map[string][]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, fmt.Errorf("reading the Go linker's object: %w", err)
	}
	first := binary.LittleEndian.Uint64(object[atSectionHeaders:])
	each := uint64(binary.LittleEndian.Uint16(object[atSectionHeaderSize:]))
	header := func(i int) ([]byte, error) { return slice(object, first+uint64(i)*each, sectionSize) }
	constants := slices.IndexFunc(f.Sections, func(s *elf.Section) bool { return s.Name == ".rodata" })
	if constants < 0 {
		return nil, fmt.Errorf("the Go linker's object has no section .rodata")
	}
	like, err := header(constants)
	if err != nil {
		return nil, err
	}
	held := map[string][]byte{}
	for i, s := range f.Sections {
		if !slices.Contains(names, s.Name) {
			continue
		}
		h, err := header(i)
		if err != nil {
			return nil, err
		}
		if held[s.Name], err = s.Data(); err != nil {
			return nil, err
		}
		copy(h[:16], like[:16]) // sh_name, sh_type, sh_flags
	}
	return held, nil
}
