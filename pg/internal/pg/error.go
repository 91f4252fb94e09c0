// Package pg has of the author's package pg what the generated code needs even where an author
// does not import that: so a function without SQL does without the code for it. Its name is the
// author's, which messages show.
package pg

// Error is an error with what PostgreSQL's ERROR can carry besides its text.
// Return it as it is or wrapped: the text that the client sees is that of the
// whole chain, everything else comes from the first *Error in it.
type Error struct {
	// Code is the SQLSTATE: five digits or upper case letters, and not of
	// class 00, 01 or 02, which mean success. Empty is 38000
	// (external_routine_exception). Any other value makes the ERROR 39001
	// (invalid_sqlstate_returned), with a line in its detail that says so.
	Code    string
	Message string
	Detail  string
	Hint    string
	// Context says where it happened, one line per step, innermost first.
	Context string

	// The object that the error is about, for programs that read errors.
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string

	// Err is the cause, for errors.Is and errors.As. Its text is shown only
	// if Message is empty.
	Err error
}

// Error returns the message alone, so that wrapping reads well.
func (e *Error) Error() string {
	switch {
	case e == nil:
		return "nil *pg.Error returned as an error"
	case e.Message == "" && e.Err != nil:
		return e.Err.Error()
	}
	return e.Message
}

// SQLState returns the SQLSTATE, as errors of drivers do.
func (e *Error) SQLState() string {
	if e == nil {
		return ""
	}
	return e.Code
}

// NoRows are errors of other packages that mean what pg.ErrNoRows does.
var NoRows []error

// ErrNoRows is pg.ErrNoRows.
var ErrNoRows error = noRows{}

type noRows struct{}

func (noRows) Error() string { return "pg: the statement returned no row" }

// Is reports whether target means the same.
func (noRows) Is(target error) bool {
	for _, e := range NoRows {
		if e == target {
			return true
		}
	}
	return false
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}
