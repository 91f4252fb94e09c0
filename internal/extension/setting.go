package extension

import (
	"fmt"
	"go/token"
	"strings"
)

// setting is one line of a control file: PostgreSQL's configuration syntax.
type setting struct {
	key, value string
	pos        token.Position
}

// parseSetting reads one line; an empty key means a line without a setting.
func parseSetting(line string) (setting, error) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return setting{}, nil
	}
	n := 0
	for n < len(line) && isKeyByte(line[n]) {
		n++
	}
	// PostgreSQL folds the case of a parameter's name in no control file.
	s := setting{key: line[:n]}
	rest := strings.TrimSpace(line[n:])
	rest, _ = strings.CutPrefix(rest, "=")
	rest = strings.TrimSpace(rest)
	if n == 0 {
		return s, fmt.Errorf("line is no setting; write: parameter = 'value'")
	}
	var err error
	if strings.HasPrefix(rest, "'") {
		s.value, rest, err = unquoteSetting(rest)
		if err != nil {
			return s, fmt.Errorf("%s: %w", s.key, err)
		}
	} else {
		end := strings.IndexAny(rest, " \t#")
		if end < 0 {
			end = len(rest)
		}
		s.value, rest = rest[:end], rest[end:]
		if s.value == "" {
			return s, fmt.Errorf("%s has no value; write: %s = 'value'", s.key, s.key)
		}
		if strings.Trim(s.value, "-+.:/_") == "" || strings.ContainsAny(s.value, `'"$(){}[],;\`) {
			return s, fmt.Errorf("%s: the value %s needs quotes; write: %s = 'value'", s.key, s.value, s.key)
		}
	}
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
		return s, fmt.Errorf("%s: unexpected %q after the value; only a # comment may follow", s.key, rest)
	}
	return s, nil
}

func isKeyByte(c byte) bool {
	return c == '_' || c == '.' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// unquoteSetting reads a quoted value: a doubled quote, or a backslash before
// one, is a quote; backslash sequences are those of C.
func unquoteSetting(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case s[i] == '\'':
			return b.String(), s[i+1:], nil
		case s[i] == '\\' && i+1 < len(s):
			i++
			if n := octalLen(s[i:]); n > 0 {
				var c byte
				for _, d := range []byte(s[i : i+n]) {
					c = c<<3 | (d - '0') // in Go, - does not bind tighter than |
				}
				if c == 0 {
					return "", "", fmt.Errorf("the value holds a NUL; take it out")
				}
				b.WriteByte(c)
				i += n - 1
				continue
			}
			if at := strings.IndexByte("bfnrt", s[i]); at >= 0 {
				b.WriteByte("\b\f\n\r\t"[at])
			} else {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", fmt.Errorf("the value's closing quote is missing; put it at the end of the same line")
}

// octalLen returns how many of at most three octal digits s starts with.
func octalLen(s string) int {
	n := 0
	for n < len(s) && n < 3 && '0' <= s[n] && s[n] <= '7' {
		n++
	}
	return n
}

// quoteSetting returns a value as a control file takes it: on one line.
func quoteSetting(s string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(s) + "'"
}
