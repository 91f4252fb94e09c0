// Package counter keeps something for a whole program.
package counter

import "expvar"

var n int

// Limit is a variable that anybody can read.
var Limit = 3

// Shared leads on to what it is for.
var Shared = &Box{}

// Box is what Shared leads to.
type Box struct{ N int }

// Put is a way to change a box, and so is the field.
func (b *Box) Put(n int) { b.N = n }

// Next counts.
func Next() int { n++; return n }

var box = expvar.NewInt("example.org/texts/counter")

func init() { box.Add(1) }

// Begun is how often the package has been initialised.
func Begun() int { return int(box.Value()) }
