package main

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// progress shows on a terminal how far the first build of the standard library
// has come, in one line that is gone afterwards. Elsewhere it shows nothing.
type progress struct {
	w     io.Writer
	width int // of the terminal; 0 for none
	shown bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.width = 80
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			p.width = width
		}
	}
	return p
}

// step says that pkg was built, as the done-th of total.
func (p *progress) step(pkg string, done, total int) {
	if p.width == 0 {
		return
	}
	line := fmt.Sprintf("building the standard library: %d of %d, %d left: %s", done, total, total-done, pkg)
	if len(line) > p.width-1 {
		line = line[:p.width-1]
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	p.shown = true
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
