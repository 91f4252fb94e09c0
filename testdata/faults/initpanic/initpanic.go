// Package initpanic does in its init function what its name says.
package initpanic

//pg:function name=initpanic
func Call() int64 { return 1 }

func init() {
	panic("in init")
}
