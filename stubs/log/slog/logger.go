//go:build postgres && !pgstdtest

// The default handler speaks to PostgreSQL, which has levels of its own, sorts
// by them, and adds the time.
package slog

import (
	"io"
	"log"
	"os"
	"strings"
	_ "unsafe" // for go:linkname
)

// standardError is what package log writes to unless it is told otherwise.
//
//pgstd:add
var standardError io.Writer = os.Stderr

// pgstd_message sends a message at a level of PgstdLevel.
//
//go:linkname pgstd_message runtime.pgstd_message
//pgstd:add
func pgstd_message(level int32, text string)

// init lets debug messages through: whether they are wanted is for
// client_min_messages and log_min_messages to say.
//
//pgstd:add
func init() { logLoggerLevel.Set(LevelDebug) }

// pgstdOutput returns where the default handler sends what it has put together:
// level, message and attributes. What goes to the standard error of package log
// goes to PostgreSQL at the level that fits; a program that has given package log
// another output gets it there, as with stock Go.
//
//pgstd:add
func (h *defaultHandler) pgstdOutput(level Level) func(pc uintptr, data []byte) error {
	if log.Writer() != standardError {
		return h.output
	}
	const debug, info, warning = 0, 2, 4
	to := int32(warning)
	switch {
	case level < LevelInfo:
		to = debug
	case level < LevelWarn:
		to = info
	}
	return func(_ uintptr, data []byte) error {
		text := string(data)
		switch level {
		case LevelDebug, LevelInfo, LevelWarn:
			// PostgreSQL says it already.
			text = strings.TrimPrefix(text, level.String()+" ")
		}
		pgstd_message(to, text)
		return nil
	}
}
