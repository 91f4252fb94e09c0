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

func init() { pgstd_reflected(made) }

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
