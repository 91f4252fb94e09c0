package compile

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

type progressKey struct{}

// Reporting returns a context in which [New] says what it makes and how far it is, each
// time that it has come further.
func Reporting(ctx context.Context, report func(what string)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// buildLog takes what the go command says: with -v, the import path of each package that it
// begins to compile, and what is wrong.
type buildLog struct {
	report func(what string) // may be nil
	total  int               // packages that there are, compiled already or not
	begun  int
	line   []byte // that is not whole
	errors bytes.Buffer
}

// reportTo reports what is done from here on.
func reportTo(ctx context.Context, what string) {
	if report, ok := ctx.Value(progressKey{}).(func(string)); ok {
		report(what)
	}
}

func newBuildLog(ctx context.Context, total int) *buildLog {
	report, _ := ctx.Value(progressKey{}).(func(string))
	return &buildLog{report: report, total: total}
}

func (l *buildLog) Write(data []byte) (int, error) {
	for rest := data; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		l.line = append(l.line, line...)
		if rest = after; whole {
			l.take(string(l.line))
			l.line = l.line[:0]
		}
	}
	return len(data), nil
}

func (l *buildLog) take(line string) {
	if line == "" || strings.ContainsAny(line, " \t:#") {
		l.errors.WriteString(line + "\n")
		return
	}
	l.begun++
	if l.report != nil {
		l.report(fmt.Sprintf("compiling the standard library, package %d of %d", l.begun, max(l.total, l.begun)))
	}
}

// Errors is what was wrong.
func (l *buildLog) Errors() []byte {
	if len(l.line) > 0 {
		l.take(string(l.line))
		l.line = nil
	}
	return bytes.TrimSpace(l.errors.Bytes())
}
