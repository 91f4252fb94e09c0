// Package initmemory does in its init function what its name says.
package initmemory

//pg:function name=initmemory
func Call() int64 { return 1 }

func init() {
	var all [][]byte
	for {
		all = append(all, make([]byte, 1<<20))
	}
}
