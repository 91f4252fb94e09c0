package body

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// generated is the source that is being put together, with what is needed to find
// the way back from it to the text.
type generated struct {
	b     strings.Builder
	name  string // in position comments
	lines bool   // position comments are written
	from  *text
	spans []span // by offset
}

// span is a run of bytes of the text that was taken over as it is.
type span struct{ at, from, size int }

func (g *generated) write(s string) { g.b.WriteString(s) }

func (g *generated) printf(format string, args ...any) { fmt.Fprintf(&g.b, format, args...) }

// take copies the text's bytes [from, to), with the edits that lie in it. If need be, a
// comment tells the compiler where they come from.
func (g *generated) take(from, to int, edits []edit) {
	if from >= to {
		return
	}
	if d := g.from.diagnostic(from, ""); g.lines {
		g.printf("/*line %s:%d:%d*/", g.name, d.Line, d.Column)
	}
	for _, e := range edits {
		if e.at >= from && e.at <= to {
			g.copy(from, e.at)
			g.write(e.insert)
			from = e.at
		}
	}
	g.copy(from, to)
}

// inComment makes a name fit for a comment about positions. Anybody may choose the name
// of a function: it must not be able to end the comment and become code, which nobody
// would have judged.
func inComment(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '*' || r == utf8.RuneError || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
}

func (g *generated) copy(from, to int) {
	if from < to {
		g.spans = append(g.spans, span{at: g.b.Len(), from: from, size: to - from})
		g.write(g.from.src[from:to])
	}
}

// origin returns the offset in the text for one in the generated source. What was
// added belongs to what stands before it.
func (g *generated) origin(at int) int {
	i := sort.Search(len(g.spans), func(i int) bool { return g.spans[i].at > at })
	if i == 0 {
		return 0
	}
	s := g.spans[i-1]
	if at < s.at+s.size {
		return s.from + at - s.at
	}
	// Behind the last word, not behind the white space that follows it.
	return s.from + len(strings.TrimRight(g.from.src[s.from:s.from+s.size], " \t\r\n"))
}

// edit inserts something into the text.
type edit struct {
	at     int
	insert string
}

// blanked returns the text with some ranges made white space.
func blanked(src string, ranges [][2]int) string {
	b := []byte(src)
	for _, r := range ranges {
		for i := r[0]; i < r[1]; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	return string(b)
}
