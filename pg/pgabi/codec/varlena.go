package codec

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// cut finds an element in an array's texts as PostgreSQL has them, at or behind an
// offset. The header of a short one is a byte, with the lowest bit set; that of any
// other has four, aligned, the two lowest bits of which say that it is not compressed.
// An offset behind all of them is aligned, so that of a byte that is 0 is padding.
// It reports false for what PostgreSQL puts into no array.
func cut(all string, at int) (start, end int, ok bool) {
	if at >= len(all) {
		return 0, 0, false
	}
	if h := all[at]; h&1 != 0 {
		start, end = at+1, at+int(h>>1)
		return start, end, h != 1 && start <= end && end <= len(all)
	}
	at = (at + 3) &^ 3
	if len(all)-at < 4 || at < 0 {
		return 0, 0, false
	}
	header := all[at : at+4]
	h := uint32(header[0]) | uint32(header[1])<<8 | uint32(header[2])<<16 | uint32(header[3])<<24
	start, end = at+4, at+int(h>>2)
	return start, end, h&3 == 0 && start <= end && end <= len(all)
}

func errVarlena() error {
	return &Error{Code: dataCorrupted, Message: "is not as PostgreSQL has it in an array", null: true}
}

// texts returns an array whose elements come behind their headers, in the host's memory.
func texts(a *host.ArrayData) string { return unsafe.String(a.Elements, a.Bytes) }

// inSlots returns an array whose elements are slots, or values of a fixed width.
func inSlots(s *Slot) (*host.ArrayData, error) {
	a := address[host.ArrayData](s)
	if a.Width != host.WidthVarlena {
		return a, nil
	}
	all := texts(a)
	slots := make([]Slot, a.N)
	at := 0
	for i := range slots {
		start, end, ok := cut(all, at)
		if !ok {
			return nil, errElement(i, errVarlena())
		}
		// An address that nothing is read at may lie behind the array.
		slots[i] = Slot{Word: uint64(uintptr(unsafe.Pointer(a.Elements))) + uint64(start), Size: uint32(end - start)}
		at = end
	}
	c := *a
	c.Width, c.Elements = 0, (*byte)(unsafe.Pointer(unsafe.SliceData(slots)))
	return &c, nil
}

// cutTexts is GetTexts for elements that come behind their headers: they share a copy
// of the array.
func cutTexts[T ~string](a *host.ArrayData) ([]T, error) {
	all := string(unsafe.Slice(a.Elements, a.Bytes))
	v := make([]T, a.N)
	at := 0
	for i := range v {
		// What cut does for the usual element.
		if next := (at + 3) &^ 3; next+4 <= len(all) && all[at]&1 == 0 {
			header := all[next : next+4]
			h := uint32(header[0]) | uint32(header[1])<<8 | uint32(header[2])<<16 | uint32(header[3])<<24
			if end := next + int(h>>2); h&3 == 0 && next+4 <= end && end <= len(all) {
				v[i], at = T(all[next+4:end]), end
				continue
			}
		}
		start, end, ok := cut(all, at)
		if !ok {
			return nil, errElement(i, errVarlena())
		}
		v[i], at = T(all[start:end]), end
	}
	return v, nil
}
