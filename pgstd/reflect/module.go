//go:build postgres

//pgstd:add

package reflect

import (
	"internal/abi"
	"unsafe"
)

// pgstd_reflected tells package runtime how to find a type that was made here before a module
// was loaded that has it, too.
//
//go:linkname pgstd_reflected runtime.pgstd_reflected
func pgstd_reflected(f func(t *abi.Type) *abi.Type)

func init() { pgstd_reflected(adopt) }

// rehashed says that a type that was made here has got another hash since: what functions and
// structs that it is in were cached by is not their hash any more.
var rehashed bool

// adopt returns the type that was made here and is the same as t, which a module has brought. A
// type switch goes by the hash that the compiler has given t, as the code of the module has that.
func adopt(t *abi.Type) *abi.Type {
	is := made(t)
	if is != nil && is.Hash != t.Hash {
		is.Hash = t.Hash
		rehashed = true
	}
	return is
}

// known returns types of a name, and with them the one that is the same as t, in whatever cache it is.
func known(named []*abi.Type, t *abi.Type) []*abi.Type {
	if rehashed {
		if is := made(t); is != nil {
			return []*abi.Type{is}
		}
	}
	return named
}

// made returns the type without a name that was made here and is the same as t, whose parts are
// the ones that everybody uses; nil if there is none. All such types are in a cache: that
// is how reflect itself sees to it that there is one of each.
func made(t *abi.Type) *abi.Type {
	if t.TFlag&abi.TFlagNamed != 0 {
		return nil
	}
	var key cacheKey
	switch Kind(t.Kind()) {
	case Pointer:
		if p, ok := ptrMap.Load(toRType((*ptrType)(unsafe.Pointer(t)).Elem)); ok {
			return &p.(*ptrType).Type
		}
		return nil
	case Func:
		var same *abi.Type
		funcLookupCache.m.Range(func(_, list any) bool { same = among(list.([]*abi.Type), t); return same == nil })
		return same
	case Struct:
		var same *abi.Type
		structLookupCache.m.Range(func(_, list any) bool {
			for _, is := range list.([]Type) {
				if same == nil {
					same = among([]*abi.Type{is.common()}, t)
				}
			}
			return same == nil
		})
		return same
	case Slice:
		key = cacheKey{Slice, (*sliceType)(unsafe.Pointer(t)).Elem, nil, 0}
	case Array:
		a := (*arrayType)(unsafe.Pointer(t))
		key = cacheKey{Array, a.Elem, nil, a.Len}
	case Chan:
		c := (*chanType)(unsafe.Pointer(t))
		key = cacheKey{Chan, c.Elem, nil, uintptr(c.Dir)}
	case Map:
		m := (*abi.MapType)(unsafe.Pointer(t))
		key = cacheKey{Map, m.Key, m.Elem, 0}
	default:
		return nil
	}
	if is, ok := lookupCache.Load(key); ok {
		return &is.(*rtype).t
	}
	return nil
}

// among returns the one of a list that is the same as t.
func among(list []*abi.Type, t *abi.Type) *abi.Type {
	for _, is := range list {
		if haveIdenticalUnderlyingType(is, t, true) {
			return is
		}
	}
	return nil
}
