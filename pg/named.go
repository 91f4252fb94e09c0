package pg

import (
	"errors"
	"strconv"
	"strings"
)

// NamedArgs are parameters by name, as the only argument of a statement:
//
//	pg.Exec("UPDATE t SET name = @name WHERE id = @id", pg.NamedArgs{"id": id, "name": name})
//
// A name is a letter or an underscore, and letters, digits and underscores. What stands
// in quotes, in comments or behind another @ is left as it is. A name that the arguments
// lack is an error.
type NamedArgs map[string]any

// positional returns the statement with $1, $2 … in the place of names, and their values.
func (n NamedArgs) positional(query string) (string, []any, error) {
	var b strings.Builder
	var args []any
	numbers := map[string]int{}
	for i := 0; i < len(query); {
		if size := opaque(query, i); size > 0 {
			b.WriteString(query[i : i+size])
			i += size
			continue
		}
		name := nameAt(query, i)
		if name == "" {
			b.WriteByte(query[i])
			i++
			continue
		}
		number, known := numbers[name]
		if !known {
			v, ok := n[name]
			if !ok {
				return "", nil, errors.New("pg: there is no argument for @" + name)
			}
			args = append(args, v)
			number = len(args)
			numbers[name] = number
		}
		b.WriteString("$" + strconv.Itoa(number))
		i += 1 + len(name)
		// A digit behind it would be one of the number.
		if i < len(query) && isNameByte(query[i]) {
			b.WriteByte(' ')
		}
	}
	return b.String(), args, nil
}

func isNameStart(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isNameByte(c byte) bool { return isNameStart(c) || '0' <= c && c <= '9' }

// nameAt returns the name behind an @ that is no part of an operator.
func nameAt(query string, i int) string {
	const operator = "+-*/<>=~!@#%^&|`?"
	if query[i] != '@' || i+1 == len(query) || !isNameStart(query[i+1]) ||
		i > 0 && strings.IndexByte(operator, query[i-1]) >= 0 && query[i-1] != '=' {
		return ""
	}
	end := i + 1
	for end < len(query) && isNameByte(query[end]) {
		end++
	}
	return query[i+1 : end]
}

// opaque returns how long what begins at i is, if it is quoted or a comment.
func opaque(query string, i int) int {
	rest := query[i:]
	until := func(n int) int {
		if n < 0 {
			return len(rest)
		}
		return n
	}
	switch {
	case rest[0] == '\'':
		escapes := i > 0 && query[i-1]|0x20 == 'e' && (i == 1 || !isNameByte(query[i-2]) && query[i-2] < 0x80)
		return quoted(rest, '\'', escapes)
	case rest[0] == '"':
		return quoted(rest, '"', false)
	case strings.HasPrefix(rest, "--"):
		return until(strings.IndexByte(rest, '\n'))
	case strings.HasPrefix(rest, "/*"):
		return comment(rest)
	case rest[0] == '$' && (i == 0 || !isNameByte(query[i-1]) && query[i-1] < 0x80):
		end := 1
		for end < len(rest) && (isNameByte(rest[end]) || rest[end] >= 0x80) {
			end++
		}
		if end == len(rest) || rest[end] != '$' || '0' <= rest[1] && rest[1] <= '9' {
			return 0
		}
		tag := rest[:end+1]
		if n := strings.Index(rest[len(tag):], tag); n >= 0 {
			return n + 2*len(tag)
		}
		return len(rest)
	}
	return 0
}

func quoted(s string, quote byte, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		case s[i] == '\\' && escapes:
			i++
		}
	}
	return len(s)
}

// comment returns the length of a comment; they nest.
func comment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			if i++; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
