package link

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
)

// sameLoaded reports an error unless two files put the same into memory: segments at the same places with the same bytes,
// and nothing more. Where the tables of sections are, the file's header says, and no loader asks.
func sameLoaded(judged, other []byte) error {
	a, err := loaded(judged)
	if err != nil {
		return err
	}
	b, err := loaded(other)
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("%d segments have become %d", len(a), len(b))
	}
	for i := range a {
		if a[i].header != b[i].header {
			return fmt.Errorf("segment %d is described otherwise", i)
		}
	}
	for i := range a {
		if !bytes.Equal(a[i].data, b[i].data) {
			return fmt.Errorf("segment %d has other bytes", i)
		}
	}
	return nil
}

type segment struct {
	header elf.ProgHeader
	data   []byte
}

func loaded(file []byte) ([]segment, error) {
	const (
		headerSize = 64
		sections   = 40 // e_shoff
		ofSections = 58 // e_shentsize, e_shnum, e_shstrndx
	)
	if len(file) < headerSize {
		return nil, errors.New("it has no header")
	}
	file = bytes.Clone(file)
	clear(file[sections : sections+8])
	clear(file[ofSections:headerSize])
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	segments := []segment{{data: file[:headerSize]}}
	for _, p := range f.Progs {
		data, err := io.ReadAll(p.Open())
		if err != nil {
			return nil, err
		}
		segments = append(segments, segment{p.ProgHeader, data})
	}
	return segments, nil
}
