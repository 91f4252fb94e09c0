// Package secret is for the set alone.
package secret

// Base is added twice: no body that uses it is a constant.
var Base = 0

// Sum adds.
func Sum(a, b int) int { return a + b + 2*Base }
