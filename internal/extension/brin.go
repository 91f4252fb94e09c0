package extension

import (
	"go/token"
	"slices"
	"strings"
)

const (
	brinName  = "//pg:brin"
	aboveBRIN = "right above an exported type with the method Union"
)

// brin is for classes that keep what covers the values of some pages. PostgreSQL does the rest, with
// the operators themselves.
var brin = &indexMethod{"brin", brinName, []methodKind{
	{"Union", "kk", aKey, false, "Union(a, b T) T, the least value that has both in it", 11, "$K, $K", "$K", ""},
	{"Contains", "kk", truth, true, "Contains(a, b T) bool", 13, "$K, $K", "boolean", ""},
	{"Empty", "k", truth, true, "Empty(value T) bool", 14, "$K", "boolean", ""},
}}

// brinSupport are PostgreSQL's own functions of such a class.
var brinSupport = []string{
	"FUNCTION 1 pg_catalog.brin_inclusion_opcinfo(internal)",
	"FUNCTION 2 pg_catalog.brin_inclusion_add_value(internal, internal, internal, internal)",
	"FUNCTION 3 pg_catalog.brin_inclusion_consistent(internal, internal, internal)",
	"FUNCTION 4 pg_catalog.brin_inclusion_union(internal, internal, internal)",
}

// brinStrategies are the numbers by which PostgreSQL knows what operators mean, and by which other
// one it finds out whether a page can have such values.
var brinStrategies = map[string]struct {
	number int
	by     string
}{
	"<<": {1, "&>"}, "&<": {2, ">>"}, "&&": {3, ""}, "&>": {4, "<<"}, ">>": {5, "&<"}, "~=": {6, "@>"},
	"@>": {7, ""}, "<@": {8, "&&"}, "-|-": {17, "&&"}, "=": {18, "@>"},
}

// checkBRIN checks the operators of a class.
func (c *collector) checkBRIN(o *OperatorClass, at token.Pos) {
	for _, symbol := range o.Operators {
		s, known := brinStrategies[symbol]
		switch {
		case !known:
			c.addf(at, "a class for BRIN has no use for the operator %s; there are &&, @>, <@, <<, >>, &<, &>, -|-, = and ~=", symbol)
		case s.by != "" && !slices.Contains(o.Operators, s.by):
			c.addf(at, "for %s, PostgreSQL asks %s of what covers some pages; add it to operators=", symbol, s.by)
		}
	}
}

// strategy is the number of an operator in its class.
func (o *OperatorClass) strategy(i int) int {
	if o.Method == brin {
		return brinStrategies[o.Operators[i]].number
	}
	return i + 1
}

// ownSupport is what PostgreSQL has for all classes that cover values.
func (o *OperatorClass) ownSupport() string {
	if o.Method != brin {
		return ""
	}
	return ",\n\t" + strings.Join(brinSupport, ",\n\t")
}
