// Package initgoroutine does in its init function what its name says.
package initgoroutine

import "time"

//pg:function name=initgoroutine
func Call() int64 { return 1 }

func init() {
	go panic("in a goroutine of init")
	time.Sleep(time.Hour)
}
