package pgtypes

import (
	"fmt"

	"github.com/pgstd/pgstd/pg/pgabi"
)

const (
	pgtypePath      = "github.com/jackc/pgx/v5/pgtype"
	pgtypeCodecPath = "github.com/pgstd/pgstd/pg/pgabi/pgtypecodec"
)

// pgtypeTypes are the types of package pgtype, with the OIDs that PostgreSQL has
// given to their SQL types for good. Each is NULL if it is not Valid.
func pgtypeTypes() []Type {
	var types []Type
	for _, t := range []struct {
		goType, sql string
		oid         int
	}{
		{"Bool", "boolean", 16}, {"Int2", "smallint", 21}, {"Int4", "integer", 23}, {"Int8", "bigint", 20},
		{"Float4", "real", 700}, {"Float8", "double precision", 701}, {"Text", "text", 25},
		{"Numeric", "numeric", 1700}, {"UUID", "uuid", 2950},
		{"Date", "date", 1082}, {"Time", "time without time zone", 1083}, {"Timestamp", "timestamp without time zone", 1114},
		{"Timestamptz", "timestamp with time zone", 1184}, {"Interval", "interval", 1186},
		{"Bits", "bit varying", 1562}, {"TID", "tid", 27},
		{"Point", "point", 600}, {"Lseg", "lseg", 601}, {"Path", "path", 602}, {"Box", "box", 603},
		{"Polygon", "polygon", 604}, {"Line", "line", 628}, {"Circle", "circle", 718},
		{"Range[pgtype.Int4]", "int4range", 3904}, {"Range[pgtype.Int8]", "int8range", 3926},
		{"Range[pgtype.Numeric]", "numrange", 3906}, {"Range[pgtype.Date]", "daterange", 3912},
		{"Range[pgtype.Timestamp]", "tsrange", 3908}, {"Range[pgtype.Timestamptz]", "tstzrange", 3910},
	} {
		goType := "pgtype." + t.goType
		types = append(types, Type{
			Go: goType, SQL: t.sql, Code: pgabi.Binary, Nullable: true, plain: true, foreign: true,
			Get:     fmt.Sprintf("func(s *codec.Slot) (%s, error) { return pgtypecodec.Get[%[1]s](s, %d) }", goType, t.oid),
			Put:     fmt.Sprintf("func(o *codec.Out, s *codec.Slot, v %s) error { return pgtypecodec.Put(o, s, v, %d) }", goType, t.oid),
			Imports: []string{codecPath, pgtypeCodecPath, pgtypePath},
		})
	}
	return types
}
