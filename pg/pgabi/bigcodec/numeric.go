package bigcodec

import (
	"encoding/binary"
	"strings"
)

// The binary form of a numeric: how many digits to the base 10000 there are, the
// power of the base that the first one counts, the sign, and how many decimal digits
// are shown behind the point, 16 bits each; then the digits, without zeros at either end.
const (
	headerSize = 8
	groupBase  = 10000

	negative         = 0x4000
	notANumber       = 0xc000
	positiveInfinity = 0xd000
	negativeInfinity = 0xf000
)

type numeric []byte

func (n numeric) groups() int { return int(binary.BigEndian.Uint16(n)) }
func (n numeric) weight() int { return int(int16(binary.BigEndian.Uint16(n[2:]))) }
func (n numeric) sign() int   { return int(binary.BigEndian.Uint16(n[4:])) }
func (n numeric) scale() int  { return int(binary.BigEndian.Uint16(n[6:])) }

// group returns the digit number i, counted from the first.
func (n numeric) group(i int) int {
	if i < 0 || i >= n.groups() {
		return 0
	}
	return int(binary.BigEndian.Uint16(n[headerSize+2*i:]))
}

// small returns the value without its sign if it is a whole number of at most four digits.
func (n numeric) small() (v uint64, isNegative, ok bool) {
	groups, weight := n.groups(), n.weight()
	if n.sign() > negative || weight > 3 || groups > weight+1 {
		return 0, false, false
	}
	for b := n[headerSize : headerSize+2*groups]; len(b) >= 2; b = b[2:] {
		v = v*groupBase + uint64(binary.BigEndian.Uint16(b))
	}
	for ; groups <= weight; groups++ {
		v *= groupBase
	}
	return v, n.sign() == negative, true
}

// String returns what SQL shows.
func (n numeric) String() string {
	switch n.sign() {
	case notANumber:
		return "NaN"
	case positiveInfinity:
		return "Infinity"
	case negativeInfinity:
		return "-Infinity"
	}
	var b []byte
	for i := 0; i <= n.weight(); i++ {
		b = appendGroup(b, n.group(i))
	}
	whole := strings.TrimLeft(string(b), "0")
	if whole == "" {
		whole = "0"
	}
	b = b[:0]
	for i := n.weight() + 1; len(b) < n.scale(); i++ {
		b = appendGroup(b, n.group(i))
	}
	if n.sign() == negative {
		whole = "-" + whole
	}
	if n.scale() == 0 {
		return whole
	}
	return whole + "." + string(b[:n.scale()])
}

func appendGroup(b []byte, g int) []byte {
	return append(b, byte('0'+g/1000), byte('0'+g/100%10), byte('0'+g/10%10), byte('0'+g%10))
}

// room is where the next small numerics go: memory is asked for many of them at a time, as
// they stay until the host has read them and no longer.
var room []byte

// smallNumeric returns the binary form of a number.
func smallNumeric(v int64) []byte {
	const most, many = headerSize + 2*5, 64
	if len(room) < most {
		room = make([]byte, many*most)
	}
	b := room[:most:most]
	room = room[most:]
	sign, rest := uint16(0), uint64(v)
	if v < 0 {
		sign, rest = negative, -rest
	}
	first, end := most, most
	for ; rest != 0; rest /= groupBase {
		first -= 2
		binary.BigEndian.PutUint16(b[first:], uint16(rest%groupBase))
	}
	weight := 0 // also of 0
	if first < most {
		weight = (most-first)/2 - 1
	}
	for end > first && b[end-1] == 0 && b[end-2] == 0 {
		end -= 2
	}
	h := b[first-headerSize : end : end]
	binary.BigEndian.PutUint64(h, uint64(end-first)/2<<48|uint64(weight)<<32|uint64(sign)<<16)
	return h
}
