// Package rangecodec passes SQL's ranges and multiranges as pg.Range and pg.Multirange. Those
// of numbers and times cross in their binary form, in which a bound is the word that the
// bound's own type has, and those of numerics as text.
package rangecodec

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Bounds is the form of a pg.Range.
type Bounds[T any] interface {
	~struct {
		Lower, Upper                   T
		LowerInclusive, UpperInclusive bool
		LowerInfinite, UpperInfinite   bool
		Empty                          bool
	}
}

type bounds[T any] struct {
	Lower, Upper                   T
	LowerInclusive, UpperInclusive bool
	LowerInfinite, UpperInfinite   bool
	Empty                          bool
}

// The flags of a range in binary form.
const (
	empty         = 0x01
	lowerIncluded = 0x02
	upperIncluded = 0x04
	lowerInfinite = 0x08
	upperInfinite = 0x10
)

func errForm() error {
	return &codec.Error{Code: "22P03", Message: "a range has a form that pgstd does not know"}
}

// Element is how the bounds of a range are passed: as words of so many bytes, 4 or 8; 0: as
// text.
type Element[T any] struct {
	Width int
	Get   func(*codec.Slot) (T, error)
	Put   func(*codec.Out, *codec.Slot, T) error
}

// Get returns a range.
func Get[R Bounds[T], T any](s *codec.Slot, e Element[T]) (r R, err error) {
	b, rest, err := e.read(codec.Payload(s))
	if err == nil && len(rest) > 0 {
		err = errForm()
	}
	return R(b), err
}

// Put makes s a range.
func Put[R Bounds[T], T any](o *codec.Out, s *codec.Slot, r R, e Element[T]) error {
	form, err := e.append(nil, bounds[T](r))
	if err != nil {
		return err
	}
	return e.point(o, s, form)
}

// GetMulti returns a multirange.
func GetMulti[M ~[]R, R Bounds[T], T any](s *codec.Slot, e Element[T]) (M, error) {
	form := codec.Payload(s)
	ranges := M{}
	if e.Width == 0 {
		return getMultiText[M, R](form, e)
	}
	if len(form) < 4 {
		return nil, errForm()
	}
	n := binary.BigEndian.Uint32(form)
	for form = form[4:]; n > 0; n-- {
		if len(form) < 4 || uint64(len(form)-4) < uint64(binary.BigEndian.Uint32(form)) {
			return nil, errForm()
		}
		size := binary.BigEndian.Uint32(form)
		b, rest, err := e.read(form[4 : 4+size])
		if err != nil {
			return nil, err
		}
		if len(rest) > 0 {
			return nil, errForm()
		}
		ranges, form = append(ranges, R(b)), form[4+size:]
	}
	return ranges, nil
}

func getMultiText[M ~[]R, R Bounds[T], T any](form []byte, e Element[T]) (M, error) {
	ranges := M{}
	if len(form) < 2 || form[0] != '{' || form[len(form)-1] != '}' {
		return nil, errForm()
	}
	for form = form[1 : len(form)-1]; len(form) > 0; {
		b, rest, err := e.read(form)
		if err != nil {
			return nil, err
		}
		if ranges = append(ranges, R(b)); len(rest) > 0 {
			if rest[0] != ',' || len(rest) == 1 {
				return nil, errForm()
			}
			rest = rest[1:]
		}
		form = rest
	}
	return ranges, nil
}

// PutMulti makes s a multirange.
func PutMulti[M ~[]R, R Bounds[T], T any](o *codec.Out, s *codec.Slot, m M, e Element[T]) error {
	var form []byte
	if e.Width > 0 {
		form = binary.BigEndian.AppendUint32(nil, uint32(len(m)))
	} else {
		form = append(form, '{')
	}
	for i, r := range m {
		one, err := e.append(nil, bounds[T](r))
		switch {
		case err != nil:
			return err
		case e.Width > 0:
			form = binary.BigEndian.AppendUint32(form, uint32(len(one)))
		case i > 0:
			form = append(form, ',')
		}
		form = append(form, one...)
	}
	if e.Width == 0 {
		form = append(form, '}')
	}
	return e.point(o, s, form)
}

func (e Element[T]) point(o *codec.Out, s *codec.Slot, form []byte) error {
	if len(form) > host.MaxPayload {
		return codec.TooLong("range", len(form))
	}
	o.Point(s, unsafe.Pointer(unsafe.SliceData(form)), len(form))
	return nil
}

// read reads one range, and returns what follows it.
func (e Element[T]) read(form []byte) (b bounds[T], rest []byte, err error) {
	if e.Width == 0 {
		return e.readText(form)
	}
	if len(form) < 1 {
		return b, nil, errForm()
	}
	flags := form[0]
	form = form[1:]
	b.Empty = flags&empty != 0
	b.LowerInclusive, b.UpperInclusive = flags&lowerIncluded != 0, flags&upperIncluded != 0
	b.LowerInfinite, b.UpperInfinite = flags&lowerInfinite != 0, flags&upperInfinite != 0
	if b.Empty {
		return b, form, nil
	}
	if !b.LowerInfinite {
		if b.Lower, form, err = e.readWord(form); err != nil {
			return b, nil, err
		}
	}
	if !b.UpperInfinite {
		b.Upper, form, err = e.readWord(form)
	}
	return b, form, err
}

func (e Element[T]) readWord(form []byte) (v T, rest []byte, err error) {
	if len(form) < 4+e.Width || binary.BigEndian.Uint32(form) != uint32(e.Width) {
		return v, nil, errForm()
	}
	form = form[4:]
	s := codec.Slot{Size: uint32(e.Width)}
	if e.Width == 4 {
		s.Word = uint64(int32(binary.BigEndian.Uint32(form)))
	} else {
		s.Word = binary.BigEndian.Uint64(form)
	}
	v, err = e.Get(&s)
	return v, form[e.Width:], err
}

// append appends one range.
func (e Element[T]) append(form []byte, b bounds[T]) ([]byte, error) {
	if e.Width == 0 {
		return e.appendText(form, b)
	}
	if b.Empty {
		return append(form, empty), nil
	}
	var flags byte
	for _, f := range []struct {
		set  bool
		flag byte
	}{{b.LowerInclusive, lowerIncluded}, {b.UpperInclusive, upperIncluded}, {b.LowerInfinite, lowerInfinite}, {b.UpperInfinite, upperInfinite}} {
		if f.set {
			flags |= f.flag
		}
	}
	form = append(form, flags)
	var err error
	if !b.LowerInfinite {
		if form, err = e.appendWord(form, b.Lower, "lower bound"); err != nil {
			return nil, err
		}
	}
	if !b.UpperInfinite {
		form, err = e.appendWord(form, b.Upper, "upper bound")
	}
	return form, err
}

func (e Element[T]) appendWord(form []byte, v T, what string) ([]byte, error) {
	var o codec.Out
	var s codec.Slot
	if err := e.Put(&o, &s, v); err != nil {
		return nil, codec.In(what, err)
	}
	form = binary.BigEndian.AppendUint32(form, uint32(e.Width))
	if e.Width == 4 {
		return binary.BigEndian.AppendUint32(form, uint32(s.Word)), nil
	}
	return binary.BigEndian.AppendUint64(form, s.Word), nil
}

// readText reads a range whose bounds need no quotes.
func (e Element[T]) readText(form []byte) (b bounds[T], rest []byte, err error) {
	if after, ok := bytes.CutPrefix(form, []byte("empty")); ok {
		b.Empty = true
		return b, after, nil
	}
	comma, end := bytes.IndexByte(form, ','), bytes.IndexAny(form, ")]")
	if len(form) < 3 || form[0] != '[' && form[0] != '(' || comma < 1 || end < comma {
		return b, nil, errForm()
	}
	b.LowerInclusive, b.UpperInclusive = form[0] == '[', form[end] == ']'
	b.LowerInfinite, b.UpperInfinite = comma == 1, end == comma+1
	if !b.LowerInfinite {
		if b.Lower, err = e.readBound(form[1:comma]); err != nil {
			return b, nil, err
		}
	}
	if !b.UpperInfinite {
		b.Upper, err = e.readBound(form[comma+1 : end])
	}
	return b, form[end+1:], err
}

func (e Element[T]) readBound(text []byte) (T, error) {
	var o codec.Out
	var s codec.Slot
	o.Point(&s, unsafe.Pointer(unsafe.SliceData(text)), len(text))
	v, err := e.Get(&s)
	o.Reset() // the slot has the address as a number
	return v, err
}

func (e Element[T]) appendText(form []byte, b bounds[T]) ([]byte, error) {
	if b.Empty {
		return append(form, "empty"...), nil
	}
	form = append(form, map[bool]byte{true: '[', false: '('}[b.LowerInclusive])
	var err error
	if !b.LowerInfinite {
		if form, err = e.appendBound(form, b.Lower, "lower bound"); err != nil {
			return nil, err
		}
	}
	form = append(form, ',')
	if !b.UpperInfinite {
		if form, err = e.appendBound(form, b.Upper, "upper bound"); err != nil {
			return nil, err
		}
	}
	return append(form, map[bool]byte{true: ']', false: ')'}[b.UpperInclusive]), nil
}

func (e Element[T]) appendBound(form []byte, v T, what string) ([]byte, error) {
	var o codec.Out
	var s codec.Slot
	if err := e.Put(&o, &s, v); err != nil {
		return nil, codec.In(what, err)
	}
	for _, c := range codec.Payload(&s) {
		// Nothing else may end the bound.
		if strings.IndexByte(`,()[]{}"\ `, c) >= 0 {
			return nil, &codec.Error{Code: "22P02", Message: what + ": it is no number"}
		}
		form = append(form, c)
	}
	o.Reset()
	return form, nil
}
