// Package initexit does in its init function what its name says.
package initexit

import "os"

//pg:function name=initexit
func Call() int64 { return 1 }

func init() {
	os.Exit(7)
}
