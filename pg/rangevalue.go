package pg

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Ranges and multiranges are parameters and destinations as text, as that is the form of a range
// of whatever type. A parameter is of the type that the statement asks for.

func (r Range[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	text, err := r.appendText(nil)
	if err != nil {
		return sqlType{}, err
	}
	return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, string(text))
}

func (m Multirange[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	text := []byte{'{'}
	for i, r := range m {
		if i > 0 {
			text = append(text, ',')
		}
		var err error
		if text, err = r.appendText(text); err != nil {
			return sqlType{}, err
		}
	}
	return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, string(append(text, '}')))
}

func (r Range[T]) appendText(text []byte) (_ []byte, err error) {
	if r.Empty {
		return append(text, "empty"...), nil
	}
	open, end := byte('('), byte(')')
	if r.LowerInclusive {
		open = '['
	}
	if r.UpperInclusive {
		end = ']'
	}
	text = append(text, open)
	if !r.LowerInfinite {
		if text, err = appendBound(text, r.Lower); err != nil {
			return nil, codec.In("lower bound", err)
		}
	}
	text = append(text, ',')
	if !r.UpperInfinite {
		if text, err = appendBound(text, r.Upper); err != nil {
			return nil, codec.In("upper bound", err)
		}
	}
	return append(text, end), nil
}

// appendBound appends a bound, in quotes: it may hold anything.
func appendBound(text []byte, bound any) ([]byte, error) {
	value, err := boundText(bound)
	if err != nil {
		return nil, err
	}
	text = append(text, '"')
	for i := 0; i < len(value); i++ {
		if value[i] == '"' || value[i] == '\\' {
			text = append(text, '\\')
		}
		text = append(text, value[i])
	}
	return append(text, '"'), nil
}

func boundText(bound any) (string, error) {
	switch v := bound.(type) {
	case timeValue:
		switch codec.Infinite(v.Unix()) {
		case 1:
			return "infinity", nil
		case -1:
			return "-infinity", nil
		}
	}
	if v, ok := bound.(textValue); ok {
		text, err := v.MarshalText()
		return string(text), err
	}
	switch v := reflect.ValueOf(bound); v.Kind() {
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	case reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32), nil
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), nil
	case reflect.String:
		return v.String(), nil
	}
	return "", errParameter(bound)
}

func (r *Range[T]) scan(s *host.Slot, t sqlType) error {
	text, err := rangeText(r, s, t)
	if err != nil {
		return err
	}
	read, rest, ok, err := readRange[T](text, t)
	if err != nil {
		return err
	}
	if !ok || rest != "" {
		return errType(t, r)
	}
	*r = read
	return nil
}

func (m *Multirange[T]) scan(s *host.Slot, t sqlType) error {
	text, err := rangeText(m, s, t)
	if err != nil {
		return err
	}
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return errType(t, m)
	}
	all := Multirange[T]{}
	for text = text[1 : len(text)-1]; text != ""; text = strings.TrimPrefix(text, ",") {
		r, rest, ok, err := readRange[T](text, t)
		if err != nil {
			return err
		}
		if !ok {
			return errType(t, m)
		}
		all, text = append(all, r), rest
	}
	*m = all
	return nil
}

// rangeText is what SQL shows for a range.
func rangeText(dest any, s *host.Slot, t sqlType) (string, error) {
	if s.Flags&host.Null != 0 {
		return "", errNull(dest)
	}
	if t.code != host.Text {
		return "", errType(t, dest)
	}
	return host.TextOf(s), nil
}

// readRange reads a range from the begin of a text. It reports false where there is none.
func readRange[T any](text string, t sqlType) (r Range[T], rest string, ok bool, err error) {
	if strings.HasPrefix(text, "empty") {
		return Range[T]{Empty: true}, text[len("empty"):], true, nil
	}
	if text == "" || text[0] != '[' && text[0] != '(' {
		return r, "", false, nil
	}
	r.LowerInclusive = text[0] == '['
	lower, is, rest := readBound(text[1:])
	if rest == "" || rest[0] != ',' {
		return r, "", false, nil
	}
	r.LowerInfinite = !is
	upper, is, rest := readBound(rest[1:])
	if rest == "" || rest[0] != ']' && rest[0] != ')' {
		return r, "", false, nil
	}
	r.UpperInfinite = !is
	r.UpperInclusive = rest[0] == ']'
	if !r.LowerInfinite {
		err = setBound(&r.Lower, lower, t)
	}
	if err == nil && !r.UpperInfinite {
		err = setBound(&r.Upper, upper, t)
	}
	return r, rest[1:], true, err
}

// readBound reads a bound up to what ends it; there may be none.
func readBound(text string) (bound string, is bool, rest string) {
	var b []byte
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			b = append(b, text[i])
		case c == '"' && quoted && i+1 < len(text) && text[i+1] == '"':
			i++
			b = append(b, '"')
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ')' || c == ']'):
			return string(b), i > 0, text[i:]
		default:
			b = append(b, c)
		}
	}
	return "", false, ""
}

// boundQueries have SQL read a bound that is a time.
var boundQueries = map[uint32]string{
	3908: "SELECT $1::pg_catalog.text::pg_catalog.timestamp", 4533: "SELECT $1::pg_catalog.text::pg_catalog.timestamp",
	3910: "SELECT $1::pg_catalog.text::pg_catalog.timestamptz", 4534: "SELECT $1::pg_catalog.text::pg_catalog.timestamptz",
	3912: "SELECT $1::pg_catalog.text::pg_catalog.date", 4535: "SELECT $1::pg_catalog.text::pg_catalog.date",
}

func setBound(dest any, text string, t sqlType) error {
	switch d := dest.(type) {
	case timeDestination:
		query, ok := boundQueries[t.oid]
		if !ok {
			return errType(t, dest)
		}
		return QueryRow(query, text).Scan(dest)
	case textDestination:
		return d.UnmarshalText([]byte(text))
	}
	v := reflect.ValueOf(dest).Elem()
	switch v.Kind() {
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return errRange(dest)
		}
		v.SetInt(n)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, v.Type().Bits())
		if err != nil {
			return errRange(dest)
		}
		v.SetFloat(f)
	case reflect.String:
		v.SetString(text)
	default:
		return errType(t, dest)
	}
	return nil
}
