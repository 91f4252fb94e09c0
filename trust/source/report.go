package source

import (
	"bufio"
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
type Refused struct {
	Result *Result
	All    bool // list findings one by one
}

func (e *Refused) Error() string {
	var b strings.Builder
	writeFindings(&b, e.Result.Findings, e.All)
	fmt.Fprintf(&b, "the source is refused; see: pgbuild check --explain %s", e.Result.Findings[0].Rule)
	return b.String()
}

// kind is what findings of a module have in common that is not the author's: nobody goes
// through them one by one.
type kind struct{ module, version, rule string }

// writeFindings writes one line for each finding, or for all of one kind.
func writeFindings(w io.Writer, findings []Finding, all bool) {
	count := map[kind]int{}
	for _, f := range findings {
		if f.Version != "" && !all {
			count[kind{f.Module, f.Version, f.Rule}]++
		}
	}
	for _, f := range findings {
		k := kind{f.Module, f.Version, f.Rule}
		switch n := count[k]; {
		case n == 0:
			fmt.Fprintln(w, f)
		case n > 1:
			fmt.Fprintf(w, "%s, and %d more of the kind in %s %s (--all lists them)\n", f, n-1, visible(f.Module), visible(f.Version))
			count[k] = -1
		case n == 1:
			fmt.Fprintln(w, f)
		}
	}
}

// WriteText writes one line for each finding, or, unless all are wanted, for those of one
// kind in one module.
func (r *Result) WriteText(w io.Writer, all bool) error {
	b := bufio.NewWriter(w)
	writeFindings(b, r.Findings, all)
	if len(r.LeftOut) > 0 && all {
		for _, f := range r.LeftOut {
			fmt.Fprintf(b, "%s, in a file that no build takes in\n", f)
		}
	}
	return b.Flush()
}

// WriteJSON writes the result as one JSON object.
func (r *Result) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
