package link

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

// What cmd/link leaves for its host linker to do: in the section fipsInfo there is the sum of the code and the data of
// Go's cryptographic module, which the module compares when it starts in FIPS mode. After magic and sum come the section's
// own address and those between which the parts lie, as they are in the file.
const (
	fipsInfo  = ".go.fipsinfo"
	fipsMagic = "\xff Go fipsinfo \xff\x00"
	fipsBegin = "go fips object v1\n"
	fipsParts = 4
)

// sumFIPS writes the sum into a finished object. Objects without the module have no such section.
func sumFIPS(object []byte) error {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return err
	}
	section := f.Section(fipsInfo)
	if section == nil {
		return nil
	}
	info := object[section.Offset : section.Offset+section.FileSize]
	bounds := len(fipsMagic) + sha256.Size + 8
	if !bytes.HasPrefix(info, []byte(fipsMagic)) || len(info) < bounds+fipsParts*16 {
		return errors.New(fipsInfo + " is not what it was: has Go changed it?")
	}
	sum := hmac.New(sha256.New, make([]byte, sha256.Size))
	sum.Write([]byte(fipsBegin))
	for i := range fipsParts {
		b := info[bounds+16*i:]
		part, err := loadedPart(f, object, f.ByteOrder.Uint64(b), f.ByteOrder.Uint64(b[8:]))
		if err != nil {
			return err
		}
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		sum.Write(part)
	}
	copy(info[len(fipsMagic):], sum.Sum(nil))
	return nil
}

// loadedPart returns what lies between two addresses of an object.
func loadedPart(f *elf.File, object []byte, start, end uint64) ([]byte, error) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Vaddr <= start && start <= end && end <= p.Vaddr+p.Filesz {
			return object[p.Off+start-p.Vaddr : p.Off+end-p.Vaddr], nil
		}
	}
	return nil, fmt.Errorf("%s names %#x to %#x, where nothing is loaded", fipsInfo, start, end)
}
