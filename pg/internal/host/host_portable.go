//go:build !postgres

package host

import (
	"os"
	"unsafe"
)

// Table and Count are what was registered last.
var (
	Table unsafe.Pointer
	Count int
)

// Failure is what Fail was called with last.
var Failure *ErrorData

// Register keeps the table of n functions.
func Register(table unsafe.Pointer, n int) { Table, Count = table, n }

// Fail keeps the error for whoever made the call.
func Fail(e *ErrorData) { Failure = e }

// Report writes a message to standard error in psql's manner.
func Report(level int32, e *ErrorData) {
	names := [...]string{"DEBUG", "LOG", "INFO", "NOTICE", "WARNING"}
	os.Stderr.WriteString(names[level] + ":  " + e.Message + "\n")
}

// RunSQL fails: a plain process has no database.
func RunSQL(s *SQL, _ any) { s.Error = noSQL }

// RunSubxact fails, as RunSQL does.
func RunSubxact(s *Subxact) { s.Error = noSQL }

// RunRows fails, as RunSQL does.
func RunRows(r *Rows, _ any) { r.Error = noSQL }

// RunTransaction fails, as RunSQL does.
func RunTransaction(t *Transaction) { t.Error = noSQL }

// RunShow fails, as RunSQL does.
func RunShow(s *Show) { s.Error = noSQL }
