package pg

import "errors"

// Numeric is an SQL numeric as its text: "1234.50", "NaN", "Infinity". What
// calculates with it has a constructor that takes text, such as
// [math/big.Rat.SetString].
type Numeric string

// Interval is an SQL interval. Its parts are apart because months and days have no
// fixed length.
type Interval struct {
	Microseconds int64
	Days, Months int32
}

// UUID is an SQL uuid.
type UUID [16]byte

// String returns the usual form, in lower case.
func (u UUID) String() string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, 36)
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hex[c>>4], hex[c&15])
	}
	return string(b)
}

// ParseUUID reads the form that String writes, in either case.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	digits := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '-' && len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			continue
		}
		var v byte
		switch {
		case '0' <= c && c <= '9':
			v = c - '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			v = (c | 0x20) - 'a' + 10
		default:
			return UUID{}, errUUID
		}
		if digits == 32 {
			return UUID{}, errUUID
		}
		u[digits/2] = u[digits/2]<<4 | v
		digits++
	}
	if digits != 32 || len(s) != 36 {
		return UUID{}, errUUID
	}
	return u, nil
}

var errUUID = errors.New("pg: a UUID has the form 00000000-0000-0000-0000-000000000000")
