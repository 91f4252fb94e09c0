package sqltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Expression reads an expression, and returns it as it is to be written: no less and no more
// than one value, whose parentheses are its own.
func Expression(text string) (string, error) {
	list, err := tokens(text)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", errors.New("there is no expression")
	}
	var open []byte
	for _, t := range list {
		if t.kind != mark {
			continue
		}
		switch c := t.text[0]; c {
		case '(', '[':
			open = append(open, c)
		case ')', ']':
			if len(open) == 0 || open[len(open)-1] != map[byte]byte{')': '(', ']': '['}[c] {
				return "", fmt.Errorf("%c closes nothing that the expression has opened", c)
			}
			open = open[:len(open)-1]
		case ',':
			if len(open) == 0 {
				return "", errors.New("a comma would begin another argument; an expression is one value")
			}
		}
	}
	if len(open) > 0 {
		return "", fmt.Errorf("%c is not closed", open[len(open)-1])
	}
	return join(list), nil
}

// join writes tokens with blanks where they could else become others.
func join(list []token) string {
	var b strings.Builder
	for i, t := range list {
		if i > 0 && !sticks(list[i-1], t) {
			b.WriteByte(' ')
		}
		if t.kind == quoted {
			b.WriteString(Identifier(t.text))
		} else {
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// sticks reports whether two tokens are written together: marks with what they mark.
func sticks(a, b token) bool {
	name := func(t token) bool { return t.kind == word || t.kind == quoted }
	switch {
	case a == (token{mark, "."}):
		return name(b)
	case a == (token{mark, "("}) || a == (token{mark, "["}):
		return true
	case b == (token{mark, "."}):
		return name(a) || a.kind == mark
	case b == (token{mark, "("}):
		return name(a)
	case b.kind == mark:
		return true
	}
	return a == (token{operator, "::"}) || b == (token{operator, "::"})
}

// typeWords are the names of types that are several words, or keywords.
var typeWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(`bigint,bit,bit varying,boolean,char,char varying,character,character varying,
dec,decimal,double precision,float,int,integer,interval,interval year,interval month,interval day,interval hour,
interval minute,interval second,interval year to month,interval day to hour,interval day to minute,
interval day to second,interval hour to minute,interval hour to second,interval minute to second,json,
national char,national char varying,national character,national character varying,nchar,nchar varying,numeric,
real,smallint,time,time with time zone,time without time zone,timestamp,timestamp with time zone,
timestamp without time zone,varchar`, ",") {
		m[strings.TrimSpace(w)] = true
	}
	return m
}()

// Type reads the name of a type: of one word or several that belong together, with a schema
// or without, with numbers in parentheses, of an array or not. It returns the name as it is
// to be written.
func Type(text string) (string, error) {
	list, err := tokens(text)
	if err != nil {
		return "", err
	}
	bad := fmt.Errorf("%q is no name of an SQL type", text)
	if len(list) == 0 {
		return "", bad
	}
	array := ""
	if n := len(list); n > 2 && list[n-2] == (token{mark, "["}) && list[n-1] == (token{mark, "]"}) {
		array, list = "[]", list[:n-2]
	}
	if list[0].kind != word && list[0].kind != quoted {
		return "", bad
	}
	// A name of one part, or of parts with points between.
	name, rest := []token{list[0]}, list[1:]
	for len(rest) > 1 && rest[0] == (token{mark, "."}) && (rest[1].kind == word || rest[1].kind == quoted) {
		name, rest = append(name, rest[1]), rest[2:]
	}
	words, numbers, at := []string{}, "", 0
	for len(rest) > 0 {
		if rest[0].kind == word && len(name) == 1 {
			words, rest = append(words, strings.ToLower(rest[0].text)), rest[1:]
			continue
		}
		n, ok := modifier(rest)
		if !ok || numbers != "" {
			return "", bad
		}
		numbers, at, rest = join(rest[:n]), len(words), rest[n:]
	}
	if len(name) == 1 && list[0].kind == word {
		words = slices.Insert(words, 0, strings.ToLower(list[0].text))
		if typeWords[strings.Join(words, " ")] {
			words[at] += numbers
			return strings.Join(words, " ") + array, nil
		}
		words = words[1:]
	}
	if len(words) > 0 {
		return "", bad
	}
	parts := make([]string, len(name))
	for i, t := range name {
		if parts[i] = Identifier(t.text); t.kind == word {
			parts[i] = Identifier(strings.ToLower(t.text))
		}
	}
	return strings.Join(parts, ".") + numbers + array, nil
}

// modifier returns how many tokens a list of numbers in parentheses has.
func modifier(list []token) (n int, ok bool) {
	if list[0] != (token{mark, "("}) {
		return 0, false
	}
	for n = 1; n+1 < len(list); n += 2 {
		if list[n].kind != constant || strings.Trim(list[n].text, "0123456789") != "" {
			return 0, false
		}
		switch list[n+1] {
		case token{mark, ")"}:
			return n + 2, true
		case token{mark, ","}:
		default:
			return 0, false
		}
	}
	return 0, false
}
