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

// symbols names the C trampolines. A symbol is what the SQL name makes of it; of functions
// that share one, those whose Go name is another add that, so that a function keeps its
// symbol whatever others come and go.
func (p *Package) symbols() {
	shared := map[string]int{}
	for _, f := range p.Functions {
		shared[f.SQLName]++
	}
	for i := range p.Functions {
		f := &p.Functions[i]
		f.Symbol = cSymbol(f.SQLName)
		if shared[f.SQLName] > 1 && snakeCase(f.GoName) != f.SQLName {
			f.Symbol += "Z" + cName(f.GoName)
		}
	}
}

// cSymbol names the C trampoline of an SQL function. SQL names have no upper case, so that
// two names never meet.
func cSymbol(sqlName string) string { return "pgstd_fn_" + cName(sqlName) }

// cName writes bytes that C does not take as X and two hexadecimal digits.
func cName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "X%02X", c)
		}
	}
	return b.String()
}
