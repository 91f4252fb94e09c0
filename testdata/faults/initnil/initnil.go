// Package initnil does in its init function what its name says.
package initnil

var n int64

//pg:function name=initnil
func Call() int64 { return 1 }

func init() {
	var p *int64
	n = *p
}
