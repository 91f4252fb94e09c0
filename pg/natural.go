package pg

import (
	"runtime"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// scanAny stores a value as the Go type that is natural for it: nil, bool, int64, float64,
// string, []byte, [Numeric], [UUID], [Interval], a pointer to a [Record], time.Time and what encoding/json
// makes of JSON where the object has these packages, a []any of the elements of an array,
// and the text that SQL shows of all others.
func scanAny(d *any, s *host.Slot, t sqlType) error {
	if s.Flags&host.Null != 0 {
		*d = nil
		return nil
	}
	switch {
	case t.oid == oidNumeric && t.code == host.Text:
		*d = Numeric(host.TextOf(s))
		return nil
	case t.oid == oidJSON || t.oid == oidJSONB:
		text, err := show(s, t)
		if err != nil {
			return err
		}
		if v, ok := codec.AnyJSON(text); ok {
			*d = v
		} else {
			*d = text
		}
		return nil
	}
	switch t.code {
	case host.UUID:
		return natural(d, s, codec.GetUUID[UUID])
	case host.Interval:
		return natural(d, s, codec.GetInterval[Interval])
	case host.Row:
		r, err := getRecord(s)
		*d = &r
		return err
	case host.Array:
		return scanElementsAny(d, s)
	}
	return scanDriver(d, s, t)
}

func natural[T any](d *any, s *host.Slot, get func(*host.Slot) (T, error)) error {
	v, err := get(s)
	if err == nil {
		*d = v
	}
	return err
}

// scanElementsAny stores a []any, with one in it for each further dimension.
func scanElementsAny(d *any, s *host.Slot) error {
	var element sqlType
	element.code, element.oid = codec.Element(s)
	// A copy, as for scanElements.
	keep := &codec.Out{}
	copied := codec.Clone(keep, s, host.Array, element.code)
	slots, sizes := codec.AllElements(&copied)
	all, at := []any{}, 0
	var err error
	if len(sizes) > 0 {
		all, err = elementsAny(slots, sizes, &at, element)
	}
	runtime.KeepAlive(keep)
	if err == nil {
		*d = all
	}
	return err
}

func elementsAny(slots []host.Slot, sizes []int, at *int, element sqlType) ([]any, error) {
	all := make([]any, sizes[0])
	for i := range all {
		if len(sizes) > 1 {
			inner, err := elementsAny(slots, sizes[1:], at, element)
			if err != nil {
				return nil, err
			}
			all[i] = inner
			continue
		}
		*at++
		if err := scanAny(&all[i], &slots[*at-1], element); err != nil {
			return nil, codec.In("array element "+host.Itoa(*at), err)
		}
	}
	return all, nil
}
