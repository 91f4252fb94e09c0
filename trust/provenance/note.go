package provenance

import "encoding/binary"

// Notes returns the content of the section with the notes, to be linked with what they are
// about. The second note makes the object's descriptor findable in a module, of which
// symbols have been stripped: at an offset in the section, 8 bytes are to hold how far the
// descriptor is from there. Without an object, there is no such note.
func (r *Record) Notes(hasObject bool) (section []byte, descriptor uint64) {
	section = note(nil, TypeRecord, r.Encode())
	if !hasObject {
		return section, 0
	}
	section = note(section, TypeDescriptor, make([]byte, 8))
	return section, uint64(len(section)) - 8
}

// note appends one note.
func note(section []byte, kind uint32, data []byte) []byte {
	for _, n := range []uint32{uint32(len(Owner)) + 1, uint32(len(data)), kind} {
		section = binary.LittleEndian.AppendUint32(section, n)
	}
	for _, part := range [][]byte{[]byte(Owner + "\x00"), data} {
		section = append(section, part...)
		for len(section)%4 != 0 {
			section = append(section, 0)
		}
	}
	return section
}
