// Package pg is what a Go function running inside PostgreSQL uses to talk to
// the server: errors with an SQLSTATE and messages to the client. It is meant
// for the authors of extensions.
//
// A function becomes an SQL function by a directive above it:
//
//	// Slugify turns a title into a URL part.
//	//
//	//pg:function immutable parallel=safe
//	func Slugify(title string) string { … }
//
// # Types
//
//	bool       boolean            float32    real
//	int16      smallint           float64    double precision
//	int32      integer            string     text
//	int64      bigint             []byte     bytea
//	[Numeric]  numeric            [UUID]     uuid
//	time.Time  timestamptz        [Interval] interval
//
// and more: json, inet, slices as arrays ([View] without a copy), structs as composite types, strings as
// whatever SQL type a directive names. The documentation has the whole table.
//
// # NULL
//
// Each type T may also stand as *T, whose nil is NULL. A function without a
// pointer argument is STRICT: PostgreSQL does not call it when an argument is
// NULL. In a function with pointer arguments, NULL for an argument that is no
// pointer is an ERROR (22004), and the function does not run.
//
// A nil []byte result is an empty bytea; a nil *[]byte result is NULL. A bytea
// argument is never a nil []byte. A pointer argument belongs to the function,
// which may keep it or write to it.
//
// # Errors
//
// A function may return an error, alone or last. It becomes an ERROR with
// SQLSTATE 38000 and the error's text; an [*Error] anywhere in its chain adds
// SQLSTATE, detail, hint and the rest.
//
// # SQL
//
// [Exec], [QueryRow] and [Query] run statements, [Subtransaction] what may fail,
// [Commit] and [Rollback] end the transaction in a procedure (//pg:procedure).
//
// # Sets and triggers
//
// A function that returns an iter.Seq[T] or an iter.Seq2[T, error] returns a set.
// One that takes a [*Trigger] or an [*EventTrigger] is called as such.
//
// # Window functions
//
// A function that takes a [*Window] first, and an [Arg] or several, is a window function.
//
// # Settings
//
// A variable of type [*Setting] is a parameter of the server's configuration.
//
// # Messages
//
// [Notice] and its siblings take a finished string. Formatting lives in the
// package pg/pgfmt, so that an object which formats nothing does not carry fmt.
//
// Outside PostgreSQL (go test), messages go to standard error.
package pg
