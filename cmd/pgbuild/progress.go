package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress shows how far the first build for a target has come, in which all that is imported of Go's
// library is compiled: on a terminal in one line that is gone afterwards, elsewhere in a line every few
// seconds. With PGSTD_PROGRESS=off in the environment it shows nothing.
type progress struct {
	w     io.Writer
	width int           // of the terminal; 0 for none
	every time.Duration // between lines, where there is none; 0 for no lines
	last  time.Time
	shown bool
}

const progressInterval = 5 * time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, every: progressInterval, last: time.Now()}
	if os.Getenv("PGSTD_PROGRESS") == "off" {
		p.every = 0
		return p
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.width = 80
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			p.width = width
		}
	}
	return p
}

// step says that pkg is being built, as the done-th of total.
func (p *progress) step(pkg string, done, total int) {
	const label = "first build for this target"
	if p.width == 0 {
		if p.every > 0 && time.Since(p.last) >= p.every {
			p.last = time.Now()
			fmt.Fprintf(p.w, "pgbuild: %s: %d of %d: %s\n", label, done, total, pkg)
		}
		return
	}
	// A name is shown whole or, in a narrow terminal, from one of its slashes on.
	line := fmt.Sprintf("%s: %d of %d: ", label, done, total)
	for rest, more := pkg, true; len(line)+len(pkg) > p.width-1; pkg = "…/" + rest {
		if _, rest, more = strings.Cut(rest, "/"); !more {
			line, pkg = fmt.Sprintf("%d of %d", done, total), ""
			break
		}
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line+pkg)
	p.shown = true
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
