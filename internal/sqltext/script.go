package sqltext

import (
	"errors"
	"fmt"
	"strings"
)

// Statement is one statement of a script that an author has written.
type Statement struct {
	Line    int      // of its first word, from 1
	Creates string   // the name of the object that it makes, without a schema; empty if it makes none
	Text    string   // without the semicolon
	Tokens  []string // as they stand there, but for words, which are in lower case
	Names   []string // all names and keywords in it, as PostgreSQL folds them, without schemas' points
}

// LineError is what is wrong with a script, and on which of its lines.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Statements takes a script apart, as far as it takes to know what each statement makes and
// what it names: the bodies of functions ($$...$$) included, texts and comments not. It judges
// nothing but what CREATE EXTENSION would not run as it stands. Lines that begin with \echo,
// which the server drops, are as comments.
func Statements(script string) ([]Statement, error) {
	if err := CheckText(script); err != nil {
		return nil, err
	}
	r := reader{text: script, line: 1}
	var list []Statement
	var current []token
	var raw []string
	var from, to int
	var start, atomic int // atomic is how deep the reader is in BEGIN ATOMIC … END
	for {
		if err := r.blanks(); err != nil {
			return nil, &LineError{r.line, err}
		}
		at := r.at
		t, line, err := r.next()
		if err != nil {
			return nil, &LineError{line, err}
		}
		if t.kind == end || atomic == 0 && t == (token{mark, ";"}) {
			if len(current) > 0 {
				s := statement(current, start)
				s.Text, s.Tokens = script[from:to], raw
				list = append(list, s)
			}
			if t.kind == end {
				return list, r.checkEchoes()
			}
			current, raw, atomic = nil, nil, 0
			continue
		}
		if len(current) == 0 {
			start, from = line, at
		}
		to = r.at
		if t.kind == word {
			raw = append(raw, t.text)
		} else {
			raw = append(raw, script[at:to])
		}
		// Statements in such a body are separated by semicolons, too.
		switch {
		case t == token{word, "atomic"} && len(current) > 0 && current[len(current)-1] == (token{word, "begin"}):
			atomic++
		case atomic > 0 && t == token{word, "case"}:
			atomic++
		case atomic > 0 && t == token{word, "end"}:
			atomic--
		}
		current = append(current, t)
	}
}

// statement says what a statement makes and names.
func statement(list []token, line int) Statement {
	s := Statement{Line: line, Creates: created(list)}
	for _, t := range list {
		switch t.kind {
		case word, quoted:
			s.Names = append(s.Names, t.text)
		case body:
			// A body need not be SQL: what cannot be read names nothing.
			r := reader{text: t.text}
			for {
				inner, _, err := r.next()
				if err != nil || inner.kind == end {
					break
				}
				if inner.kind == word || inner.kind == quoted {
					s.Names = append(s.Names, inner.text)
				}
			}
		}
	}
	return s
}

// creatable are the kinds of objects that have names which others can use.
var creatable = map[string]bool{
	"table": true, "view": true, "sequence": true, "type": true, "domain": true, "function": true,
	"procedure": true, "aggregate": true, "collation": true, "schema": true,
}

// created returns the name of what a CREATE statement makes, or "".
func created(list []token) string {
	if len(list) < 3 || list[0] != (token{word, "create"}) {
		return ""
	}
	i := 1
	for i < len(list) && list[i].kind == word && !creatable[list[i].text] {
		i++ // OR REPLACE, UNLOGGED, MATERIALIZED, FOREIGN …
	}
	if i >= len(list) || i > 4 || list[i].kind != word {
		return ""
	}
	i++
	for i < len(list) && list[i].kind == word && (list[i].text == "if" || list[i].text == "not" || list[i].text == "exists") {
		i++
	}
	name := ""
	for i < len(list) && (list[i].kind == word || list[i].kind == quoted) {
		name = list[i].text
		if i++; i >= len(list) || list[i] != (token{mark, "."}) {
			break
		}
		i++
	}
	return name
}

const (
	end  kind = 100 + iota // of the text
	body                   // what stands between dollar quotes
)

// reader reads a script token by token. Words are in lower case.
type reader struct {
	text   string
	at     int
	line   int
	echoes int // lines with \echo that were passed over
}

// echo is what lines begin with that the server drops before it reads the rest, even in the
// middle of a text.
const echo = `\echo`

// checkEchoes finds such lines where they are no comment.
func (r *reader) checkEchoes() error {
	for i, line := range strings.Split(r.text, "\n") {
		if !strings.HasPrefix(line, echo) {
			continue
		}
		if r.echoes--; r.echoes < 0 {
			return &LineError{i + 1, errors.New(`CREATE EXTENSION drops lines that begin with \echo, in texts too; leave it out`)}
		}
	}
	return nil
}

// skip goes on by n bytes.
func (r *reader) skip(n int) string {
	s := r.text[r.at : r.at+n]
	r.at += n
	r.line += strings.Count(s, "\n")
	return s
}

// next reads a token and says on which line it begins.
func (r *reader) next() (t token, line int, err error) {
	if err := r.blanks(); err != nil {
		return token{}, r.line, err
	}
	line = r.line
	rest := r.text[r.at:]
	if rest == "" {
		return token{kind: end}, line, nil
	}
	c := rest[0]
	switch {
	case c == '\\':
		return token{}, line, errors.New("a backslash begins a command of psql, which CREATE EXTENSION does not have; leave it out")
	case c == '\'':
		return r.quoted('\'', false)
	case c == '"':
		return r.quoted('"', false)
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n]) || rest[n] == '$') {
			n++
		}
		w := strings.ToLower(rest[:n])
		if n < len(rest) && rest[n] == '\'' && (w == "e" || w == "b" || w == "x" || w == "n") {
			r.skip(n)
			return r.quoted('\'', w == "e")
		}
		r.skip(n)
		return token{word, w}, line, nil
	case c == '$':
		tag := dollarTag(rest)
		if tag == "" {
			r.skip(1)
			return token{operator, "$"}, line, nil
		}
		n := strings.Index(rest[len(tag):], tag)
		if n < 0 {
			return token{}, line, fmt.Errorf("the quote %s is not closed", tag)
		}
		r.skip(n + 2*len(tag))
		return token{body, rest[len(tag) : len(tag)+n]}, line, nil
	case isDigit(c):
		r.skip(number(rest))
		return token{constant, ""}, line, nil
	case strings.IndexByte("()[],.;", c) >= 0:
		return token{mark, r.skip(1)}, line, nil
	}
	return token{operator, r.skip(1)}, line, nil
}

// quoted reads a text or a name in quotes.
func (r *reader) quoted(quote byte, escapes bool) (token, int, error) {
	line := r.line
	rest := r.text[r.at:]
	for i := 1; i < len(rest); i++ {
		switch {
		case escapes && rest[i] == '\\':
			i++
		case rest[i] != quote:
		case i+1 < len(rest) && rest[i+1] == quote:
			i++
		default:
			r.skip(i + 1)
			if quote == '\'' {
				return token{constant, ""}, line, nil
			}
			return token{quoted, strings.ReplaceAll(rest[1:i], `""`, `"`)}, line, nil
		}
	}
	return token{}, line, errQuote
}

// blanks passes over blanks and comments; those of C's form nest.
func (r *reader) blanks() error {
	for r.at < len(r.text) {
		rest := r.text[r.at:]
		switch {
		case strings.IndexByte(" \t\n\r\f\v", rest[0]) >= 0:
			r.skip(1)
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, echo) && (r.at == 0 || r.text[r.at-1] == '\n'):
			if rest[0] == '\\' {
				r.echoes++
			}
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			r.skip(n)
		case strings.HasPrefix(rest, "/*"):
			depth, n := 1, 2
			for ; depth > 0 && n < len(rest); n++ {
				if strings.HasPrefix(rest[n:], "/*") {
					depth, n = depth+1, n+1
				} else if strings.HasPrefix(rest[n:], "*/") {
					depth, n = depth-1, n+1
				}
			}
			if depth > 0 {
				return errors.New("a comment is not closed")
			}
			r.skip(n)
		default:
			return nil
		}
	}
	return nil
}

// dollarTag returns the dollar quote that a text begins with, or "".
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '$':
			return s[:i+1]
		case isLetter(s[i]) || i > 1 && isDigit(s[i]):
		default:
			return ""
		}
	}
	return ""
}

// Own checks a script that an author has written and returns it as it is to be written: its
// last statement ended.
func Own(script string) (text string, list []Statement, err error) {
	if list, err = Statements(script); err != nil {
		return "", nil, err
	}
	if len(list) == 0 {
		return "", nil, errors.New("there is no statement in it")
	}
	text = strings.TrimRight(strings.ReplaceAll(script, "\r\n", "\n"), " \t\r\n")
	if !endsStatement(text) {
		text += "\n;"
	}
	return text + "\n", list, nil
}

// endsStatement reports whether the last token of a script is a semicolon.
func endsStatement(script string) bool {
	r := reader{text: script}
	last := token{}
	for {
		t, _, err := r.next()
		if err != nil || t.kind == end {
			return last == token{mark, ";"}
		}
		last = t
	}
}
