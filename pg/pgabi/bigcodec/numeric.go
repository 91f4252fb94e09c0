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

// small returns the value if it is a whole number of at most four digits.
func (n numeric) small() (v int64, ok bool) {
	weight := n.weight()
	if sign := n.sign(); sign > negative || weight > 3 || n.groups() > weight+1 {
		return 0, false
	}
	for i := 0; i <= weight; i++ {
		v = v*groupBase + int64(n.group(i))
	}
	if n.sign() == negative {
		v = -v
	}
	return v, true
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

// smallNumeric returns the binary form of a number.
func smallNumeric(v int64) []byte {
	var groups [5]uint16 // the first last
	n, sign, rest := 0, uint16(0), uint64(v)
	if v < 0 {
		sign, rest = negative, -rest
	}
	for ; rest != 0; rest /= groupBase {
		groups[n] = uint16(rest % groupBase)
		n++
	}
	low := 0
	for low < n && groups[low] == 0 {
		low++
	}
	b := make([]byte, headerSize, headerSize+2*len(groups))
	binary.BigEndian.PutUint16(b, uint16(n-low))
	if n > 0 {
		binary.BigEndian.PutUint16(b[2:], uint16(n-1))
	}
	binary.BigEndian.PutUint16(b[4:], sign)
	for i := n - 1; i >= low; i-- {
		b = binary.BigEndian.AppendUint16(b, groups[i])
	}
	return b
}
