// Package pgfmt formats messages and errors for package pg. It is a package of
// its own because it brings fmt into an object, which makes that larger and its
// start slower: what formats nothing should not pay for it.
package pgfmt

import (
	"errors"
	"fmt"

	"github.com/pgstd/pgstd/pg"
)

// Debugf is [pg.Debug] with a format.
func Debugf(format string, args ...any) { pg.Debug(fmt.Sprintf(format, args...)) }

// Logf is [pg.Log] with a format.
func Logf(format string, args ...any) { pg.Log(fmt.Sprintf(format, args...)) }

// Infof is [pg.Info] with a format.
func Infof(format string, args ...any) { pg.Info(fmt.Sprintf(format, args...)) }

// Noticef is [pg.Notice] with a format.
func Noticef(format string, args ...any) { pg.Notice(fmt.Sprintf(format, args...)) }

// Warningf is [pg.Warning] with a format.
func Warningf(format string, args ...any) { pg.Warning(fmt.Sprintf(format, args...)) }

// Errorf returns an error with the SQLSTATE code. It formats like
// [fmt.Errorf], %w included.
func Errorf(code, format string, args ...any) *pg.Error {
	err := fmt.Errorf(format, args...)
	e := &pg.Error{Code: code, Message: err.Error()}
	// The chain is kept only where there is one: errors.Unwrap knows the single
	// %w, the interface the several.
	if _, several := err.(interface{ Unwrap() []error }); several || errors.Unwrap(err) != nil {
		e.Err = err
	}
	return e
}
