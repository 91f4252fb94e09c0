//go:build !postgres

package pg

import (
	"encoding/json"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Outside of PostgreSQL, in go test, nobody minds what encoding/json brings along.
var _ = codec.SetJSON(json.Marshal, json.Unmarshal)
