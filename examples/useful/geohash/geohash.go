// Package geohash is a type for places on the earth that sorts near ones together.
package geohash

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

const digits = "0123456789bcdefghjkmnpqrstuvwxyz"

// maxDigits is what fits into 60 bits.
const maxDigits = 12

// Geohash is a cell of the earth's surface: the longer its text, the smaller.
//
//pg:basetype
type Geohash struct {
	bits uint64 // from the top
	size uint8  // in digits
}

// MarshalText makes the text.
func (g Geohash) MarshalText() ([]byte, error) {
	var b []byte
	for i := range int(g.size) {
		b = append(b, digits[g.bits>>(59-5*i)&31])
	}
	return b, nil
}

// UnmarshalText reads a text.
func (g *Geohash) UnmarshalText(b []byte) error {
	if len(b) == 0 || len(b) > maxDigits {
		return fmt.Errorf("a geohash has from 1 to %d digits", maxDigits)
	}
	*g = Geohash{size: uint8(len(b))}
	for i, c := range strings.ToLower(string(b)) {
		d := strings.IndexRune(digits, c)
		if d < 0 {
			return fmt.Errorf("%q is no digit of a geohash", c)
		}
		g.bits |= uint64(d) << (59 - 5*i)
	}
	return nil
}

// MarshalBinary is how it is stored.
func (g Geohash) MarshalBinary() ([]byte, error) {
	return append(binary.BigEndian.AppendUint64(nil, g.bits), g.size), nil
}

// UnmarshalBinary reads what was stored.
func (g *Geohash) UnmarshalBinary(b []byte) error {
	if len(b) != 9 || b[8] == 0 || b[8] > maxDigits {
		return errors.New("no geohash")
	}
	*g = Geohash{binary.BigEndian.Uint64(b), b[8]}
	return nil
}

// Compare sorts cells along a curve that keeps near ones together.
func (g Geohash) Compare(other Geohash) int {
	return cmp.Or(cmp.Compare(g.bits, other.bits), cmp.Compare(g.size, other.size))
}

// Cell is the cell of a place, with that many digits.
//
//pg:function immutable parallel=safe name=geohash_of
//pg:arg size default=9
func Cell(latitude, longitude float64, size int32) (Geohash, error) {
	if !(math.Abs(latitude) <= 90) || !(math.Abs(longitude) <= 180) {
		return Geohash{}, fmt.Errorf("%g, %g is no place on the earth", latitude, longitude)
	}
	if size < 1 || size > maxDigits {
		return Geohash{}, fmt.Errorf("a geohash has from 1 to %d digits", maxDigits)
	}
	g := Geohash{size: uint8(size)}
	south, north, west, east := -90.0, 90.0, -180.0, 180.0
	for i := range 5 * int(size) {
		if i%2 == 0 {
			halve(&west, &east, longitude, &g.bits, i)
		} else {
			halve(&south, &north, latitude, &g.bits, i)
		}
	}
	return g, nil
}

// halve takes the half that a place is in, and notes which.
func halve(low, high *float64, at float64, bits *uint64, i int) {
	if mid := (*low + *high) / 2; at >= mid {
		*bits |= 1 << (63 - i)
		*low = mid
	} else {
		*high = mid
	}
}

// Haversine is the distance of two places in meters.
//
//pg:function immutable parallel=safe
func Haversine(latitude1, longitude1, latitude2, longitude2 float64) float64 {
	const radius, degree = 6371008.8, math.Pi / 180
	a, b := math.Sin((latitude2-latitude1)*degree/2), math.Sin((longitude2-longitude1)*degree/2)
	h := a*a + math.Cos(latitude1*degree)*math.Cos(latitude2*degree)*b*b
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h)))
}
