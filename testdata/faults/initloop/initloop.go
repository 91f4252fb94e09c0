// Package initloop does in its init function what its name says.
package initloop

//pg:function name=initloop
func Call() int64 { return 1 }

func init() {
	for {
	}
}
