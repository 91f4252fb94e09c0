package clusters

import "regexp"

// rewrite takes what psql or the server says otherwise from a major on back to the wording of the
// oldest one that is tested, which the golden files have. It is about wording alone:
// what matters of a text stays in it.
type rewrite struct {
	from int // the first major that says it
	what *regexp.Regexp
	to   string
}

// rewrites are applied in this order.
var rewrites = []rewrite{}

// plain gives what a session on a server of this major has printed the wording of the golden
// files.
func plain(printed []byte, major int) []byte {
	for _, r := range rewrites {
		if major >= r.from {
			printed = r.what.ReplaceAll(printed, []byte(r.to))
		}
	}
	return printed
}
