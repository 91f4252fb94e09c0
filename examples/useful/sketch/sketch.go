// Package sketch counts distinct values, nearly (by 1.6 percent) and in 4 kB: HyperLogLog. Sketches are
// values, which can be stored, one a day, and merged for the month.
package sketch

import (
	"encoding/base64"
	"errors"
	"hash/fnv"
	"math"
	"math/bits"
)

const registers = 1 << 12

// Sketch is what is known of a set: of each part of its values, the longest run of zeros in a hash.
//
//pg:basetype
type Sketch struct{ max []byte }

var errForm = errors.New("no sketch")

// MarshalBinary is how it is stored.
func (s Sketch) MarshalBinary() ([]byte, error) {
	if s.max == nil {
		return make([]byte, registers), nil
	}
	return s.max, nil
}

// UnmarshalBinary reads what was stored.
func (s *Sketch) UnmarshalBinary(b []byte) error {
	if len(b) != registers {
		return errForm
	}
	s.max = append([]byte(nil), b...)
	return nil
}

// MarshalText makes the text.
func (s Sketch) MarshalText() ([]byte, error) {
	b, err := s.MarshalBinary()
	return base64.RawStdEncoding.AppendEncode(nil, b), err
}

// UnmarshalText reads a text.
func (s *Sketch) UnmarshalText(text []byte) error {
	b, err := base64.RawStdEncoding.DecodeString(string(text))
	if err != nil {
		return errForm
	}
	return s.UnmarshalBinary(b)
}

// add takes a value in.
func (s *Sketch) add(value string) {
	h := fnv.New64a()
	h.Write([]byte(value))
	n := h.Sum64()
	// FNV's bits are not even enough: the last steps of MurmurHash make them so.
	n = (n ^ n>>33) * 0xff51afd7ed558ccd
	n = (n ^ n>>33) * 0xc4ceb9fe1a85ec53
	n ^= n >> 33
	if s.max == nil {
		s.max = make([]byte, registers)
	}
	at := n % registers
	s.max[at] = max(s.max[at], byte(bits.LeadingZeros64(n|registers-1)+1))
}

// merge takes another sketch in.
func (s *Sketch) merge(other Sketch) {
	if s.max == nil {
		s.max = make([]byte, registers)
	}
	for i, n := range other.max {
		s.max[i] = max(s.max[i], n)
	}
}

// Estimate is about how many values a sketch has seen.
//
//pg:function immutable parallel=safe name=sketch_count
func Estimate(s Sketch) float64 {
	const m = float64(registers)
	sum, empty := 0.0, m
	for _, n := range s.max {
		sum += math.Ldexp(1, -int(n))
		if n > 0 {
			empty--
		}
	}
	if len(s.max) == 0 {
		return 0
	}
	estimate := 0.7213 / (1 + 1.079/m) * m * m / sum
	if estimate <= 2.5*m && empty > 0 {
		estimate = m * math.Log(m/empty)
	}
	return math.Round(estimate)
}

// SketchOf makes a sketch of values.
//
//pg:aggregate parallel=safe
type SketchOf struct{ sketch Sketch }

// Step takes a value in.
func (a *SketchOf) Step(value string) { a.sketch.add(value) }

// Merge takes in what another process has seen.
func (a *SketchOf) Merge(other *SketchOf) { a.sketch.merge(other.sketch) }

// Final makes the result.
func (a *SketchOf) Final() Sketch { return a.sketch }

// MarshalBinary is how it goes to another process.
func (a *SketchOf) MarshalBinary() ([]byte, error) { return a.sketch.MarshalBinary() }

// UnmarshalBinary reads what another process has sent.
func (a *SketchOf) UnmarshalBinary(b []byte) error { return a.sketch.UnmarshalBinary(b) }

// SketchUnion makes one sketch of several.
//
//pg:aggregate parallel=safe
type SketchUnion struct{ sketch Sketch }

// Step takes a sketch in.
func (a *SketchUnion) Step(s Sketch) { a.sketch.merge(s) }

// Merge takes in what another process has seen.
func (a *SketchUnion) Merge(other *SketchUnion) { a.sketch.merge(other.sketch) }

// Final makes the result.
func (a *SketchUnion) Final() Sketch { return a.sketch }

// MarshalBinary is how it goes to another process.
func (a *SketchUnion) MarshalBinary() ([]byte, error) { return a.sketch.MarshalBinary() }

// UnmarshalBinary reads what another process has sent.
func (a *SketchUnion) UnmarshalBinary(b []byte) error { return a.sketch.UnmarshalBinary(b) }
