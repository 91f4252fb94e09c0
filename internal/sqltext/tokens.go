package sqltext

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText is more than any type or default needs.
const maxText = 4096

type kind uint8

const (
	word     kind = iota // an identifier without quotes, or a keyword
	quoted               // an identifier that was quoted; text is the name itself
	constant             // a number, or a literal as it is to be written
	operator
	mark // one of ( ) [ ] , .
)

type token struct {
	kind kind
	text string
}

// errComment and the like say what stands there, and what to write instead.
var (
	errComment   = errors.New("a comment would hide what follows; leave it out")
	errDollar    = errors.New("$ quotes texts, or stands for a parameter; write a text as '...'")
	errBackslash = errors.New(`a backslash stands in texts of the form E'...' only`)
	errSemicolon = errors.New("a semicolon would end the statement; leave it out")
	//lint:ignore ST1005 it begins with what stands in the text
	errUnicode = errors.New("U& depends on what follows it; write the characters themselves, or E'\\uXXXX'")
	errQuote   = errors.New("a quote is not closed")
)

const operatorBytes = "+-*/<>=~!@#%^&|`?"

// tokens takes a text apart as PostgreSQL does. Whatever could be read in two ways, by any
// release, any setting or by psql, is an error.
func tokens(s string) ([]token, error) {
	if len(s) > maxText {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(s), maxText)
	}
	if err := CheckText(s); err != nil {
		return nil, err
	}
	var list []token
	for i := 0; i < len(s); {
		c := s[i]
		n := 1
		switch {
		case c == ' ' || c == '\t':
			i++
			continue
		case c < ' ' || c == 0x7f:
			return nil, fmt.Errorf("a control character (%#x) stands in it", c)
		case strings.IndexByte("()[],.", c) >= 0 && !(c == '.' && i+1 < len(s) && isDigit(s[i+1]) && !afterName(list)):
			list = append(list, token{mark, s[i : i+1]})
		case c == '$':
			return nil, errDollar
		case c == '\\':
			return nil, errBackslash
		case c == ';':
			return nil, errSemicolon
		case c == ':':
			if !strings.HasPrefix(s[i:], "::") || strings.HasPrefix(s[i+2:], ":") || strings.HasPrefix(s[i+2:], "=") {
				return nil, errors.New("a colon stands in casts (x::type) only")
			}
			n = 2
			list = append(list, token{operator, "::"})
		case c == '"':
			text, size, err := unquote(s[i:], '"')
			if err == nil {
				err = checkName(text)
			}
			if err != nil {
				return nil, err
			}
			n = size
			list = append(list, token{quoted, text})
		case c == '\'':
			text, size, err := unquote(s[i:], '\'')
			if err != nil {
				return nil, err
			}
			n = size
			list = append(list, token{constant, Literal(text)})
		case isDigit(c) || c == '.':
			n = number(s[i:])
			if i+n < len(s) && (isLetter(s[i+n]) || isDigit(s[i+n]) || s[i+n] == '.') {
				return nil, fmt.Errorf("%q is no number", s[i:i+n+1])
			}
			list = append(list, token{constant, s[i : i+n]})
		case isLetter(c):
			for i+n < len(s) && (isLetter(s[i+n]) || isDigit(s[i+n])) {
				n++
			}
			t, size, err := wordOrText(s[i:], n)
			if err != nil {
				return nil, err
			}
			n = size
			list = append(list, t)
		case strings.IndexByte(operatorBytes, c) >= 0:
			for i+n < len(s) && strings.IndexByte(operatorBytes, s[i+n]) >= 0 {
				n++
			}
			op := s[i : i+n]
			if strings.Contains(op, "--") || strings.Contains(op, "/*") || strings.Contains(op, "*/") {
				return nil, errComment
			}
			list = append(list, token{operator, op})
		default:
			return nil, fmt.Errorf("%q is no part of SQL", c)
		}
		i += n
	}
	return list, nil
}

// wordOrText reads what begins with a word of n bytes: a quote that follows it at once
// belongs to it.
func wordOrText(s string, n int) (token, int, error) {
	w, rest := s[:n], s[n:]
	if strings.HasPrefix(rest, "$") {
		return token{}, 0, errDollar
	}
	if len(rest) > 1 && strings.EqualFold(w, "u") && rest[0] == '&' && (rest[1] == '\'' || rest[1] == '"') {
		return token{}, 0, errUnicode
	}
	if !strings.HasPrefix(rest, "'") {
		return token{word, w}, n, checkName(w)
	}
	switch strings.ToLower(w) {
	case "e":
		text, size, err := unescape(rest)
		return token{constant, Literal(text)}, n + size, err
	case "b", "x":
		text, size, err := unquote(rest, '\'')
		digits := "01"
		if strings.EqualFold(w, "x") {
			digits = "0123456789abcdefABCDEF"
		}
		if err == nil && strings.Trim(text, digits) != "" {
			err = fmt.Errorf("%s'%s' has other than the digits of its base", w, text)
		}
		return token{constant, strings.ToUpper(w) + "'" + text + "'"}, n + size, err
	case "n":
		//lint:ignore ST1005 it begins with what stands in the text
		return token{}, 0, errors.New("N'...' is not supported; write '...'")
	}
	return token{word, w}, n, checkName(w)
}

// unquote reads what stands in quotes, in which a doubled quote is one.
func unquote(s string, quote byte) (text string, size int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != quote:
			if s[i] < ' ' && s[i] != '\t' {
				return "", 0, fmt.Errorf("a control character (%#x) stands in quotes; write E'...' with an escape", s[i])
			}
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == quote:
			b.WriteByte(quote)
			i++
		default:
			return b.String(), i + 1, nil
		}
	}
	return "", 0, errQuote
}

// unescape reads a text of the form E'...', of which s is what follows the E.
func unescape(s string) (text string, size int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); {
		switch {
		case s[i] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i += 2
		case s[i] == '\'':
			return b.String(), i + 1, CheckText(b.String())
		case s[i] != '\\':
			b.WriteByte(s[i])
			i++
		default:
			r, n, err := escape(s[i+1:])
			if err != nil {
				return "", 0, err
			}
			b.WriteString(r)
			i += 1 + n
		}
	}
	return "", 0, errQuote
}

// escape reads what follows a backslash.
func escape(s string) (text string, size int, err error) {
	if s == "" {
		return "", 0, errQuote
	}
	if at := strings.IndexByte(`bfnrt\'`, s[0]); at >= 0 {
		return "\b\f\n\r\t\\'"[at : at+1], 1, nil
	}
	if digits := map[byte]int{'u': 4, 'U': 8}[s[0]]; digits > 0 && len(s) > digits {
		n, err := strconv.ParseUint(s[1:1+digits], 16, 32)
		if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
			return "", 0, fmt.Errorf(`\%s is no character`, s[:1+digits])
		}
		return string(rune(n)), 1 + digits, nil
	}
	return "", 0, fmt.Errorf(`\%c is an escape that is not supported; there are \b \f \n \r \t \\ \' \uXXXX \UXXXXXXXX`, s[0])
}

// number returns the length of a number.
func number(s string) int {
	n := 0
	digits := func() {
		for n < len(s) && isDigit(s[n]) {
			n++
		}
	}
	digits()
	if n < len(s) && s[n] == '.' {
		n++
		digits()
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		at := n
		n++
		if n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		from := n
		if digits(); n == from {
			n = at
		}
	}
	return n
}

// afterName reports whether a point continues a name.
func afterName(list []token) bool {
	return len(list) > 0 && (list[len(list)-1].kind == word || list[len(list)-1].kind == quoted)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isLetter reports whether a byte begins an identifier; those of other characters than
// ASCII's do.
func isLetter(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf
}
