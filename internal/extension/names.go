package extension

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxIdentifier is PostgreSQL's NAMEDATALEN less the terminator.
const maxIdentifier = 63

// snakeCase turns a Go name into its SQL form: HTTPServer → http_server,
// userIDs → user_ids, IPv4Mask → ipv4_mask, Base64URL → base64_url.
func snakeCase(name string) string {
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		if i > 0 && unicode.IsUpper(c) && r[i-1] != '_' {
			afterWord := !unicode.IsUpper(r[i-1])
			startsWord := i+1 < len(r) && unicode.IsLower(r[i+1]) && !acronymTail(r, i)
			if afterWord || startsWord {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// acronymTail reports whether the lower case letter after r[i] still belongs to
// the acronym that r[i] ends: the s of IDs, the v of IPv6.
func acronymTail(r []rune, i int) bool {
	end := i+2 == len(r)
	switch r[i+1] {
	case 's':
		return end || !unicode.IsLower(r[i+2])
	case 'v':
		return !end && unicode.IsDigit(r[i+2])
	}
	return false
}

// checkIdentifier reports what keeps name from being an SQL identifier that
// can be written without quotes (keywords apart).
func checkIdentifier(name string) error {
	for i, c := range name {
		switch {
		case unicode.IsUpper(c):
			return fmt.Errorf("SQL name %q has upper case letters, which SQL folds to lower case; write %q", name, strings.ToLower(name))
		case c == '_' || unicode.IsLetter(c):
		case i > 0 && (unicode.IsDigit(c) || unicode.IsMark(c)):
		default:
			return fmt.Errorf("SQL name %q is not an identifier; allowed are lower case letters, digits and _, not starting with a digit", name)
		}
	}
	if name == "" {
		return fmt.Errorf("SQL name is empty; allowed are lower case letters, digits and _, not starting with a digit")
	}
	if len(name) > maxIdentifier {
		return fmt.Errorf("SQL name %q has %d bytes; allowed are %d", name, len(name), maxIdentifier)
	}
	return nil
}

// cSymbol names the C trampoline of an SQL function. Bytes that C does not take
// are written as X and two hexadecimal digits; SQL names have no upper case, so
// that two names never meet.
func cSymbol(sqlName string) string {
	var b strings.Builder
	b.WriteString("pgstd_fn_")
	for i := range len(sqlName) {
		if c := sqlName[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "X%02X", c)
		}
	}
	return b.String()
}
