// Package moving has statistics over windows that move: each row costs what it brings in and takes
// away, not what the window holds.
package moving

import "math"

// ZScore is how many standard deviations the last value of a window is from the mean of the window.
//
//pg:aggregate
type ZScore struct {
	n            int64
	sum, squares float64
	last         float64
}

// Step takes a value in.
func (z *ZScore) Step(v float64) {
	z.n, z.sum, z.squares, z.last = z.n+1, z.sum+v, z.squares+v*v, v
}

// Inverse takes the value away that has left the window.
func (z *ZScore) Inverse(v float64) { z.n, z.sum, z.squares = z.n-1, z.sum-v, z.squares-v*v }

// Final makes the result: NULL for fewer than two values, and where all are the same.
func (z *ZScore) Final() *float64 {
	if z.n < 2 {
		return nil
	}
	mean := z.sum / float64(z.n)
	variance := (z.squares - mean*z.sum) / float64(z.n-1)
	if !(variance > 0) {
		return nil
	}
	score := (z.last - mean) / math.Sqrt(variance)
	return &score
}
