package faults

import (
	"strings"
	"testing"
)

const initText = `
## Init functions

An init function runs with the first call in a new world. If it goes wrong, that call gets the error, and so does the
next, which tries again.
`

// What goes wrong in init functions.
var initFaults = []fault{
	{name: "initpanic", code: external, message: "in init"},
	{name: "initnil", code: external, message: nilPointer},
	{name: "initexit", code: external, message: "function called os.Exit(7)", untraced: true},
	{name: "initgoroutine", code: external, message: "in a goroutine of init"},
	{name: "initmemory", code: memory, message: "out of memory…"},
}

func TestInit(t *testing.T) {
	server := start(t)
	for _, f := range initFaults {
		t.Run(f.name, func(t *testing.T) {
			s := server.connect(t)
			s.must("select tally()")
			for range 3 {
				err := s.run("select " + f.name + "()")
				if !f.matches(err) {
					t.Fatalf("got %s; want %s %s", describe(err), f.code, f.message)
				}
				if err.Where != "Go function "+f.name+"()" {
					t.Errorf("context %q", err.Where)
				}
				if !f.untraced && !strings.Contains(err.Detail, f.name+".go, line ") {
					t.Errorf("detail %q", err.Detail)
				}
			}
			s.want("select tally()", "2")
			s.checkProcess()
		})
	}
}
