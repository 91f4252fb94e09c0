package codec

// What generated code knows of the composite types of the author's package.
var composite func(v any) (columns []string, values []any)

// SetComposite says what the columns of a row are, and its values; none of what is no row.
func SetComposite(f func(v any) (columns []string, values []any)) bool {
	composite = f
	return true
}

// Composite returns the columns and values of a struct that is a composite type, or of a
// pointer to one that is not nil.
func Composite(v any) (columns []string, values []any) {
	if composite == nil {
		return nil, nil
	}
	return composite(v)
}
