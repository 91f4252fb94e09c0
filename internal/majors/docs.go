package majors

import (
	"fmt"
	"strings"
)

// Markdown is the table as the README has it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| PostgreSQL | tests run with it | packages that the tests take |\n|---|---|---|\n")
	for _, m := range All {
		tested, packages := "not tested", ""
		if m.Tested() {
			tested, packages = "tested", "Debian "+m.Suite
		}
		fmt.Fprintf(&b, "| %d | %s | %s |\n", m.Number, tested, packages)
	}
	return b.String()
}
