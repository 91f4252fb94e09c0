package main

import "fmt"

// leaves tells, and says, that a package cannot be tested on this machine.
func (r *runner) leaves(pkg string, t *table) bool {
	e := t.find(pkg)
	if e == nil || !e.network || r.noNetwork == nil {
		return false
	}
	fmt.Printf("%s\t%s: not tested: %v\n", r.golang.Version, pkg, r.noNetwork)
	return true
}
