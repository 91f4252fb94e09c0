// Package jsoncodec passes SQL's json and jsonb, in their text form, as what
// encoding/json makes of it.
package jsoncodec

import (
	"encoding/json"
	"errors"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

var _ = codec.SetJSON(json.Marshal, json.Unmarshal)

// GetRaw returns the text.
func GetRaw(s *codec.Slot) (json.RawMessage, error) { return codec.GetBytea[json.RawMessage](s) }

// PutRaw makes s the text v, and null if v is nil, as encoding/json does.
func PutRaw(o *codec.Out, s *codec.Slot, v json.RawMessage) error {
	if v == nil {
		return codec.PutText(o, s, "null")
	}
	return codec.PutText(o, s, string(v))
}

// Get returns what the text says.
func Get[T any](s *codec.Slot) (T, error) {
	var v T
	// A copy: methods of T get parts of it, which they could write to or keep.
	err := json.Unmarshal(append([]byte(nil), codec.Payload(s)...), &v)
	if err == nil {
		return v, nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return v, &codec.Error{Code: "22023", Message: wrong.Error()}
	}
	return v, &codec.Error{Code: "22023", Message: "json: " + err.Error()}
}

// Put makes s the text of v.
func Put[T any](o *codec.Out, s *codec.Slot, v T) error {
	text, err := json.Marshal(v)
	if err != nil {
		return &codec.Error{Code: "22023", Message: err.Error()}
	}
	return codec.PutText(o, s, string(text))
}
