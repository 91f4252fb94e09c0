package source

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// lineRule is rule "line-directive".
var lineRule = Rule{
	Name:  "line-directive",
	Short: "//line or /*line*/ that names a file of Go, or a place elsewhere",
	Doc: `A line directive makes the compiler say that code stands elsewhere: in errors, in
tracebacks, in profiles. A reviewer would look in the wrong file. What generators write is
allowed: //line FILE:LINE with the plain name of the file that the code was generated from
(expr.y, lexer.rl), or of the file in which the directive stands. No other name that ends in .go or .s,
no folders, no block comments, no other forms, and none in a function of plgo. Positions in
findings never heed them.`,
	checkPackage: func(p *pass) {
		for f := range p.parsed {
			for c := range f.comments {
				if lineDirective(c.Text) && (p.Function || !generatorsLine(c.Text, base(f.Name))) {
					p.report(c.Slash, "a line directive moves what follows to another place: %s", clip(c.Text))
				}
			}
		}
	},
}

// lineDirective reports whether the compiler would take a comment for one.
func lineDirective(text string) bool {
	return strings.HasPrefix(text, "//line ") || strings.HasPrefix(text, "/*line ")
}

// plainLine is the form that goyacc, ragel and others write. The compiler would take far more for a name.
var plainLine = regexp.MustCompile(`^//line ([A-Za-z0-9_][A-Za-z0-9_.-]*):[1-9][0-9]{0,6}(:[1-9][0-9]{0,6})?\r?$`)

// generatorsLine reports whether a line directive in the file says no more than what the file was made of. A plain
// name is none of the library's, whose files are named with their folders; and the compiler takes what is called
// _cgo_… for the work of cgo, which may give it further directives.
func generatorsLine(text, file string) bool {
	m := plainLine.FindStringSubmatch(text)
	if m == nil || m[1] == file {
		return m != nil
	}
	switch strings.ToLower(path.Ext(m[1])) {
	case ".go", ".s":
		return false
	}
	return !strings.HasPrefix(m[1], "_cgo_")
}

// lineNames are the names that line directives in the package's files of Go give them.
func (p *Package) lineNames() []string {
	var names []string
	for _, f := range p.Files {
		if f.Syntax == nil || !f.Built || f.Generated {
			continue
		}
		for c := range f.comments {
			if m := plainLine.FindStringSubmatch(c.Text); m != nil && !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
	}
	slices.Sort(names)
	return names
}
