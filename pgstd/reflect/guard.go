//go:build postgres

//pgstd:add

// What Go's own functions call first: see overlay.rules. A caller's Type may be one of its own
// that embeds a Type and says other things than it; and between two looks at a caller's variable
// there may be another value in it.
package reflect

import (
	"internal/abi"
	"internal/goarch"
	"internal/unsafeheader"
	"unsafe"
)

// ownType returns the descriptor behind t: common cannot be overridden.
func ownType(t Type) *rtype {
	if r, ok := t.(*rtype); ok {
		return r
	}
	return toRType(t.common())
}

// makeable returns the descriptor behind t, of which op makes a value.
func makeable(op string, t Type) *rtype {
	r := ownType(t)
	if verdictOf(&r.t)&inside != 0 {
		panic("reflect." + op + ": " + stringFor(&r.t) + " is a type of the library's inside")
	}
	return r
}

// fieldType returns the descriptor behind the type of a field of StructOf. A field that only a
// package of the library could name would make a struct that is one of its types underneath.
func fieldType(f StructField) Type {
	r := ownType(f.Type)
	if f.Anonymous && verdictOf(&r.t)&(inside|sealed) != 0 {
		panic("reflect.StructOf: " + stringFor(&r.t) + " is a type of the library's inside, which cannot be embedded")
	}
	if f.PkgPath != "" && judge(f.PkgPath, "") != 0 {
		panic("reflect.StructOf: field " + f.Name + " would be one of the library's package " + f.PkgPath)
	}
	return r
}

// newOwn is New for reflect itself, whose descriptors are of the inside.
func newOwn(t Type) Value {
	typ := &t.(*rtype).t
	return Value{ptrTo(typ), unsafe_New(typ), flag(Pointer)}
}

// emptyValue is Zero for what is handed on but not made: an argument or a result without a size.
func emptyValue(t *abi.Type) Value {
	if t.IsDirectIface() {
		return Value{t, nil, flag(t.Kind())}
	}
	return Value{t, unsafe.Pointer(&zeroVal[0]), flag(t.Kind()) | flagIndir}
}

// restSlice is MakeSlice for the last argument of a variadic function, which has few or none.
func restSlice(t *abi.Type, n int) Value {
	s := unsafeheader.Slice{Data: unsafe_NewArray(t.Elem(), n), Len: n, Cap: n}
	return Value{t, unsafe.Pointer(&s), flagIndir | flag(Slice)}
}

// held returns v as it is now, if it is a variable of several words: what others write to it
// later does not come between.
func (v Value) held() Value {
	if v.flag&flagAddr == 0 || v.typ().Size() <= goarch.PtrSize {
		return v
	}
	t := v.typ()
	c := unsafe_New(t)
	typedmemmove(t, c, v.ptr)
	return Value{t, c, v.flag &^ flagAddr}
}

// heldReceiver returns v as it is now, if it is an interface, maybe with a method: the method and
// the receiver are those of one value.
func heldReceiver(v Value) Value {
	if v.typ().Kind() != abi.Interface {
		return v
	}
	now := *(*nonEmptyInterface)(v.ptr)
	v.ptr = unsafe.Pointer(&now)
	return v
}

// heldBytes returns the bytes of v, which are b: only who may write to v gets b itself.
func (v Value) heldBytes(b []byte) []byte {
	if v.flag&flagRO == 0 {
		return b
	}
	return append([]byte(nil), b...)
}

// checkCall panics if a function takes or returns an unsafe.Pointer, as the gate has no source
// that calls one.
func checkCall(t *funcType) {
	for _, list := range [...][]*abi.Type{t.InSlice(), t.OutSlice()} {
		for _, p := range list {
			if p.Kind() == abi.UnsafePointer {
				panic("reflect: call of a function with an unsafe.Pointer: " + stringFor(&t.Type))
			}
		}
	}
}

// put sets v to x, which assignTo has made for it.
func (v Value) put(x Value) {
	switch {
	case x.flag&flagIndir != 0:
		typedmemmove(v.typ(), v.ptr, x.ptr)
	case v.kind() == Interface:
		typedmemclr(v.typ(), v.ptr) // assignTo has no word for a nil interface
	default:
		*(*unsafe.Pointer)(v.ptr) = x.ptr
	}
}

// maxFrame is what the call of a function may take, which the runtime counts in 32 bits.
const maxFrame = 1 << 30

// checkFrame panics if the arguments and results of a function are too large for a call.
func checkFrame(t *funcType) {
	var size uintptr
	for _, list := range [...][]*abi.Type{t.InSlice(), t.OutSlice()} {
		for _, p := range list {
			if p.Size() > maxFrame || size+p.Size() > maxFrame {
				panic("reflect: too large for a call: " + stringFor(&t.Type))
			}
			size += p.Size()
		}
	}
}
