package pgtypes

import (
	"fmt"
	"strings"
)

// Markdown is the table as the documentation has it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Go | SQL | |\n|---|---|---|\n")
	for _, t := range table {
		sql := "`" + t.SQL + "`"
		if !t.plain {
			sql += ", if named"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", t.Go, sql, t.note)
	}
	return b.String()
}
