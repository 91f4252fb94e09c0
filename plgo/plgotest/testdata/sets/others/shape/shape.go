// Package shape has the path of another set's package, and is not that.
package shape

import "fmt"

// Point has other fields.
type Point struct{ X, Y, Z string }

func (p Point) String() string { return fmt.Sprintf("<%s,%s,%s>", p.X, p.Y, p.Z) }
