package main

import "os"

type row struct {
	n      int
	field  string
	reason string
}

type stringer interface{ str() string }
type text string

func (s text) str() string { return string(s) }

func rows() []row {
	var out []row
	texts := []string{"w", ""}
	fields := [...]string{"worldRef", "stateRoot"}
	for i, t := range texts {
		if len(t) == 0 {
			v := stringer(text("empty"))
			out = append(out, row{field: fields[i], reason: v.str()})
			break
		}
	}
	return out
}

func main() {
	got := rows()
	if len(got) != 1 || len(got[0].field) != 9 || got[0].field != "stateRoot" {
		os.Exit(9)
	}
}
