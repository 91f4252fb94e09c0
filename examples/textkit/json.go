package textkit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"

	"github.com/pgstd/pgstd/pg"
)

// JSONSHA256 is the SHA-256 of a JSON document in a canonical form: two documents
// that differ only in white space, the order of keys, or how they write a number
// or a character have the same. Numbers count as double precision.
//
//pg:function name=json_sha256 immutable parallel=safe cost=50
func JSONSHA256(document string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, invalidJSON(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, invalidJSON(errors.New("there is more after the document"))
	}
	var canonical bytes.Buffer
	encoder := json.NewEncoder(&canonical)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(bytes.TrimSuffix(canonical.Bytes(), []byte("\n")))
	return sum[:], nil
}

func invalidJSON(err error) error {
	return &pg.Error{Code: "22032", Message: "invalid JSON document", Detail: err.Error()}
}
