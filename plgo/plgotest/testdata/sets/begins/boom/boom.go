// Package boom panics.
package boom

import "strconv"

var list = []int{1}

// X cannot be had.
var X = list[len(strconv.Itoa(12345))]

func F() int { return X }
