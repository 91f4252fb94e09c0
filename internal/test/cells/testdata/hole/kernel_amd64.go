package hole

// Kernel goes to an address that enters the kernel, with the number of a call and what it takes, and
// returns what has come of it.
//
//pg:function
func Kernel(at, number, a, b, c int64) int64 { return kernel(at, number, a, b, c) }

func kernel(at, number, a, b, c int64) int64

// Lives does nothing.
//
//pg:function
func Lives() bool { return true }
