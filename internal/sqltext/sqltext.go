// Package sqltext is the one writer of SQL: everything of an author's that comes into a
// script or a statement goes through it.
//
// Names and texts are quoted, so that nothing in them can end the quote. Types and
// expressions, which have to stand as they are, are read token by token and written anew:
// what is not wholly understood is refused.
//
// A script of CREATE EXTENSION has its own traps, which all of it heeds: the server
// replaces MODULE_PATHNAME and @extschema@ and its like anywhere, in literals too, and drops
// lines that begin with \echo.
package sqltext

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Identifier returns an identifier, quoted if it has to be.
func Identifier(name string) string {
	plain := name != "" && !keywords[name]
	for i := range len(name) {
		c := name[i]
		if !(c == '_' || 'a' <= c && c <= 'z' || i > 0 && '0' <= c && c <= '9') {
			plain = false
		}
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Literal returns a string literal. A backslash in it means the same with and without
// standard_conforming_strings.
func Literal(s string) string {
	q := strings.ReplaceAll(s, `'`, `''`)
	e := strings.NewReplacer(`\`, `\\`, `@ext`, `\x40ext`, `MODULE_PATHNAME`, `\x4dODULE_PATHNAME`).Replace(q)
	if e == q {
		return `'` + q + `'`
	}
	return `E'` + e + `'`
}

// CheckText says why a text cannot be a value in SQL.
func CheckText(s string) error {
	switch {
	case strings.ContainsRune(s, 0):
		return errors.New("it has a NUL character in it")
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	}
	return nil
}

// checkName says why a name in a type or an expression cannot stand in a script.
func checkName(name string) error {
	if err := CheckText(name); err != nil {
		return err
	}
	for _, word := range []string{"MODULE_PATHNAME", "@ext"} {
		if strings.Contains(name, word) {
			return fmt.Errorf("CREATE EXTENSION replaces %s wherever it stands; a name cannot have it", word)
		}
	}
	if name == "" || len(name) > 63 {
		return fmt.Errorf("a name has from 1 to 63 bytes, and %q has %d", name, len(name))
	}
	return nil
}

// Script is SQL in the making. Its first error stays.
type Script struct {
	b   strings.Builder
	err error
}

// Raw writes SQL that is the program's own. The arguments are of the program's, too, or made
// by a function of this package.
func (s *Script) Raw(format string, args ...any) { fmt.Fprintf(&s.b, format, args...) }

// Own writes SQL that is the author's own, as [Own] has returned it.
func (s *Script) Own(text string) {
	s.b.WriteByte('\n')
	s.b.WriteString(text)
}

// Text makes a literal.
func (s *Script) Text(text string) string {
	s.check(CheckText(text))
	return Literal(text)
}

// Name makes an identifier.
func (s *Script) Name(name string) string {
	s.check(checkName(name))
	return Identifier(name)
}

// Type makes the name of a type.
func (s *Script) Type(name string) string {
	t, err := Type(name)
	s.check(err)
	return t
}

// Expression makes an expression.
func (s *Script) Expression(text string) string {
	e, err := Expression(text)
	s.check(err)
	return e
}

func (s *Script) check(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Bytes returns the script.
func (s *Script) Bytes() ([]byte, error) { return []byte(s.b.String()), s.err }
