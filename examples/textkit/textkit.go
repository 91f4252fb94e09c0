// Package textkit is a PostgreSQL extension: functions on text that lean on Go's
// standard library.
//
// It is an ordinary Go package, to be imported and tested like any other. The
// //pg:function directives say which of its functions SQL can call, and what
// PostgreSQL may assume of them.
package textkit
