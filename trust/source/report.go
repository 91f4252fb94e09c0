package source

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String is the finding as compilers print theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s (%s)", f.Pos, visible(f.Message), f.Rule)
}

func (p Position) String() string {
	switch file := visible(p.File); {
	case p.Line == 0:
		return file
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", file, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
	}
}

// visible writes as escapes what a terminal or a browser would not show as it is:
// file names and messages of the compiler have text of the author's in them.
func visible(s string) string {
	hidden := func(r rune) bool { return r == utf8.RuneError || confusing(r) || unicode.IsControl(r) }
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Relative makes file names relative to a folder where that is shorter, as the go
// command prints them.
func (r *Result) Relative(base string) {
	for _, list := range [][]Finding{r.Findings, r.Accepted} {
		for i := range list {
			list[i].Pos.File = relative(base, list[i].Pos.File)
		}
	}
}

func relative(base, name string) string {
	if !filepath.IsAbs(name) {
		return name
	}
	rel, err := filepath.Rel(base, name)
	if err != nil || len(rel) >= len(name) {
		return name
	}
	if rel != "." && !strings.HasPrefix(rel, "..") {
		rel = "." + string(filepath.Separator) + rel
	}
	return rel
}

// OK reports whether the source may become an object.
func (r *Result) OK() bool { return len(r.Findings) == 0 }

// Refused is the error of a build whose source is refused.
type Refused struct{ Result *Result }

func (e *Refused) Error() string {
	var b strings.Builder
	for _, f := range e.Result.Findings {
		fmt.Fprintln(&b, f)
	}
	fmt.Fprintf(&b, "the source is refused; see: pgbuild check --explain %s", e.Result.Findings[0].Rule)
	return b.String()
}

// WriteText writes one line for each finding.
func (r *Result) WriteText(w io.Writer) error {
	for _, f := range r.Findings {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes the result as one JSON object.
func (r *Result) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
