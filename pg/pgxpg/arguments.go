package pgxpg

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"net"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/internal/untyped"
	// So that JSON comes as what encoding/json makes of it.
	_ "github.com/pgstd/pgstd/pg/pgabi/jsoncodec"
)

// types are those that pgx knows.
var types = pgtype.NewMap()

// prepare makes parameters of arguments, and takes pgx's options from them.
func prepare(ctx context.Context, sql string, args []any) (string, []any, error) {
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	for len(args) > 0 {
		switch option := args[0].(type) {
		case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
			args = args[1:]
			continue
		case pgx.QueryRewriter:
			var err error
			if sql, args, err = option.RewriteQuery(ctx, nil, sql, args[1:]); err != nil {
				return "", nil, err
			}
			continue
		case pg.NamedArgs:
			named := pg.NamedArgs{}
			for name, v := range option {
				p, err := parameter(v)
				if err != nil {
					return "", nil, err
				}
				named[name] = p
			}
			return sql, []any{named}, nil
		}
		break
	}
	list := make([]any, len(args))
	for i, v := range args {
		p, err := parameter(v)
		if err != nil {
			return "", nil, err
		}
		list[i] = p
	}
	return sql, list, nil
}

// parameter makes a parameter that has the type which the statement asks for.
func parameter(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []byte:
		return untyped.Bytes(v), nil
	case pg.Numeric, pg.UUID, pg.Interval, pg.Record, *pg.Record:
		return v, nil
	case string, bool, int, int32, int64, float64:
		return untyped.Value(v)
	case net.HardwareAddr: // which pgx knows by the column alone
		if v == nil {
			return nil, nil
		}
		return untyped.Text(v.String()), nil
	}
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
		return nil, nil
	}
	if t, ok := types.TypeForValue(v); ok {
		text, err := types.Encode(t.OID, pgtype.TextFormatCode, v, nil)
		if err == nil {
			return asText(text), nil
		}
	}
	if _, ok := v.(driver.Valuer); ok {
		return untyped.Value(v)
	}
	p := reflect.ValueOf(v)
	switch p.Kind() {
	case reflect.Pointer:
		return parameter(p.Elem().Interface())
	case reflect.Map, reflect.Struct:
		text, err := json.Marshal(v)
		return asText(text), err
	case reflect.Slice, reflect.Array:
		if p.Type().Elem().Kind() != reflect.Uint8 {
			return sliceParameter(p)
		}
	}
	return untyped.Value(v)
}

// asText is a NULL for nil.
func asText(text []byte) any {
	if text == nil {
		return nil
	}
	return untyped.Text(text)
}

// sliceParameter makes an array of a slice whose elements pgx has no array for: enums, for
// one.
func sliceParameter(v reflect.Value) (any, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil, nil
	}
	var b []byte
	b = append(b, '{')
	for i := 0; i < v.Len(); i++ {
		if i > 0 {
			b = append(b, ',')
		}
		p, err := parameter(v.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		switch p := p.(type) {
		case nil:
			b = append(b, "NULL"...)
		case untyped.Text:
			if isArray(v.Type().Elem()) {
				b = append(b, p...) // of a further dimension
			} else {
				b = appendQuoted(b, string(p))
			}
		default:
			return v.Interface(), nil // package pg may know
		}
	}
	return untyped.Text(append(b, '}')), nil
}

// isArray tells of a type whether its values are arrays in SQL, too.
func isArray(t reflect.Type) bool {
	if t.Kind() != reflect.Slice && t.Kind() != reflect.Array || t.Elem().Kind() == reflect.Uint8 {
		return false
	}
	return !t.Implements(reflect.TypeFor[pgtype.MultirangeGetter]())
}

func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	for i := 0; i < len(text); i++ {
		if text[i] == '"' || text[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}
