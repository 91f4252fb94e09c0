package codec

import "github.com/pgstd/pgstd/pg/internal/host"

// What encoding/json does, where an object has it: package jsoncodec says so.
var (
	marshalJSON   func(any) ([]byte, error)
	unmarshalJSON func([]byte, any) error
	jsonNote      uint32 // of package jsoncodec
)

// SetJSON says how JSON is written and read.
func SetJSON(marshal func(any) ([]byte, error), unmarshal func([]byte, any) error) bool {
	marshalJSON, unmarshalJSON, jsonNote = marshal, unmarshal, host.Note()
	return true
}

func hasJSON() bool { return marshalJSON != nil && host.Imported(jsonNote) }

// MarshalJSON returns the JSON of v, whose type has a name for people.
func MarshalJSON(v any, typeName string) ([]byte, error) {
	if !hasJSON() {
		return nil, &Error{Code: datatypeMismatch, Message: "a " + typeName + " is passed as JSON by what imports encoding/json only; pass what json.Marshal makes of it"}
	}
	text, err := marshalJSON(v)
	if err != nil {
		return nil, &Error{Code: "22023", Message: err.Error()}
	}
	return text, nil
}

// UnmarshalJSON sets what dest points to; its type has a name for people.
func UnmarshalJSON(text []byte, dest any, typeName string) error {
	if !hasJSON() {
		return &Error{Code: datatypeMismatch, Message: "a " + typeName + " takes JSON in what imports encoding/json only; scan it into a string"}
	}
	if err := unmarshalJSON(text, dest); err != nil {
		return &Error{Code: "22023", Message: err.Error()}
	}
	return nil
}
