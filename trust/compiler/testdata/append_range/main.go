package main

import "os"

var sink []int64

//go:noinline
func digits() int64 {
	var s []int64
	for i := int64(1); i <= 4; i++ {
		s = append(s, i)
	}
	if cap(s) != 4 {
		return 1234
	}
	sum := int64(0)
	for i, v := range s {
		sum = sum*10 + v
		if i == 0 {
			s = s[3:3]
			s = append(s, 9, 9)
		}
	}
	sink = s
	return sum
}

func main() {
	if digits() != 1234 {
		os.Exit(9)
	}
}
