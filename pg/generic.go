package pg

import (
	"reflect"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// ArrayOf makes the slice at p a parameter of a statement or a destination of Scan,
// whatever its elements are, as long as they are possible there themselves: an
// array of timestamps is a pg.ArrayOf(&times). A slice alone
// is as good.
func ArrayOf[T any](p *[]T) any { return arrayOf[T]{p} }

// NullOf makes the pointer at p a destination of Scan that is nil for NULL, whatever
// it points to: a pg.NullOf(&t) takes a timestamp into t, a *time.Time. The pointer's
// address alone is as good.
func NullOf[T any](p **T) any { return nullOf[T]{p} }

type arrayOf[T any] struct{ p *[]T }

func (a arrayOf[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	return makeArray(o, s, reflect.ValueOf(*a.p))
}

func (a arrayOf[T]) scan(s *host.Slot, t sqlType) error {
	switch {
	case s.Flags&host.Null != 0:
		return errNull(a.p)
	case t.code != host.Array:
		return errType(t, a.p)
	}
	return scanElements(reflect.ValueOf(a.p).Elem(), a.p, s, t)
}

type nullOf[T any] struct{ p **T }

func (n nullOf[T]) scan(s *host.Slot, t sqlType) error { return scanInto(n.p, s, t) }
