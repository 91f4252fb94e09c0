//go:build postgres && !go1.27

//pgstd:add

package json

import (
	"internal/byteorder"
	"math/bits"
)

// Stock Go looks at each byte three times, twice by way of a function for each state. What
// is here reads eight at a time, and leaves what it does not know at first sight, errors
// above all, to the code that it comes before. None of it decides anything alone.

// checkFirst is checkValid for what is well-formed at first sight, and checkValid for the rest.
func checkFirst(data []byte, scan *scanner) error {
	if !wellFormed(data) {
		return checkValid(data, scan)
	}
	scan.bytes += int64(len(data))
	return nil
}

// maxNested is how deep wellFormed looks: more is for the scanner, whose stack grows.
const maxNested = 256

// wellFormed reports whether data is a JSON value. It may be one where it says no: if it is
// nested deeply.
func wellFormed(data []byte) bool {
	var objects [maxNested / 64]uint64 // a bit for each level: whether it is an object
	depth, i := 0, 0

	// Each turn is a value with what stands before it; i is where it begins.
	for inObject := false; ; {
		if inObject {
			if i = skipSpace(data, i); i >= len(data) || data[i] != '"' {
				return false
			}
			if i = stringEnd(data, i+1); i < 0 {
				return false
			}
			if i = skipSpace(data, i); i >= len(data) || data[i] != ':' {
				return false
			}
			i++
		}
		if i = skipSpace(data, i); i >= len(data) {
			return false
		}
		switch c := data[i]; c {
		case '{', '[':
			if depth == maxNested {
				return false
			}
			i = skipSpace(data, i+1)
			if i < len(data) && data[i] == c+2 { // the bracket that closes it
				i++
				break
			}
			inObject = c == '{'
			if bit := uint64(1) << (depth % 64); inObject {
				objects[depth/64] |= bit
			} else {
				objects[depth/64] &^= bit
			}
			depth++
			continue
		case '"':
			i = stringEnd(data, i+1)
		case 't':
			i = wordEnd(data, i, "true")
		case 'f':
			i = wordEnd(data, i, "false")
		case 'n':
			i = wordEnd(data, i, "null")
		default:
			i = numberEnd(data, i)
		}
		if i < 0 {
			return false
		}
		// What ends with it, up to a comma.
		for {
			i = skipSpace(data, i)
			if depth == 0 {
				return i == len(data)
			}
			if i >= len(data) {
				return false
			}
			if data[i] == ',' {
				i++
				break
			}
			if inObject && data[i] != '}' || !inObject && data[i] != ']' {
				return false
			}
			i++
			depth--
			inObject = depth > 0 && objects[(depth-1)/64]>>((depth-1)%64)&1 != 0
		}
	}
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && isSpace(data[i]) {
		i++
	}
	return i
}

// wordEnd is where a word ends that begins at i; -1 if another stands there.
func wordEnd(data []byte, i int, word string) int {
	if len(data)-i < len(word) || string(data[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// numberEnd is where a number ends that begins at i; -1 if none does.
func numberEnd(data []byte, i int) int {
	if i < len(data) && data[i] == '-' {
		i++
	}
	digits := digitsEnd(data, i)
	if digits == i || data[i] == '0' && digits > i+1 {
		return -1
	}
	if i = digits; i < len(data) && data[i] == '.' {
		if digits = digitsEnd(data, i+1); digits == i+1 {
			return -1
		}
		i = digits
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		if digits = digitsEnd(data, i); digits == i {
			return -1
		}
		i = digits
	}
	return i
}

func digitsEnd(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

// stringEnd is what follows the quote that ends a string whose content begins at i; -1 if
// it is none.
func stringEnd(data []byte, i int) int {
	for {
		i = plainEnd(data, i, 0)
		if i >= len(data) {
			return -1
		}
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
		default: // a control character
			return -1
		}
		if i++; i >= len(data) {
			return -1
		}
		switch data[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i++
		case 'u':
			if i++; len(data)-i < 4 {
				return -1
			}
			for _, c := range data[i : i+4] {
				if c-'0' > 9 && (c|0x20)-'a' > 5 {
					return -1
				}
			}
			i += 4
		default:
			return -1
		}
	}
}

const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
)

// plainEnd is where plain bytes end that begin at i: those before a quote, a backslash or a
// control character, or of which a bit is set that is in stop, too.
func plainEnd(data []byte, i int, stop byte) int {
	stops := uint64(stop) * ones
	for ; cap(data)-i >= 8; i += 8 {
		if i >= len(data) {
			return len(data)
		}
		w := byteorder.LEUint64(data[i : i+8]) // behind the last byte, too, which changes nothing
		quote, backslash := w^'"'*ones, w^'\\'*ones
		// A borrow spoils bytes above the first that is found, never those below it.
		found := ((quote-ones)&^quote|(backslash-ones)&^backslash|(w-' '*ones)&^w)&tops | w&stops
		if found != 0 {
			return min(i+bits.TrailingZeros64(found)/8, len(data))
		}
	}
	for i < len(data) && data[i] >= ' ' && data[i] != '"' && data[i] != '\\' && data[i]&stop == 0 {
		i++
	}
	return min(i, len(data))
}

// literal is where the rest of the literal is looked for that begins before d.off: of a
// string, what is plain has been skipped.
func (d *decodeState) literal() int {
	if d.data[d.off-1] != '"' {
		return d.off
	}
	return plainEnd(d.data, d.off, 0)
}

// blank is where scanWhile begins: behind the space that it would look at byte by byte.
func (d *decodeState) blank(op int) int {
	if op == scanSkipSpace {
		return skipSpace(d.data, d.off)
	}
	return d.off
}
