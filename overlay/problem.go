package overlay

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// problem is one mistake in the replacements, or between them and the GOROOT at hand.
type problem struct {
	pos  string // file:line, or what else leads to the place
	kind string // stale, ambiguous, shadow, or empty
	text string
}

// problems is the error that reports all mistakes of one run at once: whoever ports to a new
// Go release has many of them, and sees which belong together.
type problems struct{ list []problem }

func (ps *problems) add(pos, kind, format string, args ...any) {
	ps.list = append(ps.list, problem{pos, kind, fmt.Sprintf(format, args...)})
}

func (ps *problems) err() error {
	if len(ps.list) == 0 {
		return nil
	}
	return ps
}

func (ps *problems) Error() string {
	list := slices.Clone(ps.list)
	slices.SortStableFunc(list, func(a, b problem) int {
		aFile, aLine := splitPos(a.pos)
		bFile, bLine := splitPos(b.pos)
		return cmp.Or(cmp.Compare(aFile, bFile), cmp.Compare(aLine, bLine))
	})
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = p.pos + ": "
		if p.kind != "" {
			lines[i] += p.kind + ": "
		}
		lines[i] += p.text
	}
	return strings.Join(slices.Compact(lines), "\n")
}

// splitPos takes file:line apart; the line is 0 if there is none.
func splitPos(pos string) (file string, line int) {
	if i := strings.LastIndexByte(pos, ':'); i >= 0 {
		if n, err := strconv.Atoi(pos[i+1:]); err == nil {
			return pos[:i], n
		}
	}
	return pos, 0
}
