package pg

import "github.com/pgstd/pgstd/pg/internal/host"

// Debug sends message at level DEBUG1.
func Debug(message string) { report(host.Debug, message) }

// Log sends message at level LOG: by default to the server log only.
func Log(message string) { report(host.Log, message) }

// Info sends message at level INFO: always to the client.
func Info(message string) { report(host.Info, message) }

// Notice sends message at level NOTICE.
func Notice(message string) { report(host.Notice, message) }

// Warning sends message at level WARNING.
func Warning(message string) { report(host.Warning, message) }

// Level is how important a message is.
type Level int32

// The levels of [Report], as the functions of their names have them.
const (
	LevelDebug   = Level(host.Debug)
	LevelLog     = Level(host.Log)
	LevelInfo    = Level(host.Info)
	LevelNotice  = Level(host.Notice)
	LevelWarning = Level(host.Warning)
)

// Report sends a message with what else PostgreSQL's messages have: the SQLSTATE, the
// detail and the hint of e. The SQLSTATE may be any, 00000 included.
func Report(level Level, e *Error) {
	if level < LevelDebug || level > LevelWarning {
		level = LevelWarning
	}
	host.Report(int32(level), &host.ErrorData{
		SQLState: e.Code, Message: host.Clean(e.Error()), Detail: host.Clean(e.Detail), Hint: host.Clean(e.Hint),
	})
}

func report(level int32, message string) {
	host.Report(level, &host.ErrorData{Message: host.Clean(message)})
}
