package pg

import (
	"errors"
	"strconv"
)

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

// String returns the form that SQL shows by default: 1 year 2 mons 3 days 04:05:06.
func (i Interval) String() string {
	var b []byte
	negative := false
	part := func(n int64, one, many string) {
		if n == 0 {
			return
		}
		if len(b) > 0 {
			b = append(b, ' ')
		}
		if negative && n > 0 {
			b = append(b, '+')
		}
		negative = n < 0
		b = strconv.AppendInt(b, n, 10)
		if n != 1 {
			one = many
		}
		b = append(append(b, ' '), one...)
	}
	part(int64(i.Months/12), "year", "years")
	part(int64(i.Months%12), "mon", "mons")
	part(int64(i.Days), "day", "days")
	if i.Microseconds == 0 && len(b) > 0 {
		return string(b)
	}
	if len(b) > 0 {
		b = append(b, ' ')
	}
	rest := uint64(i.Microseconds)
	switch {
	case i.Microseconds < 0:
		rest = -rest
		b = append(b, '-')
	case negative:
		b = append(b, '+')
	}
	two := func(n uint64) {
		if n < 10 {
			b = append(b, '0')
		}
		b = strconv.AppendUint(b, n, 10)
	}
	two(rest / 3600e6)
	b = append(b, ':')
	two(rest / 60e6 % 60)
	b = append(b, ':')
	two(rest / 1e6 % 60)
	if fraction := rest % 1e6; fraction > 0 {
		digits := strconv.AppendUint(nil, 1e6+fraction, 10)
		digits[0] = '.'
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		b = append(b, digits...)
	}
	return string(b)
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

// MarshalText is [UUID.String], for JSON and the like.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText is [ParseUUID].
func (u *UUID) UnmarshalText(text []byte) (err error) {
	*u, err = ParseUUID(string(text))
	return err
}

var errUUID = errors.New("pg: a UUID has the form 00000000-0000-0000-0000-000000000000")
