package object

import "math/bits"

// bitset is a set of small numbers.
type bitset []uint64

func newBits(n uint64) bitset { return make(bitset, n/64+1) }

// set adds a number and says whether it was there.
func (b bitset) set(i uint64) bool {
	word, bit := i/64, uint64(1)<<(i%64)
	was := b[word]&bit != 0
	b[word] |= bit
	return was
}

func (b bitset) unset(i uint64) { b[i/64] &^= 1 << (i % 64) }

func (b bitset) has(i uint64) bool { return i/64 < uint64(len(b)) && b[i/64]>>(i%64)&1 == 1 }

// missing is the first number that is in b and not in c, which is as large.
func (b bitset) missing(c bitset) (uint64, bool) {
	for i, word := range b {
		if rest := word &^ c[i]; rest != 0 {
			return uint64(i)*64 + uint64(bits.TrailingZeros64(rest)), true
		}
	}
	return 0, false
}
