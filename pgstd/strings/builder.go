//go:build postgres

package strings

import (
	"internal/abi"
	"internal/bytealg"
	"unicode/utf8"
	"unsafe"
)

// A Builder builds a string without copying it in the end. Its zero value is empty.
//
// How much of the buffer is in use stands in the buffer: who keeps a copy of a Builder and
// puts it back, where the check of copies finds nothing wrong, must not write a second
// time what a string already shows.
type Builder struct {
	addr *Builder // where it was first used, to tell copies
	buf  *buffer  // not nil where addr is not
}

// buffer is the head of an allocation; the bytes follow it.
//
//pgstd:add
type buffer struct{ len, cap int }

//pgstd:add
const headSize = int(unsafe.Sizeof(buffer{}))

// noBytes is the buffer of those that have been used, and not for much.
//
//pgstd:add
var noBytes buffer

// at is the address of a byte.
//
//pgstd:add
func (p *buffer) at(i int) *byte {
	return (*byte)(unsafe.Add(unsafe.Pointer(p), headSize+i))
}

// copied is what a copy that is used panics with.
//
//pgstd:add
const copied = "strings: illegal use of non-zero Builder copied by value"

func (b *Builder) copyCheck() {
	if b.addr != nil && b.addr != b {
		panic(copied)
	}
}

// String returns what has been written.
func (b *Builder) String() string {
	if b.buf == nil {
		return ""
	}
	return unsafe.String(b.buf.at(0), b.buf.len)
}

// Len returns the number of bytes that have been written.
func (b *Builder) Len() int {
	if b.buf == nil {
		return 0
	}
	return b.buf.len
}

// Cap returns how many bytes the buffer takes.
func (b *Builder) Cap() int {
	if b.buf == nil {
		return 0
	}
	return b.buf.cap
}

// Reset makes the Builder empty.
func (b *Builder) Reset() { *b = Builder{} }

// move goes to a buffer with at least the given capacity, which holds what has been written.
//
//pgstd:add
func (b *Builder) move(capacity int) *buffer {
	if capacity < b.Len() { // the sum of lengths that a program chooses
		panic("strings: Builder too large")
	}
	p := &noBytes
	if capacity > 0 {
		room := bytealg.MakeNoZero(headSize + capacity)
		p = (*buffer)(unsafe.Pointer(unsafe.SliceData(room)))
		*p = buffer{cap: cap(room) - headSize}
	}
	if old := b.buf; old != nil {
		p.len = old.len
		copy(unsafe.Slice(p.at(0), p.len), unsafe.Slice(old.at(0), old.len))
	}
	// A plain b would escape to the heap.
	b.addr, b.buf = (*Builder)(abi.NoEscape(unsafe.Pointer(b))), p
	return p
}

// grow makes room for n more bytes, as Grow promises.
func (b *Builder) grow(n int) { b.move(2*b.Cap() + n) }

// Grow makes room for n more bytes: writing them will not allocate again.
func (b *Builder) Grow(n int) {
	b.copyCheck()
	if n < 0 {
		panic("strings.Builder.Grow: negative count")
	}
	if b.buf == nil || b.buf.cap-b.buf.len < n {
		b.grow(n)
	}
}

// more makes room for n more bytes, and a share of those that are there already. It is
// for those who find that there is no room, or that b is not where it was.
//
//pgstd:add
func (b *Builder) more(n int) *buffer {
	const double = 256 // bytes up to which capacities double, as those of slices do
	b.copyCheck()
	capacity := b.Cap()
	switch {
	case n == 0:
	case capacity < double:
		capacity = max(2*capacity, b.Len()+n, 8)
	default:
		capacity = max(capacity+(capacity+3*double)/4, b.Len()+n)
	}
	return b.move(capacity)
}

// Write appends p. It never fails.
func (b *Builder) Write(p []byte) (int, error) {
	to := b.buf
	if b.addr != b || to.cap-to.len < len(p) {
		to = b.more(len(p))
	}
	n := to.len
	to.len = n + len(p)
	copy(unsafe.Slice(to.at(n), len(p)), p)
	return len(p), nil
}

// WriteByte appends c. It never fails.
func (b *Builder) WriteByte(c byte) error {
	to := b.buf
	if b.addr != b || to.cap == to.len {
		to = b.more(1)
	}
	n := to.len
	to.len = n + 1
	*to.at(n) = c
	return nil
}

// WriteRune appends r in UTF-8 and returns how many bytes that are. It never fails.
func (b *Builder) WriteRune(r rune) (int, error) {
	if uint32(r) < utf8.RuneSelf {
		return 1, b.WriteByte(byte(r))
	}
	var encoded [utf8.UTFMax]byte
	return b.Write(encoded[:utf8.EncodeRune(encoded[:], r)])
}

// WriteString appends s. It never fails.
func (b *Builder) WriteString(s string) (int, error) {
	to := b.buf
	if b.addr != b || to.cap-to.len < len(s) {
		to = b.more(len(s))
	}
	n := to.len
	to.len = n + len(s)
	copy(unsafe.Slice(to.at(n), len(s)), s)
	return len(s), nil
}
