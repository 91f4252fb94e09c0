package dbtest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
)

const originDatabase = "pgstd_origin"

// refused is what psql says of a statement.
var refused = regexp.MustCompile(`(?s)psql:<stdin>:([0-9]+): ERROR: +(.*)`)

// querier is a server that takes statements, and says of one that it refuses what psql does.
type querier interface {
	Query(ctx context.Context, sql string) (string, error)
}

// Origin finds out which part of an extension's script a server refuses: CREATE EXTENSION itself
// does not say. It returns an error that begins with the place in the author's source, or else
// the failure of CREATE EXTENSION.
func Origin(ctx context.Context, c querier, p *extension.Package, failure error) error {
	parts, err := p.Parts()
	if err != nil {
		return failure
	}
	var script strings.Builder
	fmt.Fprintf(&script, "\\connect %s\nset client_min_messages = error;\n", originDatabase)
	for _, r := range p.Control.Requires {
		fmt.Fprintf(&script, "create extension %s cascade;\n", quote(r))
	}
	var begins []int
	line := strings.Count(script.String(), "\n") + 1
	here := strings.NewReplacer("MODULE_PATHNAME", "$libdir/"+p.Name, "@extschema@", "public")
	for _, part := range parts {
		begins = append(begins, line)
		sql := here.Replace(part.SQL) + "\n"
		script.WriteString(sql)
		line += strings.Count(sql, "\n")
	}
	if _, err := c.Query(ctx, "create database "+originDatabase+" template template0"); err != nil {
		return failure
	}
	_, err = c.Query(ctx, script.String())
	if _, dropping := c.Query(ctx, "drop database "+originDatabase); err == nil || dropping != nil {
		return failure
	}
	m := refused.FindStringSubmatch(err.Error())
	if m == nil {
		return failure
	}
	at, _ := strconv.Atoi(m[1])
	for i := len(parts) - 1; i >= 0; i-- {
		if part := parts[i]; begins[i] <= at {
			return errors.New(position(part, at-begins[i]+1) + ": " + part.Kind + " " + part.Name + ": " + m[2])
		}
	}
	return failure
}

// position is where a line of a part's SQL comes from.
func position(part *extension.Part, line int) string {
	if part.Line == nil {
		return part.Pos.String()
	}
	return part.Line(line).String()
}
