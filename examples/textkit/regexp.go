package textkit

import (
	"encoding/json"
	"regexp"

	"github.com/pgstd/pgstd/pg"
)

// compiled keeps patterns for the session: a query uses one for each of its rows.
var compiled = map[string]*regexp.Regexp{}

// compiledLimit bounds it; a query that makes up its patterns starts it afresh.
const compiledLimit = 100

// RegexpGroups matches text against a pattern in Go's syntax, which runs in time
// linear in the text whatever the pattern, and returns the named groups of the
// first match as a JSON object; NULL without a match.
//
//pg:function immutable parallel=safe cost=50
func RegexpGroups(pattern, text string) (*string, error) {
	re := compiled[pattern]
	if re == nil {
		var err error
		if re, err = regexp.Compile(pattern); err != nil {
			return nil, &pg.Error{Code: "2201B", Message: err.Error(), Hint: "Name a group with (?P<name>...)."}
		}
		if len(compiled) >= compiledLimit {
			clear(compiled)
		}
		compiled[pattern] = re
	}
	match := re.FindStringSubmatchIndex(text)
	if match == nil {
		return nil, nil
	}
	groups := map[string]*string{}
	for i, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		groups[name] = nil // a group that took no part in the match
		if match[2*i] >= 0 {
			groups[name] = new(text[match[2*i]:match[2*i+1]])
		}
	}
	object, err := json.Marshal(groups)
	return new(string(object)), err
}
