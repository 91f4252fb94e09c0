package extension

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzSetting checks that a value of any control file, once read, is written so
// that it reads the same.
func FuzzSetting(f *testing.F) {
	f.Add("comment = 'it''s \\101'")
	f.Add("trusted = true # x")
	f.Fuzz(func(t *testing.T, line string) {
		s, err := parseSetting(line)
		if err != nil || s.key == "" {
			return
		}
		again, err := parseSetting(s.key + " = " + quoteSetting(s.value))
		if err != nil || again.value != s.value {
			t.Fatalf("%q: %q comes back as %q (%v)", line, s.value, again.value, err)
		}
	})
}

// FuzzDirective checks that a directive is either taken, with values that are
// safe in SQL, or reported.
func FuzzDirective(f *testing.F) {
	f.Add(" immutable cost=1.5 name=a_b")
	f.Add("s \tparallel=safe=x strict")
	f.Fuzz(func(t *testing.T, words string) {
		if strings.ContainsAny(words, "\n") {
			return
		}
		c := &collector{fset: token.NewFileSet()}
		file := c.fset.AddFile("a.go", -1, len(words)+len(directiveName)+1)
		d, ok := c.parseDirective(&ast.Comment{Slash: file.Pos(0), Text: directiveName + words})
		if !ok && len(c.errs) == 0 {
			t.Fatal("refused in silence")
		}
		if strings.Trim(d.words.value("cost"), "0123456789.") != "" || len(d.words.value("name")) > maxIdentifier || strings.ContainsAny(d.words.value("name"), "\"' ;\x00") {
			t.Fatalf("took %+v", d)
		}
		if d.words.value("name") != "" && !utf8.ValidString(d.words.value("name")) {
			t.Fatalf("took the name %q", d.words.value("name"))
		}
	})
}
