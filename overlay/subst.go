package overlay

import (
	"go/scanner"
	"go/token"
	"slices"
)

// tok is one token of Go source, without its position in the file system.
type tok struct {
	kind       token.Token
	text       string
	start, end int // byte range
}

func (t tok) same(u tok) bool { return t.kind == u.kind && t.text == u.text }

// tokens scans src; comments and the semicolons that newlines imply are left out, so that
// formatting does not matter.
func tokens(src []byte) []tok {
	fset := token.NewFileSet()
	tf := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(tf, src, func(token.Position, string) {}, 0)
	var list []tok
	for {
		pos, kind, lit := s.Scan()
		if kind == token.EOF {
			return list
		}
		if kind == token.SEMICOLON && lit != ";" {
			continue
		}
		if lit == "" || kind.IsOperator() {
			lit = kind.String()
		}
		start := tf.Offset(pos)
		list = append(list, tok{kind, lit, start, start + len(lit)})
	}
}

// find returns the byte ranges of src[from:to] whose tokens are those of expr, none of them
// overlapping, and whether one of them spreads over several lines.
func find(src []byte, from, to int, expr string) (found []edit, broken bool) {
	want := tokens([]byte(expr))
	have := tokens(src[from:to])
	for i := 0; len(want) > 0 && i+len(want) <= len(have); {
		got := have[i : i+len(want)]
		if !slices.EqualFunc(got, want, tok.same) {
			i++
			continue
		}
		e := edit{start: from + got[0].start, end: from + got[len(got)-1].end}
		if slices.Contains(src[e.start:e.end], '\n') {
			broken = true
		}
		found = append(found, e)
		i += len(want)
	}
	return found, broken
}
