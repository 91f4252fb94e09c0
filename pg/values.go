package pg

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// What is not one of the types that parameter.go and scan.go know by name goes by what
// it is made of: pointers at any depth, slices in slices, structs with the columns of a
// composite type, named types as what is below them, and the rest as JSON.

// makeParameter is parameter for such types.
func makeParameter(o *codec.Out, s *host.Slot, v reflect.Value) (sqlType, error) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			*s = host.Slot{Flags: host.Null}
			return sqlType{code: host.Text, oid: host.Infer}, nil
		}
		return parameter(o, s, v.Elem().Interface())
	case reflect.Bool:
		return parameter(o, s, v.Bool())
	case reflect.Int8, reflect.Int16:
		return parameter(o, s, int16(v.Int()))
	case reflect.Int32:
		return parameter(o, s, int32(v.Int()))
	case reflect.Int, reflect.Int64:
		return parameter(o, s, v.Int())
	case reflect.Uint8, reflect.Uint16:
		return parameter(o, s, int32(v.Uint()))
	case reflect.Uint32:
		return parameter(o, s, int64(v.Uint()))
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return parameter(o, s, Numeric(strconv.FormatUint(v.Uint(), 10)))
		}
		return parameter(o, s, int64(v.Uint()))
	case reflect.Float32:
		return parameter(o, s, float32(v.Float()))
	case reflect.Float64:
		return parameter(o, s, v.Float())
	case reflect.String:
		// An enum, perhaps: it is what the statement asks for.
		return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, v.String())
	case reflect.Slice, reflect.Array:
		if isBytes(v.Type()) {
			return makeBytes(o, s, v)
		}
		return makeArray(o, s, v)
	case reflect.Struct:
		if columns := columnsOf(v.Type()); columns != nil {
			values := make([]any, len(columns))
			for i := range columns {
				values[i] = v.Field(i).Interface()
			}
			return makeRow(o, s, columns, values)
		}
		return makeJSON(o, s, v)
	case reflect.Map:
		return makeJSON(o, s, v)
	}
	return sqlType{}, errParameter(v.Interface())
}

func isBytes(t reflect.Type) bool { return t.Elem().Kind() == reflect.Uint8 }

func makeBytes(o *codec.Out, s *host.Slot, v reflect.Value) (sqlType, error) {
	if v.Kind() == reflect.Slice {
		return parameter(o, s, v.Bytes())
	}
	bytes := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(bytes), v)
	if len(bytes) == 16 {
		return parameter(o, s, UUID(bytes))
	}
	return parameter(o, s, bytes)
}

// isLeaf reports whether a type of slices is one element of an array: bytes, and what
// has a form of its own.
func isLeaf(t reflect.Type) bool {
	if t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
		return true
	}
	return isBytes(t) || implements(t, values) || implements(t, destinations) || implements(t, valueDestinations)
}

// What a type has that says itself what it is in SQL.
var (
	values = []reflect.Type{
		reflect.TypeFor[timeValue](), reflect.TypeFor[durationValue](), reflect.TypeFor[textValue](), reflect.TypeFor[jsonValue](),
	}
	destinations = []reflect.Type{reflect.TypeFor[textDestination](), reflect.TypeFor[jsonDestination](), reflect.TypeFor[scanner]()}
)

// implements reports whether a type, or a pointer to it, is one of some interfaces.
func implements(t reflect.Type, interfaces []reflect.Type) bool {
	for _, i := range interfaces {
		if t.Implements(i) || reflect.PointerTo(t).Implements(i) {
			return true
		}
	}
	return false
}

// array is one that is being made.
type array struct {
	o       *codec.Out
	slots   []host.Slot
	sizes   []int
	element sqlType
	known   bool // element is
}

// makeArray makes an array of a slice, or of slices in slices.
func makeArray(o *codec.Out, s *host.Slot, v reflect.Value) (sqlType, error) {
	a := &array{o: o, element: sqlType{code: host.Text, oid: host.Infer}}
	for e := v; ; e = e.Index(0) {
		a.sizes = append(a.sizes, e.Len())
		if isLeaf(e.Type().Elem()) || e.Len() == 0 {
			break
		}
	}
	if len(a.sizes) > host.MaxDims {
		return sqlType{}, errors.New("SQL has arrays of " + host.Itoa(host.MaxDims) + " dimensions at most")
	}
	return a.make(s, v)
}

// makeElements makes an array of one dimension of a slice.
func makeElements(o *codec.Out, s *host.Slot, v reflect.Value) (sqlType, error) {
	a := &array{o: o, element: sqlType{code: host.Text, oid: host.Infer}, sizes: []int{v.Len()}}
	return a.make(s, v)
}

func (a *array) make(s *host.Slot, v reflect.Value) (sqlType, error) {
	if err := a.add(v, 0); err != nil {
		return sqlType{}, err
	}
	codec.PutElements(a.o, s, a.slots, a.sizes)
	codec.SetElement(s, a.element.code, a.element.oid)
	return sqlType{code: host.Array}, nil
}

func (a *array) add(v reflect.Value, depth int) error {
	if v.Len() != a.sizes[depth] {
		return errors.New("a slice has " + host.Itoa(v.Len()) + " elements, one before it " + host.Itoa(a.sizes[depth]) +
			"; in SQL, all rows of an array have the same length")
	}
	for i := 0; i < v.Len(); i++ {
		if depth+1 < len(a.sizes) {
			if err := a.add(v.Index(i), depth+1); err != nil {
				return err
			}
			continue
		}
		var s host.Slot
		t, err := parameter(a.o, &s, v.Index(i).Interface())
		if err != nil {
			return codec.In("array element "+host.Itoa(i+1), err)
		}
		a.slots = append(a.slots, s)
		switch {
		case s.Flags&host.Null != 0:
		case t.code == host.Array:
			return errors.New("an array has arrays as elements: use slices in slices of one type")
		case !a.known:
			a.element, a.known = t, true
		case t != a.element:
			return errors.New("array element " + host.Itoa(i+1) + ": it is " + t.String() + ", those before it are " + a.element.String())
		}
	}
	return nil
}

// columnsOf returns the columns of a struct that has them as tags, as the types of
// rows have. Others are JSON.
func columnsOf(t reflect.Type) []string {
	var columns []string
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		column, ok := f.Tag.Lookup("pg")
		if !ok || !f.IsExported() {
			return nil
		}
		column, _, _ = strings.Cut(column, ",")
		columns = append(columns, column)
	}
	return columns
}

func makeRow(o *codec.Out, s *host.Slot, columns []string, values []any) (sqlType, error) {
	r := Record{keep: o}
	for i, column := range columns {
		if err := r.Set(column, values[i]); err != nil {
			return sqlType{}, errors.New(strings.TrimPrefix(err.Error(), "pg: "))
		}
	}
	codec.PutRow(o, s, r.row)
	return sqlType{code: host.Row, oid: host.Infer}, nil
}

func makeJSON(o *codec.Out, s *host.Slot, v reflect.Value) (sqlType, error) {
	text, err := codec.MarshalJSON(v.Interface(), v.Type().String())
	if err != nil {
		return sqlType{}, err
	}
	return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, string(text))
}

// scanInto is scan for such types; dest is a pointer.
func scanInto(dest any, s *host.Slot, t sqlType) error {
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return errDestination(dest)
	}
	v := p.Elem()
	isNull := s.Flags&host.Null != 0
	if v.Kind() == reflect.Pointer {
		if isNull {
			v.SetZero()
			return nil
		}
		n := reflect.New(v.Type().Elem())
		if err := scan(n.Interface(), s, t); err != nil {
			return err
		}
		v.Set(n)
		return nil
	}
	if isNull {
		if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
			v.SetZero()
			return nil
		}
		return errNull(dest)
	}
	isJSON := t.oid == oidJSON || t.oid == oidJSONB
	switch v.Kind() {
	case reflect.Bool:
		var b bool
		return setAs(v, &b, s, t)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if isDuration(v.Type()) && (t.code == host.Interval || t.code == host.Time) {
			return scanDuration(v, s, t)
		}
		var n int64
		if err := scan(&n, s, t); err != nil {
			return errType(t, dest)
		}
		if v.OverflowInt(n) {
			return errRange(dest)
		}
		v.SetInt(n)
		return nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return scanUint(v, dest, s, t)
	case reflect.Float32:
		var f float32
		return setAs(v, &f, s, t)
	case reflect.Float64:
		var f float64
		return setAs(v, &f, s, t)
	case reflect.String:
		var text string
		return setAs(v, &text, s, t)
	case reflect.Slice, reflect.Array:
		switch {
		case t.code == host.Array:
			return scanElements(v, dest, s, t)
		case isJSON && !isBytes(v.Type()):
			return scanJSON(dest, s, t)
		case v.Kind() == reflect.Slice && isBytes(v.Type()):
			var b []byte
			if err := scan(&b, s, t); err != nil {
				return err
			}
			v.SetBytes(b)
			return nil
		}
	case reflect.Struct:
		if t.code == host.Row {
			return scanFields(v, s)
		}
		if isJSON {
			return scanJSON(dest, s, t)
		}
	case reflect.Map:
		if isJSON {
			return scanJSON(dest, s, t)
		}
	}
	return errType(t, dest)
}

// setAs scans into a variable of the type below v's.
func setAs[T any](v reflect.Value, as *T, s *host.Slot, t sqlType) error {
	if err := scan(as, s, t); err != nil {
		return err
	}
	v.Set(reflect.ValueOf(*as).Convert(v.Type()))
	return nil
}

func scanUint(v reflect.Value, dest any, s *host.Slot, t sqlType) error {
	if t.code == host.Text && t.oid == oidNumeric {
		whole, ok := wholeNumber(host.TextOf(s))
		n, err := strconv.ParseUint(whole, 10, 64)
		if !ok || err != nil || v.OverflowUint(n) {
			return errRange(dest)
		}
		v.SetUint(n)
		return nil
	}
	var n int64
	if err := scan(&n, s, t); err != nil {
		return errType(t, dest)
	}
	if n < 0 || v.OverflowUint(uint64(n)) {
		return errRange(dest)
	}
	v.SetUint(uint64(n))
	return nil
}

func isDuration(t reflect.Type) bool { return t.PkgPath() == "time" && t.Name() == "Duration" }

// scanDuration sets a time.Duration, which has no months, and days of 24 hours. A time of day is
// that since midnight.
func scanDuration(v reflect.Value, s *host.Slot, t sqlType) error {
	if t.code == host.Time {
		v.SetInt(int64(s.Word) * 1000)
		return nil
	}
	i, _ := codec.GetInterval[Interval](s)
	const day = 24 * 3600 * 1e6
	us := i.Microseconds + int64(i.Days)*day
	if i.Months != 0 || us > math.MaxInt64/1000 || us < math.MinInt64/1000 || us/day < int64(i.Days)-1<<31 {
		return errors.New("an interval with months, or of more than 292 years, is no time.Duration; scan it into a pg.Interval")
	}
	v.SetInt(us * 1000)
	return nil
}

// scanElements sets a slice, or slices in slices, to the elements of an array.
func scanElements(v reflect.Value, dest any, s *host.Slot, t sqlType) error {
	var element sqlType
	element.code, element.oid = codec.Element(s)
	// A copy: methods of the elements' destinations run between one and the next, and
	// while one blocks, what the host has lent may come to its end.
	keep := &codec.Out{}
	copied := codec.Clone(keep, s, host.Array, element.code)
	slots, sizes := codec.AllElements(&copied)
	depth := 1
	for e := v.Type().Elem(); !isLeaf(e) && depth < host.MaxDims; e = e.Elem() {
		depth++
	}
	if len(sizes) == 0 {
		sizes = make([]int, depth)
	}
	// Elements that are arrays themselves, by way of a domain, have dimensions of their own.
	if len(sizes) > depth || len(sizes) < depth && element.code != host.Array {
		return &codec.Error{
			Code:    "2202E",
			Message: "the array has " + host.Itoa(len(sizes)) + " dimensions, which " + typeName(dest) + " cannot take",
			Hint:    "Use a slice in a slice for each dimension.",
		}
	}
	out := reflect.New(v.Type()).Elem()
	rest, at := slots, 0
	if err := fill(out, sizes, &rest, &at, element); err != nil {
		if wrong := (*mismatch)(nil); errors.As(err, &wrong) && wrong.typ == element {
			return errElements(element, dest)
		}
		return err
	}
	runtime.KeepAlive(keep)
	v.Set(out)
	return nil
}

func fill(v reflect.Value, sizes []int, rest *[]host.Slot, at *int, element sqlType) error {
	switch {
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), sizes[0], sizes[0]))
	case v.Len() != sizes[0]:
		return errors.New("an array of " + host.Itoa(sizes[0]) + " elements does not fit in a " + v.Type().String())
	}
	for i := 0; i < sizes[0]; i++ {
		if len(sizes) > 1 {
			if err := fill(v.Index(i), sizes[1:], rest, at, element); err != nil {
				return err
			}
			continue
		}
		*at++
		if err := scan(v.Index(i).Addr().Interface(), &(*rest)[0], element); err != nil {
			if _, ok := err.(*mismatch); ok {
				return err // of all of them
			}
			return codec.In("array element "+host.Itoa(*at), err)
		}
		*rest = (*rest)[1:]
	}
	return nil
}

// scanFields sets the fields of a struct to the columns of a row, by their tags or
// names. Columns without a field are left out.
func scanFields(v reflect.Value, s *host.Slot) error {
	r, err := getRecord(s)
	if err != nil {
		return err
	}
	var plan fieldPlan
	fields, err := plan.find(v.Type(), r.Columns(), partOfRow)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "pg: "))
	}
	for i, dest := range destinationsIn(v, fields) {
		c := r.row.Columns[i]
		if err := scan(dest, &r.row.Values[i], sqlType{byte(c.Type), c.OID}); err != nil {
			return codec.In("column "+c.Name, err)
		}
	}
	runtime.KeepAlive(r.keep)
	return nil
}

func scanJSON(dest any, s *host.Slot, t sqlType) error {
	text, err := show(s, t)
	if err != nil {
		return err
	}
	return codec.UnmarshalJSON([]byte(text), dest, reflect.TypeOf(dest).String())
}

// wholeNumber returns a numeric without its decimal places, if these are all zero.
func wholeNumber(text string) (string, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	return whole, strings.Trim(fraction, "0") == ""
}
