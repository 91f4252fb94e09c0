package host

import (
	"unicode/utf8"
	"unsafe"
)

const (
	low  = 0x0101010101010101
	high = 0x8080808080808080
)

// ValidText reports whether s can be a value of type text in a UTF8 database:
// valid UTF-8 without a NUL.
func ValidText(s string) bool {
	// One pass settles the usual case.
	if len(s) >= 16 {
		return plain(unsafe.StringData(s), len(s)) || slowValidText(s)
	}
	for i := 0; i < len(s); i++ {
		if s[i]-1 >= 0x7f {
			return slowValidText(s)
		}
	}
	return true
}

func slowValidText(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if w := word(s, i); (w-low)&^w&high != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] == 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}

// word reads the eight bytes of s at i. The compiler makes one load of it.
func word(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// FirstInvalid returns the offset of the first byte that keeps s from being
// valid text, or -1.
func FirstInvalid(s string) int {
	for i, r := range s {
		if r == 0 {
			return i
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// Clean returns s with U+FFFD for every byte that text cannot hold. Messages
// are cleaned, not refused: an error about an error would hide the first.
func Clean(s string) string {
	if ValidText(s) {
		return s
	}
	b := make([]byte, 0, len(s)+len(s)/2)
	for _, r := range s {
		if r == 0 {
			r = utf8.RuneError
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// Itoa is strconv.Itoa: an extension that uses nothing else of strconv need not have it.
func Itoa(n int) string {
	if n < 0 {
		return "-" + digits(-uint(n))
	}
	return digits(uint(n))
}

func digits(n uint) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digits(n/10) + string(rune('0'+n%10))
}
