// Package body turns the text of an SQL function into a Go package.
//
// The text is the body of one Go function, as it stands between the $$ of CREATE
// FUNCTION: import lines and package-level declarations may come first. It is
// wrapped, not pasted: what it means is found out by parsing it, imports that it
// does not spell out are added, and every message about it carries a position in
// the text as its author sees it. The package says nothing of what a text may
// contain, and compiles nothing.
//
// It is for package compile, and for handlers that show people what a text becomes.
package body

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Param is an argument of the function.
type Param struct {
	Name string // in SQL; empty for an argument without a name
	Type string // in Go, with packages by their usual names: "*time.Time"
	Elem string // what Type points to, if the argument may be NULL; else empty
	// InOut says that the result of this name begins as the argument, and is of its type.
	InOut bool
	// NilSlice says that the text has what Type points to, a slice, which is nil for NULL.
	NilSlice bool
	// Text is the type in SQL, or that of elements, if Go has its text and SQL has another order.
	Text string
}

// Result is a value that the function gives back.
type Result struct {
	Name string // in SQL; empty for the one result of RETURNS
	Type string // in Go; for a set, of a row
}

// Signature is what SQL declares of a function, in Go's terms.
type Signature struct {
	Name    string // for messages and tracebacks, as in SQL
	File    string // that has the text, for debuggers; empty: positions have the name
	Params  []Param
	Results []Result // none for void; more than one for OUT parameters
	Set     bool     // rows of the one result are returned: an iterator, or a slice
	// Imports are what the types above need: name → import path.
	Imports map[string]string
	// Declarations are what the types above need besides: name → Go declaration.
	Declarations map[string]string
	// Texts is what Param.Text is, of the fields of structs: Struct.Field → SQL type.
	Texts map[string]string
	// Bare says that the text has declarations alone, and no statements.
	Bare bool
	// PG is the import path of package pg, for errors of conversions; empty: there are none.
	PG string
}

// Position is what stands before the line in positions, as the compiler prints it: a file for a
// debugger, or the function's name, which is no path that would be made shorter.
func (s *Signature) Position() string {
	if s.File != "" {
		return inComment(filepath.Clean(s.File))
	}
	if s.Name == "." || s.Name == ".." {
		return "_"
	}
	return inComment(strings.ReplaceAll(s.Name, "/", "_"))
}

// Importer knows the packages that a text may import.
type Importer interface {
	types.Importer
	// Named returns the import paths of packages with a name, best first.
	Named(name string) []string
	// Refuse says why a package cannot be imported; nil if it can.
	Refuse(path string) error
}

// Diagnostic is a message about a text.
type Diagnostic struct {
	Offset  int // in bytes from the start of the text
	Line    int // from 1
	Column  int // from 1, in bytes
	Message string
	Hint    string // what to write instead, if that is known
	Typed   bool   // the types are right, and what the text would do with them is not
}

// Diagnostics are the errors of one text, by position.
type Diagnostics []Diagnostic

func (d Diagnostics) Error() string {
	lines := make([]string, len(d))
	for i, m := range d {
		lines[i] = fmt.Sprintf("%d:%d: %s", m.Line, m.Column, m.Message)
	}
	return strings.Join(lines, "\n")
}

// text is a function's text with an index of its lines.
type text struct {
	src      string
	original string // before anything was blanked
	lines    []int  // offsets of the lines' starts
}

func newText(src string) *text {
	t := &text{src: src, original: src, lines: []int{0}}
	for i := range src {
		if src[i] == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// At makes a diagnostic for a line and a column of a text, counted from 1.
func At(src string, line, column int, message string) Diagnostic {
	t := newText(src)
	if line < 1 || line > len(t.lines) {
		return t.diagnostic(len(t.src), message)
	}
	return t.diagnostic(t.lines[line-1]+max(column-1, 0), message)
}

func (t *text) diagnostic(offset int, message string) Diagnostic {
	offset = min(max(offset, 0), len(t.src))
	line := sort.SearchInts(t.lines, offset+1)
	return Diagnostic{Offset: offset, Line: line, Column: offset - t.lines[line-1] + 1, Message: message}
}

// collect sorts diagnostics and drops what one mistake has led to besides its own
// message: what is said twice of one line, and variables that only a mistake leaves
// without a use.
func collect(all []Diagnostic) Diagnostics {
	isUnused := func(d Diagnostic) bool { return strings.HasPrefix(d.Message, "declared and not used") }
	if slices.ContainsFunc(all, func(d Diagnostic) bool { return !isUnused(d) }) {
		all = slices.DeleteFunc(all, isUnused)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Offset < all[j].Offset })
	var kept Diagnostics
	for _, d := range all {
		if n := len(kept); n > 0 && kept[n-1].Line == d.Line && kept[n-1].Message == d.Message {
			continue
		}
		kept = append(kept, d)
	}
	return kept
}

// scanErrors makes diagnostics of what the scanner or the parser says.
func (t *text) scanErrors(list scanner.ErrorList, offset func(token.Position) int) []Diagnostic {
	var all []Diagnostic
	for _, e := range list {
		all = append(all, t.diagnostic(offset(e.Pos), e.Msg))
	}
	return all
}

// isDeclared reports whether a file declares a name at package level.
func isDeclared(file *ast.File, name string) bool {
	return file.Scope != nil && file.Scope.Lookup(name) != nil
}
