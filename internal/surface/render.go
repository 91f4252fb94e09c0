package surface

import (
	"fmt"
	"io"
	"strings"
)

// Print writes the table for a terminal: a line for each package.
func Print(w io.Writer) error {
	longest := 0
	for _, p := range table {
		longest = max(longest, len(p.Path))
	}
	var b strings.Builder
	for _, p := range table {
		line := fmt.Sprintf("%-*s  %-*s  %s", longest, p.Path, len(Restricted), p.Status, p.remark())
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// remark is the note, and since when there is such a package.
func (p *Package) remark() string {
	if p.Since == "" {
		return p.Note
	}
	remark := "from " + p.Since + " on"
	if p.Note != "" {
		remark += "; " + p.Note
	}
	return remark
}

// width is that of the columns of symbols.
const width = 88

// Print writes all that the table says of a package.
func (p *Package) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.Path, p.Status)
	if remark := p.remark(); remark != "" {
		fmt.Fprintf(&b, ": %s", remark)
	}
	b.WriteString("\n")
	for _, u := range p.Uses {
		fmt.Fprintf(&b, "\n  %s%s\n", u.describe(), u.remark())
		for _, line := range fill(u.Symbols, width-6) {
			fmt.Fprintf(&b, "      %s\n", line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// describe says in words what becomes of a call.
func (u *Use) describe() string {
	value, ok := u.Value()
	switch {
	case !ok:
		return u.Outcome + ", permission denied"
	case value == "error":
		return "an error"
	case value == "nothing":
		return "nothing happens"
	case value == "panic":
		return "a panic"
	case value == "fails":
		return "the test fails"
	case value == "capped":
		return "no more than the administrator's limit"
	case value == "pipe":
		return "a pipe"
	}
	return "always " + value
}

func (u *Use) remark() string {
	var remarks []string
	if u.Note != "" {
		remarks = append(remarks, u.Note)
	}
	if u.GOARCH != "" {
		remarks = append(remarks, "on "+u.GOARCH)
	}
	if u.Since != "" {
		remarks = append(remarks, "from "+u.Since+" on")
	}
	if len(remarks) == 0 {
		return ""
	}
	return " (" + strings.Join(remarks, ", ") + ")"
}

// fill breaks words into lines.
func fill(words []string, width int) []string {
	var lines []string
	line := ""
	for _, w := range words {
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}

// Markdown writes the table as the part of a document.
func Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| package | | |\n|---|---|---|\n")
	for _, p := range table {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Path, p.Status, strings.ReplaceAll(p.remark(), "|", `\|`))
	}
	b.WriteString("\n## What restricted packages do\n")
	for _, p := range table {
		if len(p.Uses) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n| what happens | where |\n|---|---|\n", p.Path)
		for _, u := range p.Uses {
			what := "`" + u.Outcome + "`"
			if _, ok := u.Value(); ok {
				what = u.describe()
			}
			fmt.Fprintf(&b, "| %s | `%s`%s |\n", what, strings.Join(u.Symbols, "`, `"), u.remark())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
