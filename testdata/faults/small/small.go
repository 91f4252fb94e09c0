// Package small is as small as an extension can be: tests copy it a thousand times.
package small

var calls int64

// Small counts its calls.
//
//pg:function
func Small() int64 { calls++; return calls }
