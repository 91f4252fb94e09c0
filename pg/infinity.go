package pg

import (
	"time"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Infinity and NegativeInfinity stand for the infinities of date, timestamp and
// timestamptz: arguments, columns, results and parameters have them for these. They are
// later, and earlier, than all that SQL has, and compare as such. As in
// SQL, infinity stays infinity if a duration is added to it. Other times out of SQL's range
// are errors (22008).
var (
	Infinity         = time.Unix(codec.Infinity, 0).UTC()
	NegativeInfinity = time.Unix(codec.NegativeInfinity, 0).UTC()
)
