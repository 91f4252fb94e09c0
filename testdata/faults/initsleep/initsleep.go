// Package initsleep does in its init function what its name says.
package initsleep

import "time"

//pg:function name=initsleep
func Call() int64 { return 1 }

func init() {
	time.Sleep(time.Hour)
}
