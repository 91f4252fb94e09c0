package codec

import "reflect"

// What encoding/json does, where an object has it: package jsoncodec says so.
var (
	marshalJSON   func(any) ([]byte, error)
	unmarshalJSON func([]byte, any) error
)

// SetJSON says how JSON is written and read.
func SetJSON(marshal func(any) ([]byte, error), unmarshal func([]byte, any) error) bool {
	marshalJSON, unmarshalJSON = marshal, unmarshal
	return true
}

// MarshalJSON returns the JSON of v.
func MarshalJSON(v any) ([]byte, error) {
	if marshalJSON == nil {
		return nil, &Error{Code: datatypeMismatch, Message: "a " + reflect.TypeOf(v).String() + " is passed as JSON by what imports encoding/json only; pass what json.Marshal makes of it"}
	}
	text, err := marshalJSON(v)
	if err != nil {
		return nil, &Error{Code: "22023", Message: err.Error()}
	}
	return text, nil
}

// UnmarshalJSON sets what dest points to.
func UnmarshalJSON(text []byte, dest any) error {
	if unmarshalJSON == nil {
		return &Error{Code: datatypeMismatch, Message: "a " + reflect.TypeOf(dest).String() + " takes JSON in what imports encoding/json only; scan it into a string"}
	}
	if err := unmarshalJSON(text, dest); err != nil {
		return &Error{Code: "22023", Message: err.Error()}
	}
	return nil
}
