// Package spawn has a goroutine that counts.
package spawn

import "sync/atomic"

var (
	n    atomic.Int64
	more = make(chan chan int64)
)

func init() {
	go func() {
		for c := range more {
			c <- n.Add(1)
		}
	}()
}

// Count counts.
func Count() int64 {
	c := make(chan int64)
	more <- c
	return <-c
}
