package clusters

import "regexp"

// rewrite takes what psql or the server says otherwise from a major on back to the wording of the
// oldest one that is tested, which the golden files have. It is about wording alone:
// what matters of a text stays in it. What differs between releases of Go is from every major on.
type rewrite struct {
	from int // the first major that says it
	what *regexp.Regexp
	to   string
}

// rewrites are applied in this order.
var rewrites = []rewrite{
	// Lines of Go's own library.
	{0, regexp.MustCompile(`(?m)^(\t[a-z/]+/[a-z_]+\.go:)\d+$`), "${1}N"},
	// Before go1.27 the method's name is said twice.
	{0, regexp.MustCompile(`(error calling MarshalJSON for type \S+: )Time\.MarshalJSON: `), "$1"},
	{16, regexp.MustCompile(`ERROR:  permission denied to examine ("[^"]*")\nDETAIL:  Only roles with privileges of the "pg_read_all_settings" role may examine this parameter\.`),
		"ERROR:  must be superuser or have privileges of pg_read_all_settings to examine $1"},
	{16, regexp.MustCompile(`ERROR:  syntax error in hstore: unexpected end of string`), "ERROR:  Unexpected end of string"},
	// Limits have a unit.
	{17, regexp.MustCompile(`(is outside the valid range for parameter "[^"]*" \(-?\d+) (kB|ms|s) (\.\. -?\d+) (kB|ms|s)\)`), "$1 $3)"},
	// \dx has a column more.
	{18, regexp.MustCompile(`(?m)^ {9}( *List of installed extensions)\n( Name +\| Version +)\| Default version (\|.*)\n(-+\+-+)\+-+(\+-+\+-+)\n( \w+ +\| [\d.]+ +)\| [\d.]+ +(\|.*)$`),
		"$1\n$2$3\n$4$5\n$6$7"},
	// Errors of a script tell its statement, and that of an unknown type of a function where it is named.
	{18, regexp.MustCompile(`CONTEXT:  SQL statement "[^"]*"\nextension script file "[^"\n]*", near line \d+\n`), ""},
	{18, regexp.MustCompile(`(type \S+ does not exist\n)LINE \d+: CREATE FUNCTION .*\n *\^\n`), "$1"},
	{19, regexp.MustCompile(`DETAIL:  There is no function of that name\.`),
		"HINT:  No function matches the given name and argument types. You might need to add explicit type casts."},
	{19, regexp.MustCompile(`DETAIL:  No (function|operator|procedure) of that name accepts the given (argument types?)\.\nHINT:  (You might need to add )`),
		"HINT:  No $1 matches the given name and $2. $3"},
	{19, regexp.MustCompile(`cannot be executed from a function or procedure`), "cannot be executed from a function"},
	// The context tells which lock was waited for.
	{19, regexp.MustCompile(`CONTEXT:  waiting for \w+Lock on .*\n`), "CONTEXT:  "},
	// The error tells where in the statement the expression is.
	{19, regexp.MustCompile(`(ERROR:  functions in index expression must be marked IMMUTABLE\n)LINE \d+: .*\n *\^\n`), "$1"},
}

// Plain gives what a session on a server of this major has printed the wording of the golden
// files.
func Plain(printed []byte, major int) []byte {
	for _, r := range rewrites {
		if major >= r.from {
			printed = r.what.ReplaceAll(printed, []byte(r.to))
		}
	}
	return printed
}
