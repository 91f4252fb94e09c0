package body

// What is put beside a text that needs it. Names that begin with pgstd_ are nobody else's.

// helperSource makes pointers of values.
const helperSource = `
func pgstd_value[T any](v T) *T { return &v }

func pgstd_set[T any](v T) *T { return &v }

func pgstd_pair[T any](v T, err error) (*T, error) { return &v, err }
`

// rowSource makes iterators of slices.
const rowSource = `
func pgstd_rowsPair[T any](rows []T, err error) (func(yield func(T) bool), error) {
	return pgstd_rows(rows), err
}

func pgstd_rows[T any](rows []T) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	}
}
`

// failingRowSource makes iterators that can fail of slices and of other iterators.
const failingRowSource = `
func pgstd_failingRows[T any](rows []T) func(yield func(T, error) bool) {
	return pgstd_failingRowsOf(pgstd_rows(rows))
}

func pgstd_failingRowsOf[T any](rows func(yield func(T) bool)) func(yield func(T, error) bool) {
	if rows == nil {
		return nil
	}
	return pgstd_failingRowsOf2(func(yield func(T, error) bool) {
		rows(func(row T) bool { return yield(row, nil) })
	})
}

func pgstd_failingRowsOf2[T any](rows func(yield func(T, error) bool)) func(yield func(T, error) bool) {
	if rows == nil {
		return nil
	}
	return func(yield func(T, error) bool) {
		more := true
		if err := pgstd_run(func() {
			rows(func(row T, err error) bool {
				more = yield(row, err)
				return more
			})
		}); err != nil && more {
			var row T
			yield(row, err)
		}
	}
}

func pgstd_failingRowsPair[T any](rows []T, err error) (func(yield func(T, error) bool), error) {
	return pgstd_failingRows(rows), err
}

func pgstd_failingRowsOfPair[T any](rows func(yield func(T) bool), err error) (func(yield func(T, error) bool), error) {
	return pgstd_failingRowsOf(rows), err
}

func pgstd_failingRowsOf2Pair[T any](rows func(yield func(T, error) bool), err error) (func(yield func(T, error) bool), error) {
	return pgstd_failingRowsOf2(rows), err
}

func pgstd_run(f func()) (err error) {
	defer pgstd_caught(&err)
	f()
	return nil
}
`

// caughtSource makes an error of the panic of pgstd_fit, and leaves others alone.
const caughtSource = `
var pgstd_unfit error

func pgstd_caught(err *error) {
	if pgstd_unfit == nil {
		return
	}
	switch r := recover(); r {
	case nil:
	case pgstd_unfit:
		*err, pgstd_unfit = pgstd_unfit, nil
	default:
		panic(r)
	}
}

func pgstd_done(err error) {
	if err != nil {
		pgstd_unfit = err
		panic(pgstd_unfit)
	}
}
`

// fitSource converts numbers, and lists of them, where nothing is lost.
const fitSource = `
type pgstd_integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type pgstd_real interface {
	pgstd_integer | ~float32 | ~float64
}

func pgstd_number[T, F pgstd_real](v F, err error) (T, error) {
	r := T(v)
	if err == nil && v == v && (F(r) != v || (r < 0) != (v < 0)) {
		err = &pgstd_pg.Error{Code: "22003", Message: "the number that is returned is out of range of the function's type"}
	}
	return r, err
}

func pgstd_numeric[T ~string, F pgstd_integer](v F, err error) (T, error) {
	if v < 0 {
		return T(pgstd_strconv.FormatInt(int64(v), 10)), err
	}
	return T(pgstd_strconv.FormatUint(uint64(v), 10)), err
}

func pgstd_decimal[T ~string, F ~float32 | ~float64](v F, err error) (T, error) {
	bits := 64
	if third := F(1) / 3; float64(third) != float64(1)/3 {
		bits = 32
	}
	text := pgstd_strconv.FormatFloat(float64(v), 'f', -1, bits)
	if text[0] == '+' {
		text = text[1:]
	}
	return T(text), err
}

func pgstd_whole[T ~string, F interface{ Append([]byte, int) []byte }](v F, err error) (*T, error) {
	text := string(v.Append(nil, 10))
	if text == "<nil>" {
		return nil, err
	}
	r := T(text)
	return &r, err
}

func pgstd_interval[T ~struct {
	Microseconds int64
	Days, Months int32
}, F interface{ Microseconds() int64 }](v F, err error) (T, error) {
	return T(struct {
		Microseconds int64
		Days, Months int32
	}{Microseconds: v.Microseconds()}), err
}

func pgstd_pointer[T, F pgstd_real](v *F, err error) (*T, error) {
	if v == nil {
		return nil, err
	}
	r, err := pgstd_number[T](*v, err)
	return &r, err
}

func pgstd_each[T, F any](list []F, err error, conv func(F, error) (T, error)) ([]T, error) {
	if list == nil || err != nil {
		return nil, err
	}
	r := make([]T, len(list))
	for i, v := range list {
		if r[i], err = conv(v, nil); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func pgstd_list[T, F pgstd_real](list []F, err error) ([]T, error) {
	return pgstd_each(list, err, pgstd_number[T, F])
}

func pgstd_numericList[T ~string, F pgstd_integer](list []F, err error) ([]T, error) {
	return pgstd_each(list, err, pgstd_numeric[T, F])
}

func pgstd_decimalList[T ~string, F ~float32 | ~float64](list []F, err error) ([]T, error) {
	return pgstd_each(list, err, pgstd_decimal[T, F])
}

func pgstd_pointers[T, F pgstd_real](list []*F, err error) ([]*T, error) {
	return pgstd_each(list, err, pgstd_pointer[T, F])
}

func pgstd_valuePointers[T, F pgstd_real](list []F, err error) ([]*T, error) {
	return pgstd_each(list, err, func(v F, err error) (*T, error) { return pgstd_pointer[T](&v, err) })
}

func pgstd_lists[T, F pgstd_real](list [][]F, err error) ([][]T, error) {
	return pgstd_each(list, err, pgstd_list[T, F])
}

func pgstd_fit[T, F any](name string, conv func(F, error) (T, error), v F) T {
	r, err := conv(v, nil)
	if err != nil {
		e := &pgstd_pg.Error{Code: "22023", Message: "the value for " + name + ": " + err.Error()}
		if _, ok := err.(*pgstd_pg.Error); ok {
			e.Code, e.Message = "22003", "the number for "+name+" is out of range of its type"
		}
		pgstd_unfit = e
		panic(pgstd_unfit)
	}
	return r
}
`

// jsonSource makes JSON of what has a form in it.
const jsonSource = `
func pgstd_json[T ~[]byte, F any](v F, err error) (T, error) {
	if err != nil {
		return nil, err
	}
	b, err := pgstd_encoding.Marshal(v)
	return T(b), err
}
`

// fittingRowSource does the same for the rows of sets.
const fittingRowSource = `
func pgstd_fittingRows[T, F any](conv func(F, error) (T, error), rows []F) func(yield func(T, error) bool) {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(conv(row, nil)) {
				return
			}
		}
	}
}

func pgstd_fittingRowsOf[T, F any](conv func(F, error) (T, error), rows func(yield func(F) bool)) func(yield func(T, error) bool) {
	if rows == nil {
		return nil
	}
	return pgstd_failingRowsOf2(func(yield func(T, error) bool) {
		rows(func(row F) bool { return yield(conv(row, nil)) })
	})
}

func pgstd_fittingRowsOf2[T, F any](conv func(F, error) (T, error), rows func(yield func(F, error) bool)) func(yield func(T, error) bool) {
	if rows == nil {
		return nil
	}
	return pgstd_failingRowsOf2(func(yield func(T, error) bool) {
		rows(func(row F, err error) bool { return yield(conv(row, err)) })
	})
}

func pgstd_fittingRowsPair[T, F any](conv func(F, error) (T, error)) func([]F, error) (func(yield func(T, error) bool), error) {
	return func(rows []F, err error) (func(yield func(T, error) bool), error) { return pgstd_fittingRows(conv, rows), err }
}

func pgstd_fittingRowsOfPair[T, F any](conv func(F, error) (T, error)) func(func(yield func(F) bool), error) (func(yield func(T, error) bool), error) {
	return func(rows func(yield func(F) bool), err error) (func(yield func(T, error) bool), error) {
		return pgstd_fittingRowsOf(conv, rows), err
	}
}

func pgstd_fittingRowsOf2Pair[T, F any](conv func(F, error) (T, error)) func(func(yield func(F, error) bool), error) (func(yield func(T, error) bool), error) {
	return func(rows func(yield func(F, error) bool), err error) (func(yield func(T, error) bool), error) {
		return pgstd_fittingRowsOf2(conv, rows), err
	}
}
`
