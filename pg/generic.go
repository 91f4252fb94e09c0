package pg

import (
	"errors"
	"runtime"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// ArrayOf makes the slice at p a parameter of a statement or a destination of Scan,
// whatever its elements are, as long as they are possible there themselves: an
// array of timestamps is a pg.ArrayOf(&times). Slices of the simple types can do
// without.
func ArrayOf[T any](p *[]T) any { return arrayOf[T]{p} }

// NullOf makes the pointer at p a destination of Scan that is nil for NULL, whatever
// it points to: a pg.NullOf(&t) takes a timestamp into t, a *time.Time. Pointers to
// the simple types can do without.
func NullOf[T any](p **T) any { return nullOf[T]{p} }

type arrayOf[T any] struct{ p *[]T }

func (a arrayOf[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	t := sqlType{code: host.Array}
	element := sqlType{code: host.Text, oid: host.Infer} // of an empty array
	first := true
	err := codec.PutSlice(o, s, *a.p, func(o *codec.Out, s *host.Slot, v T) error {
		e, err := parameter(o, s, v)
		switch {
		case err != nil || s.Flags&host.Null != 0:
			return err
		case e.code == host.Array:
			return errors.New("SQL has no arrays of arrays")
		case first:
			element, first = e, false
		case e != element:
			return errors.New("it has another type than those before it")
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	codec.SetElement(s, element.code, element.oid)
	return t, nil
}

func (a arrayOf[T]) scan(s *host.Slot, t sqlType) error {
	if s.Flags&host.Null != 0 {
		return errNull
	}
	if t.code != host.Array {
		return errType(t)
	}
	var element sqlType
	element.code, element.oid = codec.Element(s)
	// A copy: methods of the elements' destinations run between one and the next, and
	// while one blocks, what the host has lent may come to its end.
	keep := &codec.Out{}
	array := codec.Clone(keep, s, host.Array, element.code)
	v, err := codec.Elements(&array)
	if err != nil {
		return err
	}
	out := make([]T, len(v))
	for i := range v {
		if err := scan(&out[i], &v[i], element); err != nil {
			return codec.In("array element "+host.Itoa(i+1), err)
		}
	}
	runtime.KeepAlive(keep)
	*a.p = out
	return nil
}

type nullOf[T any] struct{ p **T }

func (n nullOf[T]) scan(s *host.Slot, t sqlType) error { return nullable(n.p, s, t) }
