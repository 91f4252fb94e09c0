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
		if t.foreign || t.view {
			continue
		}
		sql := "`" + t.SQL + "`"
		if !t.plain {
			sql += ", if named"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", t.Go, sql, t.note)
	}
	var pgtype []string
	for _, t := range table {
		if t.foreign {
			pgtype = append(pgtype, "`"+strings.TrimPrefix(t.Go, "pgtype.")+"`")
		}
	}
	fmt.Fprintf(&b, "| `pgtype.T` | its own | of `%s`, for the T %s; NULL is a value that is not `Valid` |\n", pgtypePath, strings.Join(pgtype, ", "))
	return b.String()
}
