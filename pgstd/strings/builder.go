//go:build postgres

package strings

import (
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
	buf  *buffer
}

// buffer is the head of an allocation; the bytes follow it.
//
//pgstd:add
type buffer struct{ len, cap int }

//pgstd:add
const headSize = int(unsafe.Sizeof(buffer{}))

// at is the address of a byte.
//
//pgstd:add
func (p *buffer) at(i int) *byte {
	return (*byte)(unsafe.Add(unsafe.Pointer(p), headSize+i))
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

// move goes to a buffer with at least the given capacity.
//
//pgstd:add
func (b *Builder) move(capacity int) *buffer {
	room := bytealg.MakeNoZero(headSize + capacity)
	p := (*buffer)(unsafe.Pointer(unsafe.SliceData(room)))
	*p = buffer{cap: cap(room) - headSize}
	if old := b.buf; old != nil {
		p.len = old.len
		copy(unsafe.Slice(p.at(0), p.len), unsafe.Slice(old.at(0), old.len))
	}
	b.buf = p
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
	if b.Cap()-b.Len() < n {
		b.grow(n)
	}
}

// more makes room for n more bytes, and a share of those that are there already.
//
//pgstd:add
func (b *Builder) more(n int) *buffer {
	const double = 256 // bytes up to which capacities double, as those of slices do
	capacity := b.Cap()
	if capacity < double {
		capacity *= 2
	} else {
		capacity += (capacity + 3*double) / 4
	}
	return b.move(max(capacity, b.Len()+n, 8))
}

// extend returns the next n bytes, which the caller has to fill.
//
//pgstd:add
func (b *Builder) extend(n int) []byte {
	p := b.buf
	if p == nil || p.cap-p.len < n {
		if n == 0 {
			return nil
		}
		p = b.more(n)
	}
	next := unsafe.Slice(p.at(p.len), n)
	p.len += n
	return next
}

// Write appends p. It never fails.
func (b *Builder) Write(p []byte) (int, error) {
	b.copyCheck()
	return copy(b.extend(len(p)), p), nil
}

// WriteByte appends c. It never fails.
func (b *Builder) WriteByte(c byte) error {
	b.copyCheck()
	p := b.buf
	if p == nil || p.cap == p.len {
		p = b.more(1)
	}
	*p.at(p.len) = c
	p.len++
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
	b.copyCheck()
	return copy(b.extend(len(s)), s), nil
}
