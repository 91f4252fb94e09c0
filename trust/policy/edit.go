package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// With returns the text of the policy with an entry put in, in the place of the one
// for the same module if there is one. All else, comments included, stays as it is.
func (p *Policy) With(e Entry, rules []string) ([]byte, error) {
	text := p.text
	if len(bytes.TrimSpace(text)) == 0 {
		text = fmt.Appendf(nil, "# What extensions of this module may take in, and why. See docs/trust.md of pgstd.\nversion = %d\n", Version)
	}
	entry, err := toml.Marshal(struct {
		Modules []Entry `toml:"module"`
	}{[]Entry{e}})
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(text), "\n")
	from, to := len(lines), len(lines)
	if i := p.find(e.Path); i >= 0 {
		from = p.Line(i) - 1
		to = entryEnd(lines, from)
	}
	before := strings.TrimRight(strings.Join(lines[:from], ""), "\n")
	after := strings.TrimLeft(strings.Join(lines[to:], ""), "\n")
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n%s\n", before, strings.TrimSpace(string(entry)))
	if after != "" {
		b.WriteString("\n" + after)
	}
	// What has been written must say what was meant, whatever stood there before.
	again, err := Parse(p.File, b.Bytes(), rules)
	if err != nil {
		return nil, fmt.Errorf("cannot put an entry into %s: %w; add it by hand:\n%s", p.File, err, entry)
	}
	if len(again.Modules) != len(p.Modules)+btoi(p.find(e.Path) < 0) || again.find(e.Path) < 0 {
		return nil, fmt.Errorf("cannot put an entry into %s, which is written in an unusual way; add it by hand:\n%s", p.File, entry)
	}
	return b.Bytes(), nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// entryLines returns the lines of the [[module]] headers.
func entryLines(text []byte) (lines []int) {
	for i, line := range bytes.Split(text, []byte("\n")) {
		if isHeader(string(line), "module") {
			lines = append(lines, i+1)
		}
	}
	return lines
}

// isHeader reports whether a line begins an entry of an array of tables.
func isHeader(line, name string) bool {
	line, _, _ = strings.Cut(line, "#")
	line = strings.TrimSpace(line)
	inner, ok := strings.CutPrefix(line, "[[")
	inner, ok2 := strings.CutSuffix(inner, "]]")
	return ok && ok2 && strings.TrimSpace(inner) == name
}

// entryEnd returns where the entry that begins at lines[from] ends: before the next
// table that is not part of it, and before the comments that stand above that.
func entryEnd(lines []string, from int) int {
	end := len(lines)
	for i := from + 1; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if strings.HasPrefix(line, "[") && !strings.HasPrefix(strings.ReplaceAll(line, " ", ""), "[[module.") && !isValue(lines, from, i) {
			end = i
			break
		}
	}
	if end == len(lines) {
		return end
	}
	for end > from+1 && strings.HasPrefix(strings.TrimSpace(lines[end-1]), "#") {
		end--
	}
	return end
}

// isValue reports whether line i stands inside an array that an earlier line has
// opened.
func isValue(lines []string, from, i int) bool {
	depth := 0
	for _, line := range lines[from+1 : i] {
		trimmed := strings.TrimSpace(line)
		if depth == 0 && strings.HasPrefix(trimmed, "[") {
			continue
		}
		depth += strings.Count(line, "[") - strings.Count(line, "]")
	}
	return depth > 0
}

// Rules lists what an entry accepts.
func (e *Entry) Rules() []string {
	var names []string
	for _, a := range e.Accept {
		names = append(names, a.Rule)
	}
	slices.Sort(names)
	return names
}
