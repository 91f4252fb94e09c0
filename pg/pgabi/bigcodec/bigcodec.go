// Package bigcodec passes whole SQL numerics as big.Int: as an int64 where it is one, which is
// quicker to read and to make than text.
package bigcodec

import (
	"math/big"
	"strings"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// GetInt returns a numeric that is a whole number.
func GetInt(s *codec.Slot) (big.Int, error) {
	var v big.Int
	if s.Flags&codec.InText == 0 {
		// With room for what is usually done with it: the first sum or product
		// would have to ask for memory.
		words := make([]big.Word, 1, 3)
		if n := int64(s.Word); n < 0 {
			words[0] = big.Word(-n)
			v.SetBits(words)
			v.Neg(&v)
		} else {
			words[0] = big.Word(n)
			v.SetBits(words)
		}
		return v, nil
	}
	text := string(codec.Payload(s))
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.Trim(fraction, "0") != "" {
		return v, &codec.Error{Code: "22003", Message: "numeric " + text + " is not a whole number, which a big.Int is", Hint: "Use pg.Numeric."}
	}
	if _, ok := v.SetString(whole, 10); !ok {
		return v, &codec.Error{Code: "22003", Message: "numeric " + text + " is not finite, which a big.Int is", Hint: "Use pg.Numeric."}
	}
	return v, nil
}

// PutInt makes s a numeric.
func PutInt(o *codec.Out, s *codec.Slot, v big.Int) error {
	if v.IsInt64() {
		*s = codec.Slot{Word: uint64(v.Int64())}
		return nil
	}
	err := codec.PutText(o, s, v.String())
	s.Flags |= codec.InText
	return err
}
