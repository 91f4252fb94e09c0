package pg

import (
	"iter"
	"reflect"
)

// RowToFunc makes a value of a row; see [CollectRows].
type RowToFunc[T any] func(*Row) (T, error)

// CollectRows makes a slice of rows:
//
//	users, err := pg.CollectRows(pg.Query("SELECT * FROM users"), pg.RowToStructByName[User])
//
// It stops at the first error. Without a row it is an empty slice.
func CollectRows[T any](rows iter.Seq2[*Row, error], fn RowToFunc[T]) ([]T, error) {
	all := []T{}
	var failed error
	rows(func(row *Row, err error) bool {
		var v T
		if failed = err; failed == nil {
			v, failed = fn(row)
		}
		if failed == nil {
			all = append(all, v)
		}
		return failed == nil
	})
	if failed != nil {
		return nil, failed
	}
	return all, nil
}

// CollectOneRow makes a value of the first row, and reads no further one. Without a row,
// it fails with [ErrNoRows].
func CollectOneRow[T any](rows iter.Seq2[*Row, error], fn RowToFunc[T]) (v T, err error) {
	err = ErrNoRows
	rows(func(row *Row, failed error) bool {
		if err = failed; err == nil {
			v, err = fn(row)
		}
		return false
	})
	return v, err
}

// RowTo makes a T of a row with one column.
func RowTo[T any](row *Row) (v T, err error) {
	var dest any = &v
	if isPlainStruct(reflect.TypeFor[T]()) {
		dest = &dest // never a whole row: the one column is the struct
		var p *T
		if err = row.Scan(&p); err == nil && p != nil {
			v = *p
		}
		return v, err
	}
	return v, row.Scan(dest)
}

// RowToAddrOf is RowTo for a pointer, which is nil for NULL.
func RowToAddrOf[T any](row *Row) (v *T, err error) { return v, row.Scan(&v) }

// RowToMap makes a map of a row, by the names of its columns. Its values are what Scan
// has for an any.
func RowToMap(row *Row) (map[string]any, error) {
	values, err := row.Values()
	if err != nil {
		return nil, err
	}
	m := make(map[string]any, len(values))
	for i, column := range row.Columns() {
		m[column] = values[i]
	}
	return m, nil
}

// RowToStructByName makes a struct of a row: each column has a field, and each field a
// column. How they find each other, [Row.Scan] says.
func RowToStructByName[T any](row *Row) (T, error) { return rowToStruct[T](row, wholeRow) }

// RowToStructByNameLax is RowToStructByName where the struct may have further fields.
func RowToStructByNameLax[T any](row *Row) (T, error) { return rowToStruct[T](row, wholeRowLax) }

// RowToStructByPos makes a struct of a row, whose columns are its fields in their order.
func RowToStructByPos[T any](row *Row) (T, error) { return rowToStruct[T](row, byPosition) }

// RowToAddrOfStructByName is RowToStructByName for a pointer.
func RowToAddrOfStructByName[T any](row *Row) (*T, error) { return addrOf(RowToStructByName[T](row)) }

// RowToAddrOfStructByPos is RowToStructByPos for a pointer.
func RowToAddrOfStructByPos[T any](row *Row) (*T, error) { return addrOf(RowToStructByPos[T](row)) }

func addrOf[T any](v T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func rowToStruct[T any](row *Row, how match) (v T, err error) {
	into := reflect.ValueOf(&v).Elem()
	if into.Kind() != reflect.Struct {
		return v, errNoStruct(into.Type())
	}
	if row.err != nil {
		return v, row.err
	}
	plan, columns := &fieldPlan{}, row.Columns()
	if row.batch != nil {
		plan = &row.batch.plan
	}
	fields, err := plan.find(into.Type(), columns, how)
	if err != nil {
		return v, err
	}
	return v, row.Scan(destinationsIn(into, fields)...)
}
