// Package bigcodec passes whole SQL numerics as big.Int: in their binary form, which
// is quicker to read and to make than text.
package bigcodec

import (
	"math/big"
	"strings"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// GetInt returns a numeric that is a whole number.
func GetInt(s *codec.Slot) (big.Int, error) {
	var v big.Int
	n := numeric(codec.Payload(s))
	if small, negative, ok := n.small(); ok {
		// With room for what is usually done with it: the first sum or product
		// would have to ask for memory.
		words := make([]big.Word, 1, 3)
		words[0] = big.Word(small)
		v.SetBits(words)
		if negative {
			v.Neg(&v)
		}
		return v, nil
	}
	text := n.String()
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.Trim(fraction, "0") != "" {
		return v, &codec.Error{Code: "22003", Message: "numeric " + text + " is not a whole number, which a big.Int is", Hint: "Use pg.Numeric."}
	}
	if _, ok := v.SetString(whole, 10); !ok {
		return v, &codec.Error{Code: "22003", Message: "numeric " + text + " is not finite, which a big.Int is", Hint: "Use pg.Numeric."}
	}
	return v, nil
}

// PutInt makes s a numeric. PostgreSQL reads no more than 12000 digits in binary,
// and any number of them in text.
func PutInt(o *codec.Out, s *codec.Slot, v big.Int) error {
	if v.IsInt64() {
		return codec.PutBytea(o, s, smallNumeric(v.Int64()))
	}
	err := codec.PutText(o, s, v.String())
	s.Flags |= codec.InText
	return err
}
