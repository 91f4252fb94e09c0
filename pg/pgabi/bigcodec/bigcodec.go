// Package bigcodec passes whole SQL numerics, in their text form, as big.Int.
package bigcodec

import (
	"math/big"
	"strings"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// GetInt returns a numeric that is a whole number.
func GetInt(s *codec.Slot) (big.Int, error) {
	var v big.Int
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
func PutInt(o *codec.Out, s *codec.Slot, v big.Int) error { return codec.PutText(o, s, v.String()) }
