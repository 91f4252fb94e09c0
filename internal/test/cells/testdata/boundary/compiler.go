package boundary

import "os"

type element struct {
	pointer *[8]int32
	number  uint64
}

// built returns a pointer into a slice that append has built on the stack (golang/go#81612).
//
//go:noinline
func built(n int, all bool) (**[8]int32, []element) {
	var s []element
	for range n {
		s = append(s, element{new([8]int32), 7})
	}
	if all {
		return nil, s
	}
	return &s[0].pointer, nil
}

//go:noinline
func fill(n int, word uint64) int {
	if n == 0 {
		return 0
	}
	var words [16]uint64
	for i := range words {
		words[i] = word
	}
	return fill(n-1, word) + int(words[n&15])
}

// AppendStack reads through a pointer of which the stack has become a number.
//
//pg:function
func AppendStack(at int64) int32 {
	p, _ := built(2, os.Getenv("x") == "y")
	fill(3, uint64(at))
	return (**p)[0]
}
